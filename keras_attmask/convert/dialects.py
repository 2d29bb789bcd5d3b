"""What each source calls the tensors of a Vision Transformer.

The names of the official AttMask code serve as the common ones: "ours"
below. A dialect translates them; one of ours may be several of theirs.
"""

import dataclasses

_LEAVES = (".weight", ".bias")


@dataclasses.dataclass(frozen=True)
class Dialect:
    """Names of one source.

    Attributes:
        tops: our names outside of blocks to theirs.
        block: what precedes the number of a block.
        inners: our names within a block to theirs, a tuple in the order in
            which they are stacked along the first axis.
        norm_epsilon: epsilon of its layer norms, unless a file says so.
        position_rule: how it reads positions at another grid.
        register_rule: how it does for networks with registers; "" is as for
            all others.
        free_positions: whether its position table may hold an entry for
            each register, or none for the class token.
    """

    tops: dict
    block: str
    inners: dict
    norm_epsilon: float = 1e-6
    position_rule: str = "scale"
    register_rule: str = ""
    free_positions: bool = False

    def rule(self, num_registers):
        """How it reads positions of a network with so many registers."""
        return (num_registers and self.register_rule) or self.position_rule

    def names(self, ours):
        """Their names for one of ours; none when they have no such thing."""
        leaf = next((end for end in _LEAVES if ours.endswith(end)), "")
        stem = ours.removesuffix(leaf)
        if not stem.startswith("blocks."):
            return tuple(n + leaf for n in self.tops.get(stem, ()))
        _, number, inner = stem.split(".", 2)
        return tuple(
            f"{self.block}{number}.{name}{leaf}"
            for name in self.inners.get(inner, ())
        )


_TOPS = {
    "cls_token": ("cls_token",),
    "pos_embed": ("pos_embed",),
    "patch_embed.proj": ("patch_embed.proj",),
    "norm": ("norm",),
}
_INNERS = {
    name: (name,)
    for name in ("norm1", "attn.qkv", "attn.proj", "norm2", "mlp.fc1")
    + ("mlp.fc2",)
}
_GAINS = {"gamma_1": ("ls1.gamma",), "gamma_2": ("ls2.gamma",)}
_HUGGING_FACE_TOPS = {
    "cls_token": ("embeddings.cls_token",),
    "pos_embed": ("embeddings.position_embeddings",),
    "patch_embed.proj": ("embeddings.patch_embeddings.projection",),
    "masked_embed": ("embeddings.mask_token",),
    "norm": ("layernorm",),
    "classifier": ("classifier",),
}
_HUGGING_FACE_ATTENTION = {
    "attn.qkv": tuple(
        f"attention.attention.{name}" for name in ("query", "key", "value")
    ),
    "attn.proj": ("attention.output.dense",),
}

DIALECTS = {
    "official": Dialect(
        _TOPS | {"masked_embed": ("masked_embed",)},
        "blocks.",
        _INNERS | {"gamma_1": ("gamma_1",), "gamma_2": ("gamma_2",)},
    ),
    "dino": Dialect(_TOPS, "blocks.", _INNERS),
    "dinov2": Dialect(
        _TOPS
        | {"masked_embed": ("mask_token",), "registers": ("register_tokens",)},
        "blocks.",
        _INNERS | _GAINS,
        register_rule="antialias",
    ),
    "timm": Dialect(
        _TOPS | {"registers": ("reg_token",), "classifier": ("head",)},
        "blocks.",
        _INNERS | _GAINS,
        position_rule="antialias",
        free_positions=True,
    ),
    "hf_vit": Dialect(
        _HUGGING_FACE_TOPS | {"pooler": ("pooler.dense",)},
        "encoder.layer.",
        _HUGGING_FACE_ATTENTION
        | {
            "norm1": ("layernorm_before",),
            "norm2": ("layernorm_after",),
            "mlp.fc1": ("intermediate.dense",),
            "mlp.fc2": ("output.dense",),
        },
        norm_epsilon=1e-12,
        position_rule="size",
    ),
    "hf_dinov2": Dialect(
        _HUGGING_FACE_TOPS | {"registers": ("embeddings.register_tokens",)},
        "encoder.layer.",
        _HUGGING_FACE_ATTENTION
        | {
            "norm1": ("norm1",),
            "norm2": ("norm2",),
            "mlp.fc1": ("mlp.fc1",),
            "mlp.fc2": ("mlp.fc2",),
            "gamma_1": ("layer_scale1.lambda1",),
            "gamma_2": ("layer_scale2.lambda1",),
        },
        position_rule="size",
        register_rule="antialias",
    ),
}
DIALECTS["backbone"] = DIALECTS["official"]

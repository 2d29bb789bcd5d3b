"""The sizes of the networks: one row each."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Architecture:
    """What tells one Vision Transformer from another.

    Attributes:
        title: name of the function that makes it.
        name: default name of the model.
        patch_size: side of a patch in pixels.
        num_layers: number of blocks.
        num_heads: attention heads a block.
        hidden_dim: width D.
        num_registers: extra learned tokens.
        layer_scale: first value of LayerScale gains; None leaves them out.
        position_rule: how positions are read at another grid, unless weights
            were made for another rule.
        any_registers: whether weights may have another number of registers.
    """

    title: str
    name: str
    patch_size: int
    num_layers: int
    num_heads: int
    hidden_dim: int
    num_registers: int = 0
    layer_scale: float | None = None
    position_rule: str = "scale"
    any_registers: bool = False

    def settings(self):
        """Arguments of `models.VisionTransformer`, all but the shape."""
        settings = dataclasses.asdict(self)
        for name in ("title", "name", "any_registers"):
            del settings[name]
        return settings

    def with_registers(self, number):
        """Itself, or its twin of so many registers where any will do."""
        if not self.any_registers:
            return self
        rule = self.position_rule if number else "size"
        return dataclasses.replace(
            self, num_registers=number, position_rule=rule
        )


# What DINOv2 with registers adds (arXiv 2309.16588); the gains are those that
# it was trained from.
_DINOV2 = {
    "num_registers": 4,
    "layer_scale": 1e-5,
    "position_rule": "antialias",
    "any_registers": True,
}

TINY_8 = Architecture("ViTTiny8", "vit_tiny8", 8, 12, 3, 192)
TINY_16 = Architecture("ViTTiny16", "vit_tiny16", 16, 12, 3, 192)
SMALL_8 = Architecture("ViTSmall8", "vit_small8", 8, 12, 6, 384)
SMALL_14 = Architecture("ViTSmall14", "vit_small14", 14, 12, 6, 384, **_DINOV2)
SMALL_16 = Architecture("ViTSmall16", "vit_small16", 16, 12, 6, 384)
BASE_8 = Architecture("ViTBase8", "vit_base8", 8, 12, 12, 768)
BASE_14 = Architecture("ViTBase14", "vit_base14", 14, 12, 12, 768, **_DINOV2)
BASE_16 = Architecture("ViTBase16", "vit_base16", 16, 12, 12, 768)
LARGE_8 = Architecture("ViTLarge8", "vit_large8", 8, 24, 16, 1024)
LARGE_16 = Architecture("ViTLarge16", "vit_large16", 16, 24, 16, 1024)

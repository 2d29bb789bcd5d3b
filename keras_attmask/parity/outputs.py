"""Every kind of recorded output, computed by our networks."""

import functools

import numpy as np
from keras import ops

from keras_attmask.errors import InputError
from keras_attmask.one_program import call_as_one


class Outputs:
    """What one network says about one set of images; each name computed
    when it is asked for.

    Args:
        network: `convert.Network`.
        images: normalised float32 `(B, H, W, C)`.
        patch_mask: bool `(B, rows, columns)` for masked outputs, or None.

    Raises:
        InputError: for images that the network cannot take.
    """

    def __init__(self, network, images, patch_mask=None):
        backbone = network.backbone
        channels = backbone.image_shape[-1]
        if images.ndim != 4 or images.shape[-1] != channels:
            raise InputError(
                f"images: expected shape (B, H, W, {channels}), got "
                f"{images.shape}"
            )
        try:
            backbone.patch_embedding.grid(images.shape[1:3])
        except ValueError as error:
            raise InputError(f"images: {error}") from error
        self.network = network
        self.images = np.asarray(images, "float32")
        self.patch_mask = patch_mask

    @functools.cached_property
    def _plain(self):
        return _forward(
            self.network.backbone,
            self.images,
            outputs=(
                "class_token",
                "patch_tokens",
                "class_attention",
                "class_attention_heads",
                "block_tokens",
            ),
            num_blocks=self.network.backbone.num_layers,
        )

    @functools.cached_property
    def masked_tokens(self):
        """`(B, 1 + N, D)` with the given patches hidden."""
        if self.patch_mask is None or not self.network.backbone.use_mask_token:
            return None
        mask = self.patch_mask.reshape(len(self.patch_mask), -1)
        found = _forward(
            self.network.backbone, self.images, patch_mask=mask.astype(bool)
        )
        return _join(found)

    @functools.cached_property
    def tokens(self):
        """`(B, 1 + N, D)` after the final norm."""
        return _join(self._plain)

    def head(self, tokens, patches=False):
        """Logits of the projection head, or None without one."""
        if self.network.head is None or tokens is None:
            return None
        logits = call_as_one(self.network.head, tokens, patches=patches)
        return ops.convert_to_numpy(logits)

    def attention(self, name):
        """ "class_attention" or "class_attention_heads"."""
        return self._plain[name]

    def class_tokens(self, num_blocks):
        """Class tokens of the last blocks, joined: `(B, num_blocks D)`."""
        blocks = self._plain["block_tokens"][-num_blocks:]
        return np.concatenate([tokens[:, 0] for tokens in blocks], axis=-1)

    def dense(self, layer):
        """The class token through a layer kept beside, or None."""
        weight = self.network.aside.get(f"{layer}.weight")
        if weight is None:
            return None
        return (
            self.tokens[:, 0] @ weight.T + self.network.aside[f"{layer}.bias"]
        )


def _forward(backbone, images, **arguments):
    found = call_as_one(backbone, images, **arguments)
    return {
        name: [ops.convert_to_numpy(x) for x in value]
        if isinstance(value, list)
        else ops.convert_to_numpy(value)
        for name, value in found.items()
    }


def _join(found):
    cls, patches = found["class_token"], found["patch_tokens"]
    return np.concatenate([cls[:, None], patches], axis=1)


def _pooler(outputs):
    """ViTModel has a dense layer and tanh; Dinov2Model the class token."""
    value = outputs.dense("pooler")
    return outputs.tokens[:, 0] if value is None else np.tanh(value)


def _features(outputs, expected):
    return outputs.class_tokens(
        max(expected.shape[-1] // outputs.network.backbone.hidden_dim, 1)
    )


# Name to function of (outputs, recorded array); None: cannot be computed.
KINDS = {
    "tokens": lambda o, _: o.tokens,
    "last_hidden_state": lambda o, _: o.tokens,
    "pre_logits": lambda o, _: o.tokens[:, 0],
    "pooler_output": lambda o, _: _pooler(o),
    "logits": lambda o, _: o.dense("classifier"),
    "linear_features": _features,
    "cls_attention": lambda o, _: o.attention("class_attention"),
    "cls_attention_heads": lambda o, _: o.attention("class_attention_heads"),
    # The entry of the class token itself: a row of attention sums to one.
    "cls_attention_self": lambda o, _: (
        1.0 - o.attention("class_attention_heads").sum(-1)
    ),
    "head_cls": lambda o, _: o.head(o.tokens[:, 0]),
    "head_patch": lambda o, _: o.head(o.tokens[:, 1:], patches=True),
    "masked_tokens": lambda o, _: o.masked_tokens,
    "masked_head_cls": lambda o, _: (
        None if o.masked_tokens is None else o.head(o.masked_tokens[:, 0])
    ),
}

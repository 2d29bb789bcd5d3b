"""The tiny networks whose outputs the official code was asked for.

Weights follow a rule: a module's parameters sorted by name, the j-th holding
0.3 sin(0.37 i + 0.11 j) with i counted from 1 in PyTorch's order. Norm
weights get 1 more, gains are 1. The shapes here are PyTorch's.
"""

import numpy as np

from keras_attmask.layers import ProjectionHead
from keras_attmask.models import VisionTransformer

IMAGE_SHAPE, PATCH, DEPTH, HEADS, DIM, MLP = (32, 32, 3), 8, 2, 3, 12, 48
HEAD_WIDTHS = (12, 16, 16, 8)
PROTOTYPES = 10


def wave(step, shape):
    """sin(step * i), i = 1, 2, ... over `shape` in C order, float32."""
    count = np.arange(1, np.prod(shape) + 1)
    return np.sin(step * count).reshape(shape).astype("float32")


def images(step, count, side):
    """Images `(count, side, side, 3)` from the wave over (count, 3, ...)."""
    return wave(step, (count, 3, side, side)).transpose(0, 2, 3, 1)


def backbone_shapes():
    shapes = {
        "cls_token": (1, 1, DIM),
        "pos_embed": (1, 17, DIM),
        "masked_embed": (1, DIM),
        "patch_embed.proj.weight": (DIM, 3, PATCH, PATCH),
        "patch_embed.proj.bias": (DIM,),
        "norm.weight": (DIM,),
        "norm.bias": (DIM,),
    }
    for i in range(DEPTH):
        for name, out, into in (
            ("attn.qkv", 3 * DIM, DIM),
            ("attn.proj", DIM, DIM),
            ("mlp.fc1", MLP, DIM),
            ("mlp.fc2", DIM, MLP),
        ):
            shapes[f"blocks.{i}.{name}.weight"] = (out, into)
            shapes[f"blocks.{i}.{name}.bias"] = (out,)
        for norm in ("norm1", "norm2"):
            shapes[f"blocks.{i}.{norm}.weight"] = (DIM,)
            shapes[f"blocks.{i}.{norm}.bias"] = (DIM,)
    return shapes


def head_shapes():
    shapes = {
        "last_layer.weight_g": (PROTOTYPES, 1),
        "last_layer.weight_v": (PROTOTYPES, HEAD_WIDTHS[-1]),
    }
    for place, (into, out) in zip((0, 2, 4), zip(HEAD_WIDTHS, HEAD_WIDTHS[1:])):
        shapes[f"mlp.{place}.weight"] = (out, into)
        shapes[f"mlp.{place}.bias"] = (out,)
    return shapes


def fill(shapes):
    """The values that the rule gives to parameters of these shapes."""
    values = {}
    for j, name in enumerate(sorted(shapes)):
        i = np.arange(1, np.prod(shapes[name]) + 1)
        value = 0.3 * np.sin(0.37 * i + 0.11 * j).reshape(shapes[name])
        if "norm" in name and name.endswith("weight"):
            value = 1.0 + value
        if name.endswith("weight_g"):
            value = np.ones(shapes[name])
        values[name] = value
    return values


def _set_dense(layer, values, name):
    layer.kernel.assign(values[f"{name}.weight"].T)
    layer.bias.assign(values[f"{name}.bias"])


def _set_norm(layer, values, name):
    layer.gamma.assign(values[f"{name}.weight"])
    layer.beta.assign(values[f"{name}.bias"])


def set_backbone(backbone, values):
    kernel = values["patch_embed.proj.weight"].transpose(2, 3, 1, 0)
    backbone.patch_embedding.kernel.assign(kernel)
    backbone.patch_embedding.bias.assign(values["patch_embed.proj.bias"])
    backbone.class_token.token.assign(values["cls_token"])
    backbone.position_embedding.table.assign(values["pos_embed"][0])
    if backbone.mask_token is not None:
        backbone.mask_token.token.assign(values["masked_embed"])
    for i, block in enumerate(backbone.blocks):
        place = f"blocks.{i}."
        _set_dense(block.attention.qkv, values, place + "attn.qkv")
        _set_dense(block.attention.projection, values, place + "attn.proj")
        _set_dense(block.mlp.expand, values, place + "mlp.fc1")
        _set_dense(block.mlp.contract, values, place + "mlp.fc2")
        _set_norm(block.norm_1, values, place + "norm1")
        _set_norm(block.norm_2, values, place + "norm2")
    _set_norm(backbone.norm, values, "norm")


def set_head(head, values):
    for layer, place in zip(head.dense, (0, 2, 4)):
        _set_dense(layer, values, f"mlp.{place}")
    head.class_prototypes.direction.assign(values["last_layer.weight_v"].T)
    head.class_prototypes.gain.assign(values["last_layer.weight_g"].T)


def empty_backbone(**settings):
    settings = {"use_mask_token": True, **settings}
    return VisionTransformer(
        IMAGE_SHAPE, PATCH, DEPTH, HEADS, DIM, MLP, **settings
    )


def tiny_backbone(**settings):
    """The tiny Vision Transformer, filled by itself."""
    backbone = empty_backbone(**settings)
    set_backbone(backbone, fill(backbone_shapes()))
    return backbone


def empty_head():
    head = ProjectionHead(PROTOTYPES, HEAD_WIDTHS[1], HEAD_WIDTHS[-1])
    head.build((None, DIM))
    return head


def tiny_head():
    """The tiny head, filled by itself."""
    head = empty_head()
    set_head(head, fill(head_shapes()))
    return head


def tiny_pair():
    """Backbone and head, filled as two parts of one module."""
    names = {f"backbone.{n}": s for n, s in backbone_shapes().items()}
    names |= {f"head.{n}": s for n, s in head_shapes().items()}
    values = fill(names)
    backbone, head = empty_backbone(), empty_head()
    set_backbone(backbone, {n[9:]: v for n, v in values.items()})
    set_head(head, {n[5:]: v for n, v in values.items()})
    return backbone, head

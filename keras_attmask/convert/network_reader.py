"""Builds networks from named tensors."""

import numpy as np

from keras_attmask.convert.architecture import read_architecture
from keras_attmask.convert.num_heads import find_num_heads
from keras_attmask.convert.positions import to_ours
from keras_attmask.convert.report import Mapped
from keras_attmask.convert.variables import backbone_variables
from keras_attmask.convert.variables import by_path
from keras_attmask.convert.variables import head_variables
from keras_attmask.errors import InputError
from keras_attmask.layers import ProjectionHead
from keras_attmask.models import VisionTransformer


def read_backbone(tensors, dialect, hints):
    """Builds a backbone and fills it.

    Args:
        tensors: `NamedTensors`.
        dialect: `Dialect` of their names.
        hints: `Hints`, what the tensors do not tell.

    Returns:
        `(backbone, rows, notes)`: a float32 `VisionTransformer`, a list of
        `Mapped` and a list of lines. Without notes the number of heads is
        unknown, which callers report after what is wrong with tensors.

    Raises:
        InputError: naming a tensor that is missing or has a wrong shape.
    """
    found = read_architecture(tensors, dialect, hints.image_size)
    heads, origin = find_num_heads(
        found.arguments["hidden_dim"],
        hints.num_heads,
        hints.config_heads,
        hints.arch,
        hints.file,
    )
    backbone = VisionTransformer(
        **found.arguments,
        num_heads=heads or 1,
        norm_epsilon=hints.norm_epsilon or dialect.norm_epsilon,
        position_rule=dialect.rule(found.arguments["num_registers"]),
        name="backbone",
        dtype="float32",
    )
    variables = list(backbone_variables(backbone))
    notes = [f"{heads} attention heads, {origin}"] if heads else []
    if "blocks.0.attn.qkv.bias" not in tensors:
        notes += ["no bias of queries, keys and values: zeros"] * len(notes)
        variables = [v for v in variables if not v[0].endswith("qkv.bias")]
    if heads and found.positions == 0:
        notes.append("positions: no entry for the class token: zeros")
    arrays = {ours: tensors.array(ours) for ours, _, _ in variables}
    to_ours(arrays, found.positions)
    if "masked_embed" in arrays:  # (1, D), or (1, 1, D) in ViTModel
        arrays["masked_embed"] = arrays["masked_embed"].reshape(1, -1)
    rows = _fill(backbone, variables, arrays, tensors)
    return backbone, rows, notes


def _fill(network, variables, arrays, tensors):
    """Assigns arrays, each in its file's layout; returns the rows."""
    found, rows = by_path(network), []
    for ours, path, layout in variables:
        variable, names = found[path], tensors.names(ours)
        blank = np.broadcast_to(np.float32(0), variable.shape)
        expected = layout.write(blank).shape
        if arrays[ours].shape != expected:
            raise InputError(
                f"tensor {names[0]}: expected shape {expected}, got "
                f"{arrays[ours].shape}"
            )
        variable.assign(layout.read(arrays[ours]))
        rows.append(Mapped(names, f"{network.name}/{path}", expected))
    return rows


def read_head(tensors, hidden_dim, trainable_gain=None):
    """Builds a projection head and fills it.

    Args:
        tensors: `NamedTensors` of the head.
        hidden_dim: width D of the backbone.
        trainable_gain: whether the gains of the prototypes are learned;
            None means that they are unless all of them are 1.

    Returns:
        `(head, rows)`: a float32 `ProjectionHead`, a list of `Mapped`.

    Raises:
        InputError: naming a tensor that is missing or has a wrong shape.
    """
    wide = tensors.shape("mlp.0.weight", 2)[0]
    prototypes, bottleneck = tensors.shape("last_layer.weight_v", 2)
    kinds = ("weight_g", "weight_v")
    shared = all(
        f"last_layer2.{kind}" not in tensors
        or np.array_equal(
            tensors.array(f"last_layer.{kind}"),
            tensors.array(f"last_layer2.{kind}"),
        )
        for kind in kinds
    )
    if trainable_gain is None:
        gains = tensors.array("last_layer.weight_g")
        trainable_gain = bool(np.any(gains != 1.0))
    head = ProjectionHead(
        prototypes,
        wide,
        bottleneck,
        shared,
        trainable_gain,
        name="head",
        dtype="float32",
    )
    head.build((None, hidden_dim))
    variables = [
        row for row in head_variables(head) if not shared or row[0] in tensors
    ]
    arrays = {ours: tensors.array(ours) for ours, _, _ in variables}
    return head, _fill(head, variables, arrays, tensors)

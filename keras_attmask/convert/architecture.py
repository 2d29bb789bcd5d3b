"""The sizes of a Vision Transformer, read off its tensors."""

import dataclasses
import math

from keras_attmask.errors import InputError


@dataclasses.dataclass(frozen=True)
class Architecture:
    """Sizes of a backbone.

    Attributes:
        arguments: for `VisionTransformer`, without the number of heads.
        positions: leading entries of the position table that belong to no
            patch: 1 for the class token; timm may have 0, or registers too.
    """

    arguments: dict
    positions: int


def read_architecture(tensors, dialect, image_size=None):
    """Finds the sizes.

    Args:
        tensors: `NamedTensors` of a backbone.
        dialect: `Dialect` of its names.
        image_size: `(height, width)`, needed only for a position table
            that is not square.

    Returns:
        `Architecture`.

    Raises:
        InputError: naming the tensor that is missing or does not fit.
    """
    tensors.shape("cls_token", 3)
    dim, channels, rows, columns = tensors.shape("patch_embed.proj.weight", 4)
    if rows != columns:
        raise InputError(
            f"tensor {tensors.names('patch_embed.proj.weight')[0]}: expected "
            f"square patches, got {rows}x{columns}"
        )
    registers = 0
    if "registers" in tensors:
        registers = tensors.shape("registers", 3)[1]
    length = tensors.shape("pos_embed", 3)[1]
    choices = (1, 0, 1 + registers) if dialect.free_positions else (1,)
    grid, positions = _grid(length, choices, rows, image_size)
    arguments = {
        "image_shape": (grid[0] * rows, grid[1] * rows, channels),
        "patch_size": rows,
        "num_layers": _num_layers(tensors.tensors, dialect.block),
        "hidden_dim": dim,
        "mlp_dim": tensors.shape("blocks.0.mlp.fc1.weight", 2)[0],
        "num_registers": registers,
        "layer_scale": 1.0 if "blocks.0.gamma_1" in tensors else None,
        "use_mask_token": "masked_embed" in tensors,
    }
    return Architecture(arguments, positions)


def _num_layers(names, block):
    """How many blocks there are; a gap shows as a missing tensor later."""
    found = (n.removeprefix(block) for n in names if n.startswith(block))
    numbers = (name.split(".")[0] for name in found)
    return len({number for number in numbers if number.isdecimal()}) or 1


def _grid(length, choices, patch, image_size):
    """The grid of a table of `length` entries, and those before it."""
    if image_size is not None:
        grid = tuple(side // patch for side in image_size)
        for positions in choices:
            if grid[0] * grid[1] == length - positions:
                return grid, positions
        raise InputError(
            f"image size: expected one that gives {length - 1} patches of "
            f"{patch}, got {image_size[0]}x{image_size[1]}"
        )
    for positions in choices:
        side = math.isqrt(max(length - positions, 0))
        if side and side * side == length - positions:
            return (side, side), positions
    raise InputError(
        f"image size: expected --image-size=HEIGHTxWIDTH, since "
        f"{length - 1} positions are not a square, got none"
    )

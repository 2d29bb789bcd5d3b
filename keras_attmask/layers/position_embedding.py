"""Learned position table, read at any grid through a constant matrix."""

import keras
import numpy as np
from keras import ops

from keras_attmask.initializers import Normal

RULES = ("scale", "size", "antialias")


def _cubic(t, a):
    """Keys' cubic at distances from a point."""
    near = ((a + 2) * t - (a + 3)) * t * t + 1
    far = ((a * t - 5 * a) * t + 8 * a) * t - 4 * a
    return np.where(t <= 1, near, np.where(t < 2, far, 0.0))


def _antialiased(in_size, out_size):
    """Rows of the matrix where the cubic widens as the grid shrinks."""
    scale = in_size / out_size
    centres = scale * (np.arange(out_size) + 0.5)
    distance = np.abs(np.arange(in_size) + 0.5 - centres[:, None])
    weights = _cubic(distance / max(scale, 1.0), a=-0.5)
    return weights / weights.sum(axis=1, keepdims=True)


def interpolation_matrix(in_size, out_size, rule="scale"):
    """Matrix that resizes one axis of a position table.

    Bicubic with A = -0.75, half-pixel centres, replicated border and no
    antialias. Under rule "scale" the coordinate map uses the factor
    `(out_size + 0.1) / in_size` (DINO, iBOT, AttMask, DINOv2); under "size"
    the exact quotient (transformers). Rule "antialias" takes the quotient,
    A = -0.5, a border that is left out, and a cubic that widens as the grid
    shrinks (DINOv2 with registers, timm). They differ visibly.

    Args:
        in_size: rows (or columns) of the stored grid.
        out_size: rows (or columns) wanted.
        rule: "scale", "size" or "antialias".

    Returns:
        float64 array `(out_size, in_size)`.
    """
    if rule == "antialias":
        return _antialiased(in_size, out_size)
    scale = (out_size + (0.1 if rule == "scale" else 0.0)) / in_size
    matrix = np.zeros((out_size, in_size))
    for row in range(out_size):
        source = (row + 0.5) / scale - 0.5
        base = int(np.floor(source))
        distance = np.abs(source - base + np.array([1, 0, -1, -2]))
        for offset, weight in enumerate(_cubic(distance, a=-0.75)):
            column = min(max(base - 1 + offset, 0), in_size - 1)
            matrix[row, column] += weight
    return matrix


def sine_cosine_table(grid, hidden_dim):
    """Fixed two-dimensional sine-cosine positions (MoCo v3, MAE).

    Half the width encodes the row, half the column; each half is sines
    then cosines over geometric wavelengths from 2 pi to 20000 pi.

    Args:
        grid: `(rows, columns)`.
        hidden_dim: width D, a multiple of 4.

    Returns:
        float32 array `(rows * columns, D)`.

    Raises:
        ValueError: for a width that is no multiple of 4.
    """
    if hidden_dim % 4:
        raise ValueError(
            "`hidden_dim` must suit sine-cosine positions: expected a "
            f"multiple of 4, got {hidden_dim}."
        )
    quarter = hidden_dim // 4
    frequency = 10000.0 ** (-np.arange(quarter) / quarter)
    rows, columns = np.meshgrid(
        np.arange(grid[0]), np.arange(grid[1]), indexing="ij"
    )
    parts = []
    for axis in (rows, columns):
        angle = axis.reshape(-1, 1) * frequency  # (N, D / 4)
        parts += [np.sin(angle), np.cos(angle)]
    return np.concatenate(parts, axis=1).astype("float32")


@keras.saving.register_keras_serializable(package="keras_attmask")
class PositionEmbedding(keras.layers.Layer):
    """Adds a learned table to the class token and the patch tokens.

    The table belongs to one grid. Other grids, non-square ones too, read
    it through two constant matrices: exact, differentiable, and free of any
    resize operation that XLA or ONNX would refuse.

    Args:
        grid: `(rows, columns)` of the stored table.
        rule: interpolation rule, see `interpolation_matrix`.
        initial: "normal" (deviation 0.02) or "sincos".

    Call arguments:
        x: `(B, 1 + N, D)`, class token first.
        grid: `(rows, columns)` of x, with N = rows * columns.

    Returns:
        `(B, 1 + N, D)`.

    Raises:
        ValueError: for an unknown `rule` or `initial`, or a width that does
            not suit "sincos".
    """

    def __init__(self, grid, rule="scale", initial="normal", **kwargs):
        super().__init__(**kwargs)
        if rule not in RULES:
            raise ValueError(f"`rule` must be one of {RULES}, got {rule!r}.")
        if initial not in ("normal", "sincos"):
            raise ValueError(
                f'`initial` must be "normal" or "sincos", got {initial!r}.'
            )
        self.grid = tuple(grid)
        self.rule = rule
        self.initial = initial

    def build(self, input_shape):
        dim = input_shape[-1]
        self.table = self.add_weight(
            name="table",
            shape=(1 + self.grid[0] * self.grid[1], dim),
            initializer=Normal(stddev=0.02),
            autocast=False,  # interpolate in float32, round once at the end
        )
        if self.initial == "sincos":
            patches = sine_cosine_table(self.grid, dim)
            self.table.assign(np.pad(patches, ((1, 0), (0, 0))))

    def compute_output_shape(self, input_shape):
        # Without tracing `call`: JAX would trace the sides of `grid` too.
        return input_shape

    def resized(self, grid):
        """The table at another grid: `(1 + rows * columns, D)`."""
        if tuple(grid) == self.grid:
            return ops.convert_to_tensor(self.table)
        down, across = (
            interpolation_matrix(old, new, self.rule).astype("float32")
            for old, new in zip(self.grid, grid)
        )
        dim = self.table.shape[-1]
        x = ops.reshape(self.table[1:], (*self.grid, dim))
        x = ops.tensordot(down, x, axes=1)  # (rows, old columns, D)
        x = ops.tensordot(across, x, axes=[[1], [1]])  # (columns, rows, D)
        x = ops.reshape(ops.transpose(x, (1, 0, 2)), (-1, dim))
        return ops.concatenate([self.table[:1], x], axis=0)

    def call(self, x, grid=None):
        table = self.resized(grid or self.grid)
        return x + ops.cast(table, x.dtype)

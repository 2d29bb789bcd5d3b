"""A `.weights.h5` file that no recipe explains.

`model.save_weights` writes no architecture. The shapes in the file tell most
of it, and the constructor that is asked to load it knows the rest.
"""

import dataclasses
import math

import h5py
import keras

from keras_attmask.applications.backbone_file import load_weights
from keras_attmask.applications.functional import class_output
from keras_attmask.applications.transfer import check_fits
from keras_attmask.applications.transfer import description
from keras_attmask.applications.unreadable import unreadable
from keras_attmask.errors import InputError
from keras_attmask.models import VisionTransformer

_NAME = "weights"
_FULL_MODEL = "layers/vision_transformer/"


@dataclasses.dataclass(frozen=True)
class WeightsFile:
    """What the shapes in a file say.

    Attributes:
        path: of the file.
        found: as `transfer.description`, less the number of heads.
        num_patches: rows of the position table, less the class token's.
        classes: of the classifier; None where there is none.
        full_model: whether a whole model was saved, not a backbone alone.
    """

    path: str
    found: dict
    num_patches: int
    classes: int | None
    full_model: bool


def inspect_weights(path):
    """Reads the shapes in a file.

    Args:
        path: of a `.weights.h5` file.

    Returns:
        `WeightsFile`.

    Raises:
        InputError: when it holds no `VisionTransformer`.
    """
    try:
        with h5py.File(path) as file:
            shapes, full_model = _layer_shapes(file)
        size, _, channels, width = shapes["patch_embedding"][0]
        positions = shapes["position_embedding"][0][0]
        mlp_dim = shapes["expand"][0][1]
    except (OSError, KeyError, IndexError, ValueError) as error:
        raise unreadable(path, _NAME, error) from error
    found = {
        "patch_size": size,
        "hidden_dim": width,
        "num_layers": sum(name.startswith("block_") for name in shapes),
        "mlp_dim": mlp_dim,
        "num_registers": shapes.get("registers", [(1, 0)])[0][1],
        "layer_scale": "scale_1" in shapes,
        "channels": channels,
    }
    classes = None
    if full_model and "predictions" in shapes:
        classes = shapes["predictions"][0][1]
    return WeightsFile(path, found, positions - 1, classes, full_model)


def _layer_shapes(file):
    """`({layer name: shapes}, is a whole model)` of an open file."""
    shapes, paths = {}, []

    def visit(path, item):
        paths.append(path)
        if path.endswith("/vars") and "name" in item.attrs:
            arrays = [item[key].shape for key in sorted(item, key=int)]
            shapes[item.attrs["name"]] = arrays

    file.visititems(visit)
    return shapes, any(path.startswith(_FULL_MODEL) for path in paths)


def _grid(file, grid):
    """Grid of the file's position table: that which is wanted, or square."""
    side = math.isqrt(file.num_patches)
    if file.num_patches == grid[0] * grid[1]:
        return grid
    if side * side == file.num_patches:
        return side, side
    raise InputError(
        f"weights: expected positions of {grid[0]}x{grid[1]} patches or of a "
        f"square, got {file.num_patches} in {str(file.path)!r}; a .keras file "
        "of the model remembers its shape"
    )


def load_weights_file(path, architecture, image_shape):
    """Loads what a constructor's model, or a backbone alone, saved.

    Args:
        path: of a `.weights.h5` file.
        architecture: `Architecture` that the file should fit.
        image_shape: `(H, W, C)` that is wanted. A position table of that
            many patches is taken for it; another must be that of a square.

    Returns:
        `(backbone, classifier)`: `VisionTransformer` at the grid of the
        file, and the classifier's kernel and bias or None.

    Raises:
        InputError: for the weights of another architecture.
    """
    file = inspect_weights(path)
    architecture = architecture.with_registers(file.found["num_registers"])
    settings, size = architecture.settings(), architecture.patch_size
    expected = description(settings, image_shape[-1])
    check_fits(expected, file.found, architecture.title, path)
    grid = _grid(file, tuple(side // size for side in image_shape[:2]))
    shape = (grid[0] * size, grid[1] * size, image_shape[-1])
    backbone = VisionTransformer(
        shape, **settings, dtype="float32", name="backbone"
    )
    if not file.full_model:
        return load_weights(backbone, path, _NAME), None
    images = keras.Input(shape)
    if file.classes is None:
        load_weights(keras.Model(images, backbone(images)), path, _NAME)
        return backbone, None
    scores = class_output(backbone, images, file.classes, None)
    model = load_weights(keras.Model(images, scores), path, _NAME)
    return backbone, model.get_layer("predictions").get_weights()

"""The one road of all forms: written, compared with the live model, kept.

The backbone goes into a `.keras` file, Keras under TensorFlow traces and
writes it, and a further process that has nothing of ours is asked what it
makes of some images.
"""

import contextlib
import dataclasses
import importlib.util
import os
import tempfile

import keras
import numpy as np

from keras_attmask.data import open_source
from keras_attmask.errors import InputError
from keras_attmask.export.place import make_parent
from keras_attmask.export.precision import float32_twin
from keras_attmask.export.under_tensorflow import save_parts
from keras_attmask.export.verification import check_differences
from keras_attmask.export.verification import verify
from keras_attmask.models import Classifier
from keras_attmask.models.quantized import require_float


@dataclasses.dataclass(frozen=True)
class Form:
    """What a backbone is exported as.

    Attributes:
        name: of `stranger.FORMS`.
        signatures: names of outputs by signature.
        packages: what it takes to write and check it.
        write: makes it; called with the paths of a `.keras` file, of a
            `Preprocessing` config, and of the folder to make.
        floats_only: whether it has no place for what `quantize` leaves.
    """

    name: str
    signatures: dict
    packages: tuple
    write: callable
    floats_only: bool = False


@contextlib.contextmanager
def verified(form, backbone, preprocessing, target, images, tolerance):
    """Writes a form into a temporary folder beside its place.

    Args:
        form: `Form`.
        backbone: `VisionTransformer`; it is not changed.
        preprocessing: `data.preprocessing.Preprocessing`.
        target: where it is to go.
        images: uint8 `(B, h, w, C)` for the comparison; None takes 8 of the
            bundled pictures.
        tolerance: greatest absolute difference that passes.

    Yields:
        `(folder, work, record)`: what passed; a folder for temporary files,
        around it, that is gone afterwards; what was measured and how images
        are prepared.

    Raises:
        InputError: a target or images that cannot be used, or a package
            that is missing.
        ExportError: a child process failed, or the difference is too great.
    """
    images = _checked_images(images, preprocessing.image_shape)
    _require(form)
    if form.floats_only:
        require_float(backbone)
    backbone = float32_twin(backbone)
    with tempfile.TemporaryDirectory(
        prefix=".keras_attmask_", dir=make_parent(target)
    ) as work:
        folder = os.path.join(work, form.name)
        form.write(*save_parts(backbone, preprocessing, work), folder)
        report = verify(backbone, preprocessing, images, form, folder, work)
        check_differences(report, tolerance)
        record = _export_record(preprocessing, report)
        yield folder, work, _head_of(backbone) | record


def _require(form):
    missing = [
        name for name in form.packages if importlib.util.find_spec(name) is None
    ]
    if missing:
        raise InputError(
            f"`export_{form.name}` needs {', '.join(form.packages)} "
            "(pip install 'keras_attmask[export]'), found no "
            f"{', '.join(missing)}."
        )


def _checked_images(images, image_shape):
    if images is None:
        pictures = open_source("bundled:fashion_mnist/test").images[:8]
        return np.repeat(pictures, image_shape[-1], axis=-1)
    images = np.asarray(images)
    fits = images.ndim == 4 and images.shape[-1] == image_shape[-1]
    if not fits or images.size == 0 or images.dtype != np.uint8:
        raise InputError(
            f"`check_images` must be uint8 (B, h, w, {image_shape[-1]}), "
            f"got {images.dtype} {images.shape}."
        )
    return images


def _head_of(model):
    """What a reader of scores has to know."""
    if not isinstance(model, Classifier):
        return {}
    return {"names": list(model.names), "activation": model.activation}


def _export_record(preprocessing, report):
    versions = {"keras": keras.__version__, "numpy": np.__version__}
    return {
        "backend": keras.backend.backend(),
        "versions": versions | report.pop("versions"),
        **preprocessing.get_config(),
        **report,
    }

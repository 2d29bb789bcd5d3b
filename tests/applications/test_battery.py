"""Every constructor's network in every form that it can be exported to.

By default one form a backend, of networks of one block that differ most; all
of them at full depth as `depth` says, with the greatest difference of each.
"""

import importlib.util

import keras
import numpy as np
import pytest
from depth import FULL
from depth import ROWS
from depth import made
from depth import shape_of
from depth import title
from keras import ops

from keras_attmask import export
from keras_attmask.applications import architectures
from keras_attmask.applications import load_backbone
from keras_attmask.applications.vision_transformers import constructor
from keras_attmask.data import Preprocessing

PACKAGES = {
    "keras": (),
    "saved_model": ("tensorflow",),
    "onnx": ("tensorflow", "tf2onnx", "onnx", "onnxruntime"),
    "litert": ("tensorflow",),
}
# Each takes two processes of several seconds.
FORMS = {
    "tensorflow": ("keras", "saved_model"),
    "jax": ("keras", "onnx"),
    "torch": ("keras", "litert"),
}[keras.backend.backend()]
# Patches of 8 and the widest, registers and LayerScale, the smallest.
CHOSEN = architectures.LARGE_8, architectures.SMALL_14, architectures.TINY_16
# Rounding grows with width and depth; tokens are of the size of one.
LIMIT = 1e-4
IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def save(row, path):
    """Writes a model with weights that all of them matter."""
    model = constructor(row)(include_top=False, input_shape=shape_of(row))
    draw = np.random.default_rng(0)
    for variable in model.variables:
        if variable.name == "gain":  # LayerScale's begin next to nothing
            variable.assign(draw.uniform(0.5, 1.5, variable.shape))
        elif len(variable.shape) == 1:
            variable.assign(variable + draw.normal(0, 0.1, variable.shape))
    model.save(path)


@pytest.fixture(scope="module", params=ROWS if FULL else CHOSEN, ids=title)
def saved(request, tmp_path_factory):
    """`(row, path)` of a model, of which the file alone stays."""
    row = made(request.param)
    path = tmp_path_factory.mktemp(row.name) / "model.keras"
    save(row, path)
    yield row, path
    path.unlink()


def keras_difference(backbone, row, folder):
    path = folder / "backbone.keras"
    export.export_keras(backbone, path)
    pixels = np.random.default_rng(1).normal(size=(2, *shape_of(row)))
    one, other = (
        ops.convert_to_numpy(network(pixels.astype("float32"))["patch_tokens"])
        for network in (backbone, load_backbone(path))
    )
    return np.abs(one - other).max()


def difference(form, backbone, row, folder):
    """Of the live network and of what is written, the greatest."""
    if form == "keras":
        return keras_difference(backbone, row, folder)
    prepare = Preprocessing(shape_of(row), *IMAGENET)
    if form == "saved_model":
        return export.export_saved_model(
            backbone, prepare, folder / "vit", tolerance=LIMIT
        )
    write, ending = {
        "onnx": (export.export_onnx, ".onnx"),
        "litert": (export.export_litert, ".tflite"),
    }[form]
    target = folder / f"vit{ending}"
    return write(backbone, prepare, target, "tokens", tolerance=LIMIT)


@pytest.mark.parametrize("form", PACKAGES if FULL else FORMS)
def test_the_form_says_what_the_network_says(saved, form, tmp_path):
    missing = [n for n in PACKAGES[form] if not importlib.util.find_spec(n)]
    if missing:
        pytest.skip(f"no {', '.join(missing)}")
    row, path = saved
    found = difference(form, load_backbone(path), row, tmp_path)
    print(f"{row.title} x {row.num_layers} {form} {found:.1e}", flush=True)
    assert found <= (0 if form == "keras" else LIMIT)

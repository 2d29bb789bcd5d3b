"""Opens a file or folder, going by its contents rather than its name."""

import json
import pathlib

from keras_attmask.convert.safetensors_file import read_safetensors
from keras_attmask.convert.sources import sort_saved_object
from keras_attmask.convert.torch_file import read_torch_file
from keras_attmask.errors import InputError

_WEIGHTS = ("model.safetensors", "pytorch_model.bin")
_MODEL_TYPES = {
    "vit": "hf_vit",
    "dinov2": "hf_dinov2",
    "dinov2_with_registers": "hf_dinov2",
}


def open_source(path):
    """Finds out what a path holds; tensors are not read yet.

    Args:
        path: a PyTorch or safetensors file, or a folder of transformers
            with `config.json` and weights.

    Returns:
        `Source`.

    Raises:
        InputError: when nothing is there, or nothing that is known.
    """
    path = pathlib.Path(path)
    try:
        return _open(path)
    except OSError as error:
        raise InputError(
            f"{path}: expected a readable file, got {error.strerror or error}"
        ) from error
    except InputError as error:
        if str(error).startswith(str(path)):
            raise
        raise InputError(f"{path}: {error}") from error


def _open(path):
    if path.is_dir():
        names = [name for name in _WEIGHTS if (path / name).is_file()]
        if not names:
            raise InputError(
                f"expected a folder with {' or '.join(_WEIGHTS)}, got none"
            )
        path = path / names[0]
    with open(path, "rb") as file:
        start = file.read(9)
    if start[8:9] == b"{" or path.suffix == ".safetensors":
        source = sort_saved_object(read_safetensors(path), "timm")
    else:
        source = sort_saved_object(read_torch_file(path), "dino")
    if source.format.startswith("hf_"):
        source.config = _config(path.parent / "config.json", source.format)
    return source


def _config(path, form):
    if not path.is_file():
        return {}
    try:
        config = json.loads(path.read_text("utf-8"))
        kind = config.get("model_type")
    except (ValueError, AttributeError) as error:
        raise InputError(
            f"config.json: expected a JSON object, got {error}"
        ) from error
    wanted = {
        "model_type": _MODEL_TYPES.get(kind) == form,
        "hidden_act": config.get("hidden_act", "gelu") == "gelu",
        "use_swiglu_ffn": not config.get("use_swiglu_ffn"),
    }
    for name, fits in wanted.items():
        if not fits:
            raise InputError(
                f"config.json: expected {name} of a plain ViTModel or "
                f"Dinov2Model, got {config.get(name)!r}"
            )
    return config

"""Which framework a command will run on."""

import importlib.util
import json
import os
import pathlib

from keras_attmask.errors import InputError

_BACKENDS = ("tensorflow", "jax", "torch")


def require_backend():
    """Refuses a backend that is unknown or not installed.

    Raises:
        InputError: naming where the choice was made.
    """
    place, name = _chosen()
    if name not in _BACKENDS:
        raise InputError(
            f"{place}: expected one of {', '.join(_BACKENDS)}, got {name!r}"
        )
    if not _installed(name):
        extra = "" if name == "tensorflow" else f"[{name}]"
        raise InputError(
            f"{place}: expected an installed backend, got {name!r}, which is "
            f"not (pip install 'keras_attmask{extra}')"
        )
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def _chosen():
    """Where the backend is chosen, and its name, as Keras looks for it."""
    if os.environ.get("KERAS_BACKEND"):
        return "KERAS_BACKEND", os.environ["KERAS_BACKEND"]
    home = os.environ.get("KERAS_HOME") or pathlib.Path.home() / ".keras"
    file = pathlib.Path(home) / "keras.json"
    try:
        settings = json.loads(file.read_text("utf-8"))
        return str(file), settings.get("backend", "tensorflow")
    except (OSError, ValueError, AttributeError):
        return "KERAS_BACKEND", "tensorflow"


def _installed(name):
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False

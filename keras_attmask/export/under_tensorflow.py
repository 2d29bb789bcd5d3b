"""From a backbone of any backend to a writer under TensorFlow."""

import importlib.util
import json
import os

from keras_attmask.export.child import run_child

_CALL = (
    "import importlib, sys; module, name, *words = sys.argv[1:]; "
    "getattr(importlib.import_module(module), name)(*words)"
)


def save_parts(backbone, preprocessing, work):
    """Saves what a writer reads.

    Args:
        backbone: `VisionTransformer`.
        preprocessing: `data.preprocessing.Preprocessing`.
        work: folder for the files.

    Returns:
        `(keras_file, preprocessing_file)`, their paths.
    """
    keras_file = os.path.join(work, "backbone.keras")
    preprocessing_file = os.path.join(work, "preprocessing.json")
    backbone.save(keras_file)
    write_json(preprocessing.get_config(), preprocessing_file)
    return keras_file, preprocessing_file


def write_json(values, path):
    """Writes a dict as a JSON file."""
    with open(path, "w", encoding="utf-8") as file:
        json.dump(values, file, indent=2)
        file.write("\n")


def call_under_tensorflow(function, *words):
    """Calls a function in a child process with Keras' TensorFlow backend.

    Args:
        function: of a module of this package.
        *words: its arguments, all text.

    Raises:
        ExportError: the child failed.
    """
    package = importlib.util.find_spec("keras_attmask")
    paths = [os.path.dirname(package.submodule_search_locations[0])]
    paths += filter(None, [os.environ.get("PYTHONPATH")])
    run_child(
        ["-c", _CALL, function.__module__, function.__name__, *words],
        KERAS_BACKEND="tensorflow",
        PYTHONPATH=os.pathsep.join(paths),
    )

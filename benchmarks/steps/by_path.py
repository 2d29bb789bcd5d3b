"""Files that are loaded by their path, without the package around them."""

import importlib.util
import pathlib

_PACKAGE = pathlib.Path(__file__).parents[2] / "keras_attmask"


def load(path):
    """The module that a Python file makes."""
    spec = importlib.util.spec_from_file_location("by_path", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# A peer's process must not hold a framework that is not its own.
host_memory = load(_PACKAGE / "host_memory.py")
huge_pages = load(_PACKAGE / "huge_pages.py")

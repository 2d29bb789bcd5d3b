"""Imports run down: the floors of the house, walked file by file."""

import ast
import pathlib
import textwrap

import pytest

PACKAGE = pathlib.Path(__file__).parents[1] / "keras_attmask"
# From the ground up. A file imports from floors below, or its own folder.
FLOORS = (
    "arguments as_tensors compile_cache counter_random deterministic device "
    "ending errors folders freed_memory full_float32 host_memory huge_pages "
    "initializers once one_program processor recomputed seeding tasks version "
    "view_law",
    "atomic augmentation_settings boundary rematerialised scanned strategies",
    "distribution layers masking losses data schedules recipe",
    "augmentation",
    "models training visualize",
    "evaluation",
    "callbacks convert dense export",
    "build parity",
    "applications",
    "pretraining",
    "finetuning",
    "commands",
    "__main__",
)
FLOOR_OF = {
    name: floor for floor, names in enumerate(FLOORS) for name in names.split()
}
# May be imported inside a function: heavy, and not always needed.
OPTIONAL = {
    "ai_edge_litert",
    "array_record",
    "fcntl",
    "google",
    "jax",
    "keras_cv",
    "matplotlib",
    "onnx",
    "onnxruntime",
    "pycocotools",
    "safetensors",
    "tensorboardX",
    "tensorflow",
    "tensorflow_datasets",
    "tf2onnx",
    "torch",
}
# Commands answer mistakes before they load a framework.
LATE = "commands"
# Where TensorFlow is the job.
TENSORFLOW = (
    "data/host_tensorflow.py",
    "data/tfds_source.py",
    "distribution/tensorflow_devices.py",
    "as_tensors.py",
    "deterministic.py",
    "device.py",
    "export/",
    "full_float32.py",
    "one_program.py",
    "pretraining/same_batch.py",
    "processor.py",
    "training/gradients.py",
    "training/replicas.py",
    "training/tensorflow_updates.py",
)


def imports(tree):
    """Yields `(module, names, whether inside a function)` of each import."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, functions)
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, [], id(node) in inside
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            names = [alias.name for alias in node.names]
            yield module, names, id(node) in inside


def units(module, names):
    """Parts of the package that an import reaches."""
    first, *rest = module.split(".")
    if first != "keras_attmask":
        return []
    return rest[:1] or names or ["__init__"]


def only_re_exports(tree):
    allowed = (ast.Import, ast.ImportFrom)
    names = ("__all__", "__version__")

    def fits(node):
        if isinstance(node, ast.Assign):
            return all(getattr(t, "id", None) in names for t in node.targets)
        text = isinstance(node, ast.Expr) and isinstance(
            node.value, ast.Constant
        )
        return text or isinstance(node, allowed)

    return all(map(fits, tree.body))


def of_file(path, tree, heavy):
    """Breaches of one file.

    Args:
        path: relative to the package.
        tree: its syntax tree.
        heavy: names of our modules that need an optional one at their top.
    """
    unit = path.parts[0].removesuffix(".py")
    root = path.as_posix() == "__init__.py"
    if not root and unit not in FLOOR_OF:
        yield f"{path}: {unit} has no floor"
        return
    if path.name == "__init__.py" and not root and not only_re_exports(tree):
        yield f"{path}: more than re-exports"
    for module, names, inside in imports(tree):
        first = module.split(".")[0]
        if first == "":
            yield f"{path}: relative import {module}"
        if first in ("tensorflow", "tensorflow_datasets"):
            if not path.as_posix().startswith(TENSORFLOW):
                yield f"{path}: {module} is not its job"
        optional = first in OPTIONAL or module in heavy
        if inside and not optional and unit != LATE:
            yield f"{path}: {module} imported inside a function"
        for other in [] if root else units(module, names):
            below = FLOOR_OF.get(other, len(FLOORS)) < FLOOR_OF[unit]
            if other != unit and not below:
                yield f"{path}: {other} is not below"


def module_of(path):
    parts = ("keras_attmask", *path.with_suffix("").parts)
    return ".".join(parts[:-1] if path.name == "__init__.py" else parts)


def cycles(trees):
    """Breaches: modules that import each other."""
    modules = {module_of(path): tree for path, tree in trees.items()}
    graph = {name: set() for name in modules}
    for name, tree in modules.items():
        for module, names, _ in imports(tree):
            inner = {f"{module}.{n}" for n in names} & set(modules)
            graph[name] |= inner or ({module} & set(modules))
    done, open_ = set(), []

    def visit(name):
        if name in open_:
            yield f"cycle: {' -> '.join([*open_[open_.index(name) :], name])}"
            return
        if name in done:
            return
        open_.append(name)
        for other in sorted(graph[name]):
            yield from visit(other)
        open_.pop()
        done.add(name)

    for name in sorted(graph):
        yield from visit(name)


def breaches(package):
    files = {
        path.relative_to(package): ast.parse(path.read_text("utf-8"))
        for path in sorted(package.rglob("*.py"))
    }
    files = {p: tree for p, tree in files.items() if p.parts[0] != "recipes"}
    heavy = {
        module_of(path)
        for path, tree in files.items()
        for module, _, inside in imports(tree)
        if not inside and module.split(".")[0] in OPTIONAL
    }
    found = [b for p, tree in files.items() for b in of_file(p, tree, heavy)]
    return found + list(cycles(files))


def test_the_package_keeps_the_floors():
    assert breaches(PACKAGE) == []


def test_every_floor_is_lived_on():
    names = {path.stem for path in PACKAGE.iterdir()}
    assert set(FLOOR_OF) <= names


@pytest.mark.parametrize(
    "name, code, words",
    [
        ("layers/a.py", "from keras_attmask.models import b", "not below"),
        ("layers/a.py", "from keras_attmask import masking", "not below"),
        ("losses/a.py", "import keras_attmask", "not below"),
        ("errors.py", "import keras_attmask.recipe.checks", "not below"),
        ("data/a.py", "from . import b", "relative import"),
        ("data/__init__.py", "def f(): pass", "more than re-exports"),
        ("data/__init__.py", "x = 1", "more than re-exports"),
        ("data/a.py", "def f():\n import numpy", "inside a function"),
        (
            "build.py",
            "class A:\n def f(self):\n  from keras_attmask import data",
            "inside a function",
        ),
        ("models/a.py", "import tensorflow as tf", "not its job"),
        ("data/a.py", "def f():\n from tensorflow import io", "not its job"),
        ("attic/a.py", "", "has no floor"),
    ],
)
def test_a_breach_is_found(tmp_path, name, code, words):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(code)
    (found,) = breaches(tmp_path)
    assert found.startswith(name) and words in found


def test_a_cycle_is_found(tmp_path):
    files = {"a": "b", "b": "c", "c": "a", "d": "a"}
    (tmp_path / "data").mkdir()
    for name, other in files.items():
        code = f"from keras_attmask.data.{other} import x"
        (tmp_path / "data" / f"{name}.py").write_text(code)
    (found,) = breaches(tmp_path)
    assert "data.a -> keras_attmask.data.b" in found


def test_what_is_allowed_passes(tmp_path):
    allowed = {
        "__init__.py": "import sys\nif sys.argv: import keras_attmask.data",
        "data/host_tensorflow.py": "def f():\n import tensorflow",
        "data/__init__.py": '"""Text."""\nfrom keras_attmask.data.a import b',
        "commands/a.py": "def f():\n from keras_attmask import data",
        "training/torch_a.py": "import torch",
        "training/a.py": "def f():\n"
        " from keras_attmask.training.torch_a import b",
        "models/a.py": textwrap.dedent(
            """
            import numpy
            from keras_attmask.layers import b
            from keras_attmask.models.c import d
            def f():
                import torch
            """
        ),
    }
    for name, code in allowed.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(code)
    assert breaches(tmp_path) == []

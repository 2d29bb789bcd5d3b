"""Every test starts from the same seed; helpers here can be imported."""

import atexit
import contextlib
import importlib.metadata
import importlib.util
import io
import os
import pathlib
import shutil
import tempfile

# Before any framework is imported, and for child processes as well. The
# steps of many tests are one program: JAX compiles it once.
_CACHE = os.path.join(tempfile.gettempdir(), "keras_attmask_jax_cache")
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", _CACHE)
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0.2")
# What is compiled here runs for moments: that LLVM is quick matters more.
_QUICK = "--xla_backend_optimization_level=0"
_JAX = importlib.util.find_spec("jaxlib")
if _JAX and importlib.metadata.version("jaxlib").startswith("0.10."):
    # The older emitter of loops takes half as long for a small program, and
    # JAX makes thousands. XLA ends a process for a flag unknown to it.
    _QUICK += " --xla_cpu_use_fusion_emitters=false"
os.environ.setdefault("XLA_FLAGS", _QUICK)
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Features are kept where no other run of the tests will find them.
if "KERAS_HOME" not in os.environ:
    os.environ["KERAS_HOME"] = tempfile.mkdtemp(prefix="keras_attmask_home_")
    atexit.register(shutil.rmtree, os.environ["KERAS_HOME"], True)
# Threads that wait for each other spin, on a machine that tests share.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import filelock
import keras
import pytest
from tiny import TINY

from keras_attmask.__main__ import main

# The recorded numbers of the originals, which lie beside the repository.
_RECORDED = pathlib.Path(__file__).parents[2] / "shared" / "fixtures"


# Files that take long go first, or one of them is run last and alone.
_LONG = (
    "distribution/test_same_mathematics.py",
    "pretraining/test_resume.py",
    "pretraining/test_many_hosts.py",
    "test_readme.py",
    "pretraining/",
    "export/",
    "examples/",
    "applications/test_battery.py",
    "commands/",
    "dense/",
    "test_no_tensorflow.py",
)


def pytest_collection_modifyitems(items):
    tests = pathlib.Path(__file__).parent

    def rank(item):
        place = item.path.relative_to(tests).as_posix()
        starts = [n for n, name in enumerate(_LONG) if place.startswith(name)]
        return min(starts, default=len(_LONG))

    items.sort(key=rank)  # which keeps the order within a file


@pytest.fixture(autouse=True)
def seed():
    keras.utils.set_random_seed(0)


@pytest.fixture(scope="session")
def recorded():
    """Path of a recorded file, by name; skips where there is none."""

    def find(name):
        path = _RECORDED / name
        if not path.exists():
            pytest.skip(f"no recorded numbers: {path} is missing")
        return path

    return find


@pytest.fixture(scope="session")
def tiny_pretraining(tmp_path_factory):
    """`(run folder, what was printed)` of `attmask pretrain --json`."""
    place = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        place = place.parent  # one run for all processes that test
    folder, text = place / "tiny_run", place / "tiny_run.txt"
    with filelock.FileLock(place / "tiny_run.lock"):
        if not text.exists():
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                status = main(["pretrain", *TINY, f"--run={folder}", "--json"])
            assert status == 0
            text.write_text(printed.getvalue())
    return folder, text.read_text()


@pytest.fixture(scope="session")
def tiny_run(tiny_pretraining):
    """The run folder of a tiny pretraining; read it, change nothing."""
    return tiny_pretraining[0]

"""Compiled programs on disk, in processes that share a cache folder."""

import os
import pathlib
import subprocess
import sys

import keras
import pytest

from keras_attmask.compile_cache import keep_compiled

PROGRAM = """
import jax
from keras_attmask.compile_cache import keep_compiled
print(keep_compiled())
hits = []
jax.monitoring.register_event_listener(
    lambda name, **facts: hits.append(name) if "cache_hits" in name else None
)
print(jax.jit(lambda x: (x * 3 + 1).sum())(jax.numpy.arange(7.0)))
print(len(hits))
"""
jax_only = pytest.mark.skipif(
    keras.backend.backend() != "jax", reason="the cache is JAX's"
)


def run(home, **environment):
    """The folder, the result, and how many programs were found."""
    inherited = {k: v for k, v in os.environ.items() if k[:4] != "JAX_"}
    child = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**inherited, "XDG_CACHE_HOME": str(home), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    folder, result, hits = child.stdout.split()
    assert float(result) == 70.0
    return folder, int(hits)


@jax_only
def test_a_second_process_finds_what_the_first_compiled(tmp_path):
    folder, hits = run(tmp_path)
    assert hits == 0
    assert pathlib.Path(folder).is_relative_to(tmp_path / "keras_attmask")
    kept = {path.name for path in pathlib.Path(folder).iterdir()}
    assert any("cache" in name for name in kept)
    again, hits = run(tmp_path)
    assert again == folder and hits > 0


@jax_only
def test_jax_settings_go_before_ours(tmp_path):
    own = str(tmp_path / "own")
    folder, _ = run(tmp_path, JAX_COMPILATION_CACHE_DIR=own)
    assert folder == own and not (tmp_path / "keras_attmask").exists()
    folder, _ = run(tmp_path, JAX_ENABLE_COMPILATION_CACHE="false")
    assert folder == "None" and not (tmp_path / "keras_attmask").exists()


@jax_only
def test_a_place_that_cannot_be_written_to_costs_nothing(tmp_path):
    (tmp_path / "file").write_text("no folder")
    _, hits = run(tmp_path / "file")
    assert hits == 0


@pytest.mark.skipif(keras.backend.backend() == "jax", reason="others")
def test_other_backends_keep_nothing():
    assert keep_compiled() is None

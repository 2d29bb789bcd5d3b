import subprocess
import sys

import keras
import pytest

BACKEND = keras.backend.backend()
ASKED = {
    "torch": "torch.are_deterministic_algorithms_enabled()",
    "jax": "'xla_gpu_deterministic_ops=true' in os.environ['XLA_FLAGS']",
    "tensorflow": "config.is_op_determinism_enabled()",
}
SCRIPT = """
import importlib, os, sys
from keras_attmask.deterministic import use_deterministic_operations
if {asked}:
    use_deterministic_operations()
    use_deterministic_operations()
import keras
keras.ops.matmul(keras.ops.ones((2, 2)), keras.ops.ones((2, 2)))
if keras.backend.backend() == "torch":
    import torch
if keras.backend.backend() == "tensorflow":
    from tensorflow.python.framework import config
os.environ.setdefault("XLA_FLAGS", "")
print("found", bool({wanted}), os.environ["XLA_FLAGS"].count("determ"))
"""


@pytest.mark.parametrize("asked", [True, False])
def test_the_backend_is_told(asked):
    script = SCRIPT.format(asked=asked, wanted=ASKED[BACKEND])
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    count = int(asked and BACKEND == "jax")
    assert done.stdout.splitlines()[-1] == f"found {asked} {count}"

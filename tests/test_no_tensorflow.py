"""Without TensorFlow, all but its own jobs work on JAX and PyTorch."""

import json
import os
import subprocess
import sys

import keras
import pytest
from tiny import TINY

CHILD = """
import importlib.machinery, json, sys

class NoTensorFlow(importlib.machinery.PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name.split(".")[0] in ("tensorflow", "tensorflow_datasets"):
            return None
        return super().find_spec(name, path, target)

place = sys.meta_path.index(importlib.machinery.PathFinder)
sys.meta_path[place] = NoTensorFlow
try:
    import tensorflow
    sys.exit("tensorflow can still be imported")
except ModuleNotFoundError:
    pass
import keras_attmask
from keras_attmask.__main__ import main

tiny, run = json.loads(sys.argv[1]), sys.argv[2]
short = ["--recipe.training.epochs=1", "--recipe.data.limit=32"]
short += ["--recipe.evaluation.bank=", "--recipe.evaluation.queries="]
assert main(["pretrain", *tiny, *short, f"--run={run}"]) == 0

backbone = keras_attmask.applications.load_backbone(run)
backbone.save_weights(run + "/again.weights.h5")
data = "--data=bundled:fashion_mnist"
knn = ["evaluate", "knn", f"--backbone={run}", data, "--limit=20", "--json"]
assert main(knn) == 0
assert main(["export", run, run + "/saved_model"]) == 2
assert main(["export", run, run + "/vit.keras", "--format=keras"]) == 0
assert main([*knn[:3], "--data=tfds:mnist"]) == 2
assert "tensorflow" not in sys.modules
"""


SHORT = """
import json, sys
from keras_attmask.__main__ import main

assert main(["pretrain", *json.loads(sys.argv[1]), "--run=run"]) == 0
print("loaded", "tensorflow" in sys.modules)
"""
pytestmark = pytest.mark.skipif(
    keras.backend.backend() == "tensorflow",
    reason="TensorFlow cannot do without itself",
)


def test_where_it_is_installed_a_run_does_not_load_it(tmp_path):
    pytest.importorskip("tensorflow")
    words = [*TINY, "--recipe.training.epochs=1"]
    printed = subprocess.run(
        [sys.executable, "-c", SHORT, json.dumps(words)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert printed.stdout.endswith("loaded False\n"), printed


def test_pretraining_evaluation_and_weights(tmp_path):
    run = tmp_path / "run"
    child = subprocess.run(
        [sys.executable, "-c", CHILD, json.dumps(TINY), str(run)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"JAX_DISABLE_MOST_OPTIMIZATIONS": "true"},
    )
    assert child.returncode == 0, child.stderr
    lines = (run / "metrics.jsonl").read_text().splitlines()
    losses = [json.loads(line).get("loss") for line in lines]
    assert len([loss for loss in losses if loss is not None]) == 2
    assert (run / "checkpoints" / "step-00000002").is_dir()
    for name in ("backbone", "again"):
        assert (run / f"{name}.weights.h5").stat().st_size > 0
    mistakes = [
        line for line in child.stderr.splitlines() if "attmask: error" in line
    ]
    assert len(mistakes) == 2 and "needs tensorflow" in mistakes[0]
    assert "tensorflow_datasets" in mistakes[1]
    knn = [line for line in child.stdout.splitlines() if line[:1] == "{"]
    assert {"knn", "knn_top5"} <= set(json.loads(knn[0]))

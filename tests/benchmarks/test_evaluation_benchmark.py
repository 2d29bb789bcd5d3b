import importlib.util
import pathlib
import subprocess
import sys

import numpy as np
import pytest

from keras_attmask.evaluation import knn_classify

ROOT = pathlib.Path(__file__).parents[2]
FILE = ROOT / "benchmarks" / "evaluation.py"


@pytest.fixture(scope="module")
def benchmark():
    spec = importlib.util.spec_from_file_location("evaluation_benchmark", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_contenders_take_turns_after_a_round_that_warms_up(benchmark):
    order = []
    contenders = {name: lambda name=name: order.append(name) for name in "ab"}
    times = benchmark.in_turn(contenders, 3)
    assert order == list("ab" * 4)
    assert [len(times[name]) for name in "ab"] == [3, 3]


def test_the_ratio_is_the_median_over_rounds(benchmark):
    times = {"ours": [1, 2, 9], "peer": [2, 2, 3]}
    assert benchmark.ratio(times, "ours", "peer") == 1


def test_the_peer_votes_as_we_do(benchmark):
    pytest.importorskip("faiss")
    bank, labels = benchmark.groups(400, 1, 16, 5)
    queries, _ = benchmark.groups(50, 2, 16, 5)
    peer = benchmark.faiss_vote(bank, labels, queries, 20)
    ours = knn_classify(bank, labels, queries, 20)
    assert (ours[:, 0] == peer[:, 0]).all()
    assert len(np.unique(ours[:, 0])) == 5


def test_an_unknown_part_is_named():
    done = subprocess.run(
        [sys.executable, FILE, "speed"], capture_output=True, text=True
    )
    assert done.returncode == 2 and "got 'speed'" in done.stderr

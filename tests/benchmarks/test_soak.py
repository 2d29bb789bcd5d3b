"""The soak's own arithmetic."""

import importlib.util
import pathlib

import pytest

PLACE = pathlib.Path(__file__).parents[2] / "benchmarks" / "soak.py"


@pytest.fixture(scope="module")
def soak():
    spec = importlib.util.spec_from_file_location("soak", PLACE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not module.FLAGS.is_parsed():
        module.FLAGS(["soak", "--steps=1000"])
    return module


def test_growth_is_of_the_later_steps(soak):
    points = [(100, 900.0), (300, 100.0), (600, 103.0), (900, 106.0)]
    assert soak.slope(points) == pytest.approx(10.0)
    assert soak.slope(points[:2]) is None


def test_a_line_half_written_is_passed_over(soak, tmp_path):
    assert soak.last_step(tmp_path) == 0
    file = tmp_path / "metrics.jsonl"
    file.write_text('{"step": 5, "loss": 1.0}\n{"step": 10, "lo')
    assert soak.last_step(tmp_path) == 5

import json
import pathlib
import subprocess
import sys

import pytest

CURVES = pathlib.Path(__file__).parents[2] / "benchmarks" / "curves.py"


def curves(*words):
    return subprocess.run(
        [sys.executable, str(CURVES), *map(str, words)],
        capture_output=True,
        text=True,
        timeout=120,
    )


def point(batch, gigabytes):
    options = {
        "backend": "torch",
        "dtype": "float32",
        "arch": "vit_tiny16",
        "batch": batch,
        "global_size": 224,
        "local_crops": 10,
    }
    return {
        "sweep": "batch",
        "value": batch,
        "contender": "ours",
        "options": options,
        "images_per_second": 2.0 + batch,
        "spread": [2.0, 3.0 + batch],
        "first_step_seconds": 2.3,
        "peak_memory_gb": gigabytes,
        "peak_memory_bytes": int(gigabytes * 1e9),
        "versions": {},
        "device": "CPU",
        "gflops_per_image": 39.1,
        "share_of_peak": 0.3,
        "peak_gflops": 400,
    }


def test_saved_points_are_drawn(tmp_path):
    saved, picture = tmp_path / "a.json", tmp_path / "a.png"
    saved.write_text(json.dumps({"points": [point(1, 1.0), point(5, 1.8)]}))
    found = curves("--plot", picture, saved)
    assert found.returncode == 0, found.stderr
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_memory_grows_by_the_slope_between_batches_that_fit(monkeypatch):
    monkeypatch.syspath_prepend(str(CURVES.parent))
    from curve_points import memory_growth

    points = [point(1, 1.0), point(3, 9.0), point(5, 1.8)]
    assert memory_growth(points) == {"ours": pytest.approx(2e8)}
    lost = {**point(9, 0.0), "out_of_memory": True}
    assert memory_growth([*points, lost]) == {"ours": pytest.approx(2e8)}
    assert memory_growth(points[:1]) == {}


@pytest.mark.parametrize(
    "words, said",
    [
        (["--only", "nothing"], "--only: expected"),
        (["--plot", "a.png", "no_such.json"], "no_such.json"),
    ],
)
def test_a_mistake_is_one_line(words, said):
    found = curves(*words)
    assert found.returncode == 2
    assert said in found.stderr and found.stderr.count("\n") == 1

"""What can be said of gpu.sh and the profile without running a step."""

import pathlib
import subprocess
import sys

import pytest

BENCHMARKS = pathlib.Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def profile_step(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import profile_step

    yield profile_step
    for name in ("profile_step", "step"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("words", [[], ["steps"], ["cifar10"]])
def test_gpu_sh_refuses_what_it_does_not_know(words, tmp_path):
    child = subprocess.run(
        ["bash", str(BENCHMARKS / "gpu.sh"), *words],
        env={"PATH": "/usr/bin:/bin", "OUT": str(tmp_path / "out")},
        capture_output=True,
        text=True,
    )
    assert child.returncode in (1, 2) and child.stdout == ""
    assert "images" in child.stderr.lower()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "name, kind",
    [
        ("copy_fusion.12", "copy_fusion"),
        ("ynn_fusion.3.clone", "ynn_fusion"),
        ("dot_general", "dot_general"),
        ("fusion_1", "fusion"),
    ],
)
def test_operations_are_put_together_by_kind(profile_step, name, kind):
    assert profile_step._kind(name) == kind


@pytest.mark.parametrize(
    "name, fused",
    [
        ("cudnn_generated_fort_native_sdpa_sm90_flash_fprop_wgmma", True),
        ("__cudnn$fmhaSoftmax", True),
        ("ynn_fusion", False),
        ("loop_add_fusion", False),
    ],
)
def test_what_counts_as_fused_attention(profile_step, name, fused):
    assert bool(profile_step.FUSED.search(name)) is fused

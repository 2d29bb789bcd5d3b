import numpy as np
import pytest

from keras_attmask.convert import Checkpoint
from keras_attmask.convert import Network
from keras_attmask.convert import load_checkpoint
from keras_attmask.convert.variables import arrays as arrays_of
from keras_attmask.convert.variables import backbone_variables
from keras_attmask.convert.variables import head_variables
from keras_attmask.errors import InputError
from keras_attmask.layers import ProjectionHead
from keras_attmask.models import VisionTransformer
from keras_attmask.parity import read_npz
from keras_attmask.parity import replay
from keras_attmask.parity.trace import Recorded
from keras_attmask.parity.trace import weight_errors


@pytest.mark.parametrize("variant", ["ibot", "dino"])
def test_a_run_of_the_official_code(recorded, variant):
    arrays = read_npz(recorded("trace_tiny.npz"), "x")
    checkpoint = load_checkpoint(recorded("trace_tiny_init.pth"), "both")
    found = replay(checkpoint, arrays, variant)
    assert len(found.losses["loss_total"]) == 24
    assert found.worst("losses") < 5e-6
    assert found.worst("centers") < 5e-6
    assert found.worst("weights") < 5e-6
    assert found.passed


@pytest.fixture
def networks():
    backbone = VisionTransformer(
        (8, 8, 3), 4, 1, 2, 8, use_mask_token=True, name="backbone"
    )
    head = ProjectionHead(6, 5, 4, name="head")
    head.build((None, 8))
    return backbone, head


@pytest.fixture
def final(networks):
    """A record of the networks as they are, under official names."""
    backbone, head = networks
    values = {}
    for prefix, network, variables in (
        ("backbone", backbone, backbone_variables(backbone)),
        ("head", head, head_variables(head)),
    ):
        for name, value in arrays_of(network, variables).items():
            values[f"v.student.{prefix}.{name}"] = np.array(value)
    return values


def test_weights_that_are_the_same(networks, final):
    errors = weight_errors(*networks, final, "v.student.")
    assert len(errors) == len(final) and not any(errors.values())


def test_only_the_key_third_of_a_bias_may_differ(networks, final):
    name = "v.student.backbone.blocks.0.attn.qkv.bias"
    final[name][8:16] += 1
    assert not any(weight_errors(*networks, final, "v.student.").values())
    for index in (7, 16):
        final[name][index] += 0.5
        errors = weight_errors(*networks, final, "v.student.")
        assert errors["backbone.blocks.0.attn.qkv.bias"] == 0.5
        final[name][index] -= 0.5


def test_weights_that_do_not_fit(networks, final):
    with pytest.raises(InputError, match="expected final parameters"):
        weight_errors(*networks, final, "w.student.")
    final["v.student.backbone.norm.bias"] = np.zeros(9)
    with pytest.raises(InputError, match="norm.bias: expected a parameter"):
        weight_errors(*networks, final, "v.student.")


def test_recorded_schedules_repeat_their_values():
    values = Recorded([0.5, 0.25, 2.0])
    found = [float(values(np.int32(step))) for step in range(3)]
    assert found == [0.5, 0.25, 2.0]


@pytest.fixture
def trace(networks):
    """Two steps with views and masks but without results."""
    draw = np.random.default_rng(0)
    mask = np.zeros((2, 2, 3, 2, 2), bool)
    mask[..., 0, 1] = True
    schedule = {
        "lr": [0.0, 1e-3],
        "wd": [0.04, 0.1],
        "momentum": [0.9, 0.95],
        "teacher_temp": [0.04, 0.05],
        "teacher_patch_temp": [0.04, 0.05],
        "freeze_last_layer": [True, False],
    }
    arrays = {f"schedule.{n}": np.array(v) for n, v in schedule.items()}
    return arrays | {
        "inputs_global": draw.normal(size=(2, 2, 3, 8, 8, 3)),
        "inputs_local": draw.normal(size=(2, 1, 3, 4, 4, 3)),
        "v.mask": mask,
        "lambda2.v": np.array(0.5),
        "hyper.student_temp": np.array(0.1),
        "hyper.center_momentum": np.array(0.9),
        "hyper.clip": np.array(3.0),
    }


def test_a_trace_that_lacks_something(networks, trace):
    network = Network(*networks)
    checkpoint = Checkpoint("keras", {"student": network, "teacher": network})
    del trace["hyper.clip"]
    with pytest.raises(InputError, match="hyper.clip: expected one number"):
        replay(checkpoint, trace, "v")
    with pytest.raises(InputError, match="lambda2.w: expected one number"):
        replay(checkpoint, trace, "w")
    trace["hyper.clip"] = np.array(3.0)
    trace["schedule.freeze_last_layer"] = np.array([False, True])
    with pytest.raises(InputError, match="expected only first steps"):
        replay(checkpoint, trace, "v")


def test_wrong_results_are_found(networks, trace):
    """Results that are all zero are wrong by what was computed."""
    network = Network(*networks)
    checkpoint = Checkpoint("keras", {"student": network, "teacher": network})
    for name in ("loss_cls", "loss_patch", "loss_total"):
        trace[f"v.{name}"] = np.zeros(2)
    for name in ("cls", "patch"):
        trace[f"v.center_{name}"] = np.zeros((2, 6))
    for name in ("student", "teacher"):
        trace[f"v.{name}.backbone.norm.weight"] = np.zeros(8)
    found = replay(checkpoint, trace, "v")
    losses = {n: np.array(errors) for n, errors in found.losses.items()}
    np.testing.assert_allclose(
        losses["loss_cls"] + losses["loss_patch"],
        losses["loss_total"],
        rtol=1e-5,
    )
    # What was computed is a cross-entropy of random networks.
    assert (losses["loss_cls"] > 1e-3).all()
    assert found.worst("centers") > 1e-3
    assert found.worst("weights") == pytest.approx(1, abs=0.01)
    assert not found.passed

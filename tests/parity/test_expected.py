import numpy as np
import pytest
from keras import ops

from keras_attmask.convert import Checkpoint
from keras_attmask.convert import Network
from keras_attmask.convert import load_checkpoint
from keras_attmask.errors import InputError
from keras_attmask.layers import ProjectionHead
from keras_attmask.models import VisionTransformer
from keras_attmask.parity import compare_outputs
from keras_attmask.parity import read_npz


@pytest.mark.parametrize(
    "file, expected, compared",
    [
        ("attmask_tiny.pth", "attmask_tiny", 57),
        ("attmask_tiny_published_style.pth", "attmask_tiny", 57),
        ("attmask_tiny_backbone.pth", "attmask_tiny", 24),
        ("dino_tiny.pth", "dino_tiny", 8),
        ("timm_tiny.safetensors", "timm_tiny", 3),
        ("hf_dinov2_tiny", "hf_dinov2_tiny", 4),
        ("hf_vit_tiny", "hf_vit_tiny", 4),
    ],
)
def test_outputs_of_the_originals(recorded, file, expected, compared):
    arrays = read_npz(recorded(f"{expected}_expected.npz"), "x")
    checkpoint = load_checkpoint(recorded(file), "both")
    found = compare_outputs(checkpoint, arrays)
    assert len(found.outputs) == compared
    assert found.max_difference < 2e-5, found.outputs


@pytest.fixture
def checkpoint():
    backbone = VisionTransformer(
        (16, 16, 3), 8, 2, 2, 12, use_mask_token=True, name="backbone"
    )
    head = ProjectionHead(7, 6, 5, name="head")
    head.build((None, 12))
    draw = np.random.default_rng(0)
    for variable in (*backbone.variables, *head.variables):
        variable.assign(draw.normal(0, 0.5, variable.shape))
    aside = {
        "classifier.weight": draw.normal(size=(4, 12)).astype("float32"),
        "classifier.bias": draw.normal(size=(4,)).astype("float32"),
    }
    return Checkpoint("keras", {"student": Network(backbone, head, aside)})


@pytest.fixture
def arrays(checkpoint):
    """A record that the network itself made, through its public calls."""
    backbone, head = checkpoint.backbone, checkpoint.head
    images = np.random.default_rng(1).normal(size=(2, 16, 32, 3))
    images = images.astype("float32")
    mask = np.zeros((2, 2, 4), bool)
    mask[0, 1, 2] = mask[1, 0, 0] = True
    plain = backbone(
        images, outputs=("class_token", "block_tokens"), num_blocks=2
    )
    hidden = backbone(images, patch_mask=mask.reshape(2, 8))
    cls = ops.convert_to_numpy(plain["class_token"])
    weight = checkpoint.network.aside["classifier.weight"]
    bias = checkpoint.network.aside["classifier.bias"]
    return {
        "images_wide": images,
        "config.depth": np.array(2),
        "mask.wide.high": mask,
        "student.wide.linear_features": np.concatenate(
            [ops.convert_to_numpy(t)[:, 0] for t in plain["block_tokens"]], -1
        ),
        "student.wide.head_cls": ops.convert_to_numpy(head(cls)),
        "student.wide.masked_head_cls": ops.convert_to_numpy(
            head(hidden["class_token"])
        ),
        "wide.pre_logits": cls,
        "wide.logits": cls @ weight.T + bias,
    }


def test_a_record_of_its_own(checkpoint, arrays):
    found = compare_outputs(checkpoint, arrays)
    assert len(found.outputs) == 5 and found.max_difference < 1e-5
    assert not found.skipped or set(found.skipped) == {"mask.wide.high"}


@pytest.mark.parametrize("change", [3e-3, np.nan, np.inf])
def test_one_wrong_number_is_found(checkpoint, arrays, change):
    arrays["student.wide.head_cls"][1, 3] += change
    found = compare_outputs(checkpoint, arrays)
    expected = change if np.isfinite(change) else np.inf
    assert found.max_difference == pytest.approx(expected, rel=1e-2)
    worst = max(found.outputs, key=found.outputs.get)
    assert worst == "student.wide.head_cls"


def test_a_wrong_mask_is_found(checkpoint, arrays):
    backbone = checkpoint.backbone
    checkpoint = Checkpoint("keras", {"teacher": Network(backbone)})
    attention = backbone(arrays["images_wide"], outputs=("class_attention",))
    order = np.argsort(-ops.convert_to_numpy(attention["class_attention"]))
    mask = np.zeros((2, 8), bool)
    np.put_along_axis(mask, order[:, :3], True, axis=1)
    record = {
        "images_wide": arrays["images_wide"],
        "mask.wide.counts": np.array([3, 1]),
        "mask.wide.high": mask.reshape(2, 2, 4),
    }
    assert compare_outputs(checkpoint, record).max_difference == 0
    record["mask.wide.high"] = np.roll(record["mask.wide.high"], 1, axis=2)
    assert compare_outputs(checkpoint, record).max_difference == 1
    record["mask.wide.gap_high"] = np.zeros(2)  # too close to call
    assert compare_outputs(checkpoint, record).max_difference == 0


@pytest.mark.parametrize(
    "name, value, words",
    [
        ("config.depth", np.array(3), "config.depth: expected 2 .* got 3"),
        ("images_wide", np.zeros((2, 16, 32, 1)), "expected shape .*, 3"),
        ("images_wide", np.zeros((2, 16, 30, 3)), "must divide the image"),
        ("wide.pre_logits", np.zeros((2, 13)), "another architecture"),
    ],
)
def test_another_architecture(checkpoint, arrays, name, value, words):
    arrays[name] = value
    with pytest.raises(InputError, match=words):
        compare_outputs(checkpoint, arrays)


def test_nothing_to_compare(checkpoint, arrays):
    record = {
        "images_wide": arrays["images_wide"],
        "teacher.wide.tokens": np.zeros((2, 9, 12)),
        "wide.other": np.zeros(2),
    }
    with pytest.raises(InputError, match="nothing to compare among 3"):
        compare_outputs(checkpoint, record)


def test_a_file_that_is_no_record(tmp_path):
    path = tmp_path / "x.npz"
    for data in (b"", b"text", b"PK\x03\x04"):
        path.write_bytes(data)
        with pytest.raises(InputError, match="--expected: expected a readable"):
            read_npz(path, "--expected")
    np.savez(path, x=np.array([object()]))
    with pytest.raises(InputError, match="--expected: expected a readable"):
        read_npz(path, "--expected")

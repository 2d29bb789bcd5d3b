import numpy as np
import pytest
from keras.ops import convert_to_numpy as numpy

from keras_attmask.convert import load_checkpoint
from keras_attmask.convert import save_checkpoint
from keras_attmask.convert.dialects import DIALECTS
from keras_attmask.convert.safetensors_file import read_safetensors
from keras_attmask.convert.safetensors_file import write_safetensors
from keras_attmask.errors import InputError


@pytest.fixture
def state(make_backbone, tmp_path):
    """Names and arrays of a timm file."""
    path = tmp_path / "state.safetensors"
    save_checkpoint(make_backbone(), path)
    return {n: t.array() for n, t in read_safetensors(path).items()}


@pytest.fixture
def load(tmp_path):
    """Writes arrays to a file and loads it."""

    def load(state, num_heads=2, **arguments):
        path = tmp_path / "x.safetensors"
        write_safetensors(state, path)
        return load_checkpoint(path, num_heads=num_heads, **arguments)

    return load


def test_layouts_are_those_of_pytorch(state, load):
    backbone = load(state).backbone
    block = backbone.blocks[1]
    for variable, name in (
        (block.attention.qkv.kernel, "blocks.1.attn.qkv.weight"),
        (block.mlp.contract.kernel, "blocks.1.mlp.fc2.weight"),
    ):
        np.testing.assert_array_equal(numpy(variable).T, state[name])
    kernel = numpy(backbone.patch_embedding.kernel)
    expected = state["patch_embed.proj.weight"]
    for row, column in ((0, 0), (3, 5)):
        np.testing.assert_array_equal(
            kernel[row, column].T, expected[:, :, row, column]
        )
    table = numpy(backbone.position_embedding.table)
    np.testing.assert_array_equal(table, state["pos_embed"][0])


def test_sizes_come_from_the_tensors(state, load):
    backbone = load(state).backbone
    found = (backbone.num_layers, backbone.hidden_dim, backbone.mlp_dim)
    assert found == (2, 12, 24)
    assert backbone.image_shape == (32, 32, 3) and backbone.patch_size == 8
    assert not backbone.use_mask_token and backbone.layer_scale is None


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda s: s.pop("blocks.1.norm2.bias"), "blocks.1.norm2.bias: .*none"),
        (lambda s: s.pop("cls_token"), "tensor cls_token: expected in the"),
        (
            lambda s: s.update({"blocks.1.extra": np.zeros(1)}),
            "blocks.1.extra: expected no such tensor",
        ),
        (
            lambda s: s.update({"fc_norm.weight": np.zeros(12)}),
            "fc_norm.weight: expected no such",
        ),
        (
            lambda s: s.update({"norm.weight": np.zeros(11)}),
            r"norm.weight: expected shape \(12,\), got \(11,\)",
        ),
        (
            lambda s: s.update(
                {"blocks.0.attn.qkv.weight": np.zeros((35, 12))}
            ),
            r"blocks.0.attn.qkv.weight: expected shape \(36, 12\), got",
        ),
        (
            lambda s: s.update(
                {"patch_embed.proj.weight": np.zeros((12, 192))}
            ),
            "patch_embed.proj.weight: expected 4 axes",
        ),
        (
            lambda s: s.update({"blocks.3.norm1.bias": np.zeros(12)}),
            "blocks.2.norm1.weight: expected in the file, got none",
        ),
    ],
)
@pytest.mark.parametrize("heads", [2, None])
def test_a_tensor_that_does_not_fit(state, load, change, words, heads):
    change(state)
    with pytest.raises(InputError, match=words):
        load(state, heads)


def test_other_networks_are_unknown(load):
    with pytest.raises(InputError, match="got conv1.weight"):
        load({"conv1.weight": np.zeros((4, 3, 7, 7))})


def test_the_number_of_heads_has_to_be_told(state, load):
    with pytest.raises(InputError, match="expected --num-heads"):
        load(state, None)
    with pytest.raises(InputError, match="divisor of the width 12, got 5"):
        load(state, 5)


def test_no_bias_of_queries_keys_and_values(state, load, tmp_path):
    for index in range(2):
        state.pop(f"blocks.{index}.attn.qkv.bias")
    found = load(state)
    qkv = found.backbone.blocks[0].attention.qkv
    assert not numpy(qkv.bias).any()
    assert "no bias of queries" in found.report.notes[1]
    save_checkpoint(found, tmp_path / "again.safetensors")
    assert set(read_safetensors(tmp_path / "again.safetensors")) == set(state)


def test_a_bias_in_some_blocks_only(state, load):
    state.pop("blocks.1.attn.qkv.bias")
    with pytest.raises(InputError, match="blocks.1.attn.qkv.bias: .*none"):
        load(state)


def test_positions_that_are_not_a_square(make_backbone, load, tmp_path):
    backbone = make_backbone(image_shape=(32, 40, 3))
    path = tmp_path / "wide.safetensors"
    save_checkpoint(backbone, path)
    state = {n: t.array() for n, t in read_safetensors(path).items()}
    assert load(state, image_size=(32, 40)).backbone.grid == (4, 5)
    with pytest.raises(InputError, match="20 positions are not a square"):
        load(state)
    with pytest.raises(InputError, match="20 patches of 8, got 32x32"):
        load(state, image_size=(32, 32))


def test_positions_without_class_token(state, load):
    """As timm's `no_embed_class`: the class token has no position."""
    bare = {**state, "pos_embed": state["pos_embed"][:, 1:]}
    found = load(bare)
    assert any("no entry for the class" in n for n in found.report.notes)
    table = numpy(found.backbone.position_embedding.table)
    assert not table[0].any()
    np.testing.assert_array_equal(table[1:], state["pos_embed"][0, 1:])


def test_positions_of_registers_are_added_to_them(state, load):
    draw = np.random.default_rng(0)
    state["reg_token"] = draw.normal(size=(1, 2, 12)).astype("float32")
    extra = draw.normal(size=(1, 2, 12)).astype("float32")
    table = state["pos_embed"]
    state["pos_embed"] = np.concatenate(
        [table[:, :1], extra, table[:, 1:]], axis=1
    )
    backbone = load(state).backbone
    expected = state["reg_token"] + extra
    np.testing.assert_array_equal(numpy(backbone.registers.token), expected)
    np.testing.assert_array_equal(
        numpy(backbone.position_embedding.table), table[0]
    )


def test_a_classifier_is_kept_beside(state, load):
    state["head.weight"] = np.ones((4, 12), "float32")
    state["head.bias"] = np.ones((4,), "float32")
    found = load(state)
    assert found.network.aside["classifier.weight"].shape == (4, 12)
    assert {row.name for row in found.report.left} == {
        "head.weight",
        "head.bias",
    }


def test_every_tensor_is_in_the_report(state, load):
    report = load(state).report
    names = [name for row in report.mapped for name in row.tensors]
    assert sorted(names) == sorted(state) and not report.left


def test_arguments_are_checked(state, load):
    with pytest.raises(InputError, match="which: expected one of teacher"):
        load(state, which="neither")
    with pytest.raises(InputError, match="format: expected one of official"):
        load(state, format="caffe")


def test_nothing_there(tmp_path):
    for name in ("x.pth", "x.safetensors", ""):
        with pytest.raises(InputError, match="expected a (readable|folder)"):
            load_checkpoint(tmp_path / name)


def test_a_dialect_has_distinct_names():
    ours = ["cls_token", "pos_embed", "norm.bias", "blocks.3.mlp.fc2.bias"]
    for dialect in DIALECTS.values():
        names = [name for one in ours for name in dialect.names(one)]
        assert len(set(names)) == len(ours)

import keras
import numpy as np
import official_vectors
import pytest
from gradients import gradients
from keras import ops

from keras_attmask.masking import AttentionGuidedMasking
from keras_attmask.models import VisionTransformer
from keras_attmask.one_program import call_as_one

X = official_vectors.images(0.013, 2, 32)
# What the official code gives for the tiny network.
ATTENTION = [
    """.024771 .035070 .072643 .035177 .055904 .111093 .092799 .046893
    .045082 .075756 .032526 .034814 .110790 .071824 .041088 .075081""",
    """.054080 .073029 .130286 .072073 .021883 .051044 .043424 .020748
    .085989 .125853 .062960 .061799 .057657 .037287 .021375 .044937""",
]
CLASS = """1.035458 1.048423 .525000 -1.056335 -1.361270 .133117
    .719309 -.288783 -.694641 -.803591 -1.274307 .490412"""
MASKED_CLASS = """1.056602 1.029744 .525671 -1.036907 -1.373735 .116284
    .741933 -.279429 -.726050 -.799309 -1.247613 .463573"""
LOCAL_CLASS = """1.013336 1.062816 .524554 -1.074900 -1.349795 .152134
    .700045 -.301119 -.666602 -.803211 -1.297416 .515223"""
FIRST_BLOCK_CLASS = """.971167 1.018871 .114972 -1.334953 -1.147082 .345930
    .693323 -.169910 -.612603 -1.079373 -1.185483 1.041600"""
HIGH = [{5, 6, 9, 12}, {1, 2, 8, 9}]
LOW = [{0, 1, 10, 11}, {4, 7, 13, 14}]


def numbers(text):
    # Six printed digits: half a unit of the last, and a relative 1e-5.
    return pytest.approx([float(word) for word in text.split()], 1e-5, 1e-6)


def array(value):
    return ops.convert_to_numpy(ops.cast(value, "float32"))


def small(**settings):
    # The widths of the tiny network: JAX compiles each new shape.
    return VisionTransformer((16, 24, 3), 8, 2, 3, 12, **settings)


def small_images(rows=2, height=16, width=24):
    random = np.random.default_rng(0)
    return random.normal(size=(rows, height, width, 3)).astype("float32")


def test_tokens_and_attention_are_the_official_ones():
    backbone = official_vectors.tiny_backbone()
    found = call_as_one(backbone, X, outputs=("class_token", "class_attention"))
    assert array(found["class_token"])[0] == numbers(CLASS)
    for row, wanted in zip(array(found["class_attention"]), ATTENTION):
        assert row == numbers(wanted)
    for mode, sets in (("high", HIGH), ("low", LOW)):
        layer = AttentionGuidedMasking(
            mode, mask_ratio=0.3, masking_probability=1.0
        )
        mask = ops.convert_to_numpy(layer(found["class_attention"]))
        assert [set(np.flatnonzero(row)) for row in mask] == sets


def test_masked_tokens_are_the_official_ones():
    mask = np.zeros((2, 16), "bool")
    for row, hidden in zip(mask, HIGH):
        row[list(hidden)] = True
    found = call_as_one(official_vectors.tiny_backbone(), X, patch_mask=mask)
    assert array(found["class_token"])[0] == numbers(MASKED_CLASS)


def test_local_crop_reads_the_table_as_the_official_code():
    local = official_vectors.images(0.017, 2, 16)
    found = call_as_one(official_vectors.tiny_backbone(), local)
    assert found["patch_tokens"].shape == (2, 4, 12)
    assert array(found["class_token"])[0] == numbers(LOCAL_CLASS)


def test_block_tokens_are_the_official_intermediate_layers():
    backbone = official_vectors.tiny_backbone()
    found = call_as_one(
        backbone, X, outputs=("block_tokens", "class_token"), num_blocks=2
    )
    first, last = found["block_tokens"]
    assert array(first)[0, 0] == numbers(FIRST_BLOCK_CLASS)
    np.testing.assert_allclose(
        array(last)[:, 0], array(found["class_token"]), rtol=0, atol=1e-6
    )
    one = call_as_one(backbone, X, outputs=("block_tokens",), num_blocks=1)
    assert len(one["block_tokens"]) == 1
    np.testing.assert_allclose(
        array(one["block_tokens"][0]), array(last), rtol=0, atol=1e-6
    )


def test_the_published_size():
    # A student has one vector more, for hidden patches.
    student = VisionTransformer(
        (224, 224, 3), 16, 12, 3, 192, use_mask_token=True
    )
    assert student.count_params() == 5_524_416 + 192
    assert student.mask_token.count_params() == 192


def test_outputs_come_in_the_order_asked_for():
    names = ("class_attention", "patch_tokens", "class_attention_heads")
    found = small()(small_images(), outputs=names)
    assert list(found) == list(names)
    assert found["class_attention_heads"].shape == (2, 3, 6)
    np.testing.assert_allclose(
        array(found["class_attention_heads"]).mean(axis=1),
        array(found["class_attention"]),
        rtol=0,
        atol=1e-6,
    )


def test_class_token_alone_is_the_same():
    backbone = small()
    both = call_as_one(backbone, small_images())
    alone = call_as_one(backbone, small_images(), outputs=("class_token",))
    assert list(alone) == ["class_token"]
    np.testing.assert_allclose(
        array(alone["class_token"]), array(both["class_token"]), atol=1e-6
    )


@pytest.mark.parametrize("num_registers", [0, 3])
def test_registers_are_seen_but_not_returned(num_registers):
    backbone = small(num_registers=num_registers)
    assert (backbone.registers is None) == (num_registers == 0)
    names = ("class_token", "patch_tokens", "class_attention", "block_tokens")
    found = call_as_one(backbone, small_images(), outputs=names, num_blocks=2)
    assert found["patch_tokens"].shape == (2, 6, 12)
    assert found["class_attention"].shape == (2, 6)
    assert [b.shape for b in found["block_tokens"]] == [(2, 7, 12)] * 2
    np.testing.assert_allclose(
        array(found["block_tokens"][-1])[:, 1:],
        array(found["patch_tokens"]),
        rtol=0,
        atol=1e-6,
    )
    if num_registers:
        before = array(found["class_token"])
        backbone.registers.token.assign(backbone.registers.token * -9.0)
        changed = call_as_one(backbone, small_images())["class_token"]
        assert np.abs(array(changed) - before).max() > 1e-4


def test_class_attention_looks_past_the_registers():
    # The full row of the last block: class token, registers, patches.
    backbone = small(num_registers=3)
    x = backbone._embed(ops.convert_to_tensor(small_images()), None)
    x = backbone.blocks[0](x)
    _, row = backbone.blocks[1](x, return_class_attention=True)
    assert row.shape == (2, 3, 1 + 3 + 6)
    found = call_as_one(
        backbone, small_images(), outputs=("class_attention_heads",)
    )
    np.testing.assert_allclose(
        array(found["class_attention_heads"]), array(row)[:, :, 4:], atol=1e-6
    )


@pytest.mark.parametrize("layer_scale", [None, 0.0])
def test_layer_scale(layer_scale):
    backbone = small(layer_scale=layer_scale)
    table = array(backbone.position_embedding.table)[0]
    class_token = array(backbone.class_token.token)[0] + table
    alone = array(backbone.norm(class_token[None]))
    found = array(call_as_one(backbone, small_images())["class_token"])
    # With closed branches the class token never meets the image.
    closed = np.allclose(found, np.repeat(alone, 2, axis=0), atol=1e-6)
    assert closed == (layer_scale == 0.0)


@pytest.mark.parametrize("rule", ["scale", "size"])
def test_position_rule_reaches_the_table(rule):
    backbone = small(position_rule=rule)
    table = backbone.position_embedding
    assert table.rule == rule
    images = small_images(height=32, width=16)  # a grid of 4 x 2
    x = backbone.patch_embedding(images)
    wanted = array(x) + array(table.resized((4, 2)))[1:]
    found = backbone._embed(ops.convert_to_tensor(images), None)
    np.testing.assert_allclose(array(found)[:, 1:], wanted, atol=1e-6)


@pytest.mark.parametrize("initial", ["normal", "sincos"])
def test_position_initial_reaches_the_table(initial):
    table = array(small(position_initial=initial).position_embedding.table)
    # The first sine-cosine entry of the class token is zero, of a patch 1.
    assert (table[0] == 0.0).all() == (initial == "sincos")
    assert (table[1, 3] == 1.0) == (initial == "sincos")


def test_any_grid_that_the_patch_divides():
    backbone = small()
    for height, width in ((16, 24), (8, 8), (32, 16)):
        images = small_images(height=height, width=width)
        found = call_as_one(
            backbone, images, outputs=("patch_tokens", "class_attention")
        )
        count = height * width // 64
        assert found["patch_tokens"].shape == (2, count, 12)
        assert found["class_attention"].shape == (2, count)


@pytest.mark.parametrize("use_mask_token", [True, False])
def test_mask_token(use_mask_token):
    backbone = small(use_mask_token=use_mask_token)
    mask = np.array([[True] + [False] * 5] * 2)
    if not use_mask_token:
        expected = "`patch_mask` .*use_mask_token=True, got False"
        with pytest.raises(ValueError, match=expected):
            backbone(small_images(), patch_mask=mask)
        return
    seen = array(call_as_one(backbone, small_images())["class_token"])
    hidden = array(
        call_as_one(backbone, small_images(), patch_mask=mask)["class_token"]
    )
    assert np.abs(seen - hidden).max() > 1e-4
    # What is hidden does not matter.
    images = small_images()
    images[:, :8, :8] += 10.0
    again = array(call_as_one(backbone, images, patch_mask=mask)["class_token"])
    np.testing.assert_allclose(again, hidden, rtol=0, atol=1e-6)


def test_hidden_patches_keep_their_place():
    backbone = small(use_mask_token=True)
    tokens = call_as_one(
        backbone, small_images(), patch_mask=np.ones((2, 6), "bool")
    )
    tokens = array(tokens["patch_tokens"])
    np.testing.assert_allclose(tokens[0], tokens[1], atol=1e-6)
    assert np.abs(tokens[0, 0] - tokens[0, 1]).max() > 1e-2


def test_stochastic_depth_rises_linearly():
    backbone = VisionTransformer(
        (16, 24, 3), 8, 3, 3, 12, stochastic_depth_rate=0.1
    )
    rates = [block.stochastic_depth_rate for block in backbone.blocks]
    assert rates == pytest.approx([0.0, 0.05, 0.1])
    streams = [
        drop.stream
        for block in backbone.blocks
        for drop in (block.drop_1, block.drop_2)
    ]
    assert streams == list(range(6))
    one = VisionTransformer((16, 24, 3), 8, 1, 3, 12, stochastic_depth_rate=0.1)
    assert one.blocks[0].stochastic_depth_rate == 0.0


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_a_functional_model_may_ask_for_any_output(dtype):
    names = (
        "class_token",
        "patch_tokens",
        "class_attention",
        "class_attention_heads",
        "block_tokens",
    )
    backbone = small(dtype=dtype, num_registers=1)
    images = keras.Input((16, 24, 3))
    outputs = backbone(images, outputs=names, num_blocks=2)
    model = keras.Model(images, outputs)
    found = model(small_images())
    expected = backbone(small_images(), outputs=names, num_blocks=2)
    for name in names:
        parts = zip(
            keras.tree.flatten(outputs[name]),
            keras.tree.flatten(found[name]),
            keras.tree.flatten(expected[name]),
            strict=True,
        )
        for spec, one, other in parts:
            assert spec.shape[1:] == one.shape[1:]
            assert spec.dtype == keras.backend.standardize_dtype(one.dtype)
            np.testing.assert_array_equal(array(one), array(other))


def test_stochastic_depth_in_training_only():
    backbone = small(stochastic_depth_rate=0.9)
    images = np.repeat(small_images(1), 40, axis=0)
    key = np.arange(40, dtype="int32")
    still = array(call_as_one(backbone, images)["class_token"])
    np.testing.assert_allclose(still, still[:1].repeat(40, 0), atol=1e-6)
    moved, again = (
        array(
            call_as_one(backbone, images, sample_key=key, training=True)[
                "class_token"
            ]
        )
        for _ in range(2)
    )
    assert np.abs(moved - moved[:1]).max() > 1e-4
    np.testing.assert_array_equal(moved, again)


def test_every_weight_gets_a_gradient():
    backbone = small(num_registers=1, layer_scale=0.5, use_mask_token=True)
    images = ops.convert_to_tensor(small_images())
    mask = ops.convert_to_tensor(np.eye(2, 6, dtype="bool"))

    def loss():
        found = backbone(images, patch_mask=mask)
        weights = ops.arange(12, dtype="float32")
        return ops.sum(found["patch_tokens"] ** 3 * weights)

    variables = backbone.trainable_variables
    for variable, found in zip(variables, gradients(loss, variables)):
        assert np.abs(found).max() > 0.0, variable.path


@pytest.mark.parametrize("compute", ["bfloat16", "float16"])
def test_attention_is_float32_in_mixed_precision(compute):
    backbone = small(dtype=f"mixed_{compute}")
    found = backbone(
        small_images(), outputs=("class_attention", "class_attention_heads")
    )
    for value in found.values():
        assert keras.backend.standardize_dtype(value.dtype) == "float32"
    total = array(found["class_attention"]).sum(axis=-1)
    assert ((0.5 < total) & (total < 1.0)).all()


def test_whole_model_comes_back_from_a_file(tmp_path):
    backbone = small(num_registers=1, use_mask_token=True)
    backbone.save(tmp_path / "a.keras")
    twin = keras.saving.load_model(tmp_path / "a.keras")
    assert type(twin) is VisionTransformer
    np.testing.assert_allclose(
        array(call_as_one(twin, small_images())["patch_tokens"]),
        array(call_as_one(backbone, small_images())["patch_tokens"]),
        rtol=0,
        atol=1e-6,
    )


def test_mistakes_are_named():
    with pytest.raises(ValueError, match="`patch_size` .* got 16x20"):
        VisionTransformer((16, 20, 3), 8, 1, 3, 12)
    with pytest.raises(ValueError, match="`num_heads` .* of 12, got 5"):
        VisionTransformer((16, 16, 3), 8, 1, 5, 12)
    backbone = small()
    with pytest.raises(ValueError, match="`patch_size` .* got 12x24"):
        backbone(small_images(height=12))
    with pytest.raises(ValueError, match="`outputs` .*, got 'tokens'"):
        backbone(small_images(), outputs=("tokens",))
    with pytest.raises(ValueError, match=r"`num_blocks` .*\[1, 2\], got 3"):
        backbone(small_images(), outputs=("block_tokens",), num_blocks=3)

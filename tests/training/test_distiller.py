import keras
import numpy as np
import pytest
import small_distiller as small
from gradients import gradients
from keras import ops

from keras_attmask import counter_random
from keras_attmask.masking import BlockMasking
from keras_attmask.masking import RandomMasking
from keras_attmask.schedules import Constant
from keras_attmask.schedules import WarmupCosine
from keras_attmask.training import AdamW
from keras_attmask.training import TeacherEMA


def values(layer):
    return [ops.convert_to_numpy(v) for v in layer.variables]


def determined(layer):
    """The values of `layer` that a loss has a say in, as arrays.

    The gradient of an attention's key bias is zero but for rounding, which
    AdamW scales up to whole steps: that third of `qkv/bias` is left out.
    """
    found = []
    for variable in layer.variables:
        value = ops.convert_to_numpy(variable)
        if variable.path.endswith("qkv/bias"):
            third = len(value) // 3
            value = np.delete(value, slice(third, 2 * third))
        found.append(value)
    return found


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def log_softmax(x):
    x = x - x.max(-1, keepdims=True)
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


def fit(model, steps=1, **options):
    for _ in range(steps):
        model.fit(small.batch(), epochs=1, verbose=0, batch_size=6, **options)


OBJECTIVES = pytest.mark.parametrize(
    "masking, patch_weight",
    [(True, 1.0), (True, 0.0), (None, 0.0)],
    ids=["ibot", "dino-masked", "dino"],
)


@OBJECTIVES
@pytest.mark.parametrize("shared", [True, False], ids=["shared", "separate"])
@pytest.mark.parametrize("gain", [True, False], ids=["gain", "no-gain"])
def test_loss_is_that_of_the_plain_form(masking, patch_weight, shared, gain):
    """Every head on every token, all in NumPy, as the paper writes it."""
    model = small.distiller(
        masking=masking,
        patch_weight=patch_weight,
        shared=shared,
        trainable_gain=gain,
        teacher_temperature=0.05,
    )
    names = [v.path for v in model.student_head.trainable_variables]
    assert any("gain" in name for name in names) == gain
    random = np.random.default_rng(0)
    centres = random.normal(size=(2, 24)).astype("float32") * 0.1
    model.cls_center.centre.assign(centres[0])
    model.patch_center.centre.assign(centres[1])
    images = random.normal(size=(6, 16, 16, 3)).astype("float32")
    local = random.normal(size=(6, 8, 8, 3)).astype("float32")
    mask = random.random((6, 16)) < 0.4
    mask[1] = False
    mask[2] = np.arange(16) < 8
    mask[:, 8:] = False  # no more than the capacity, 8
    hidden = {"patch_mask": mask} if masking else {}
    outcome = model.distill(
        *map(ops.convert_to_tensor, (images, local)),
        **{name: ops.convert_to_tensor(m) for name, m in hidden.items()},
    )
    model.move_centers(outcome)

    def logits(network, head, x, patches, **kwargs):
        tokens = network(x, **kwargs)
        name = "patch_tokens" if patches else "class_token"
        out = head(tokens[name], patches=patches)
        return ops.convert_to_numpy(out).astype("float64")

    teacher = (model.teacher, model.teacher_head, images)
    student = (model.student, model.student_head)
    s_cls = logits(*student, images, False, **hidden).reshape(2, 3, -1)
    l_cls = logits(*student, local, False).reshape(2, 3, -1)
    s_cls = log_softmax(np.concatenate([s_cls, l_cls]) / 0.1)
    t_raw = logits(*teacher, False)
    t_cls = softmax((t_raw - centres[0]) / 0.05).reshape(2, 3, -1)
    pairs = [(q, v) for q in range(2) for v in range(4) if q != v]
    terms = [-(t_cls[q] * s_cls[v]).sum(-1).mean() for q, v in pairs]
    t_patch_raw = logits(*teacher, True)
    t_patch = softmax((t_patch_raw - centres[1]) / 0.05)
    s_patch = log_softmax(logits(*student, images, True, **hidden) / 0.1)
    entropy = -(t_patch * s_patch).sum(-1)
    share = (entropy * mask).sum(1) / np.maximum(mask.sum(1), 1)
    expected = np.mean(terms) + patch_weight * share.mean()
    np.testing.assert_allclose(
        float(ops.convert_to_numpy(outcome["loss"])), expected, rtol=2e-5
    )
    for centre, old, raw in (
        (model.cls_center, centres[0], t_raw),
        (model.patch_center, centres[1], t_patch_raw.reshape(-1, 24)),
    ):
        moves = patch_weight or centre is model.cls_center
        moved = 0.9 * old + 0.1 * raw.mean(0)
        np.testing.assert_allclose(
            ops.convert_to_numpy(centre.centre),
            moved if moves else old,
            rtol=1e-4,
            atol=1e-6,
        )


def test_teacher_starts_as_a_copy_and_then_follows_by_its_momentum():
    model = small.uncompiled()
    model.teacher_momentum = Constant(0.75)
    before = values(model.teacher)
    names = [v.path.split("/", 1)[1] for v in model.teacher.variables]
    by_name = {
        v.path.split("/", 1)[1]: v
        for v in model.student.variables
        if "seed" not in v.path
    }
    for name, value in zip(names, before):
        student = ops.convert_to_numpy(by_name[name])
        np.testing.assert_array_equal(value, student)
    fit(model)
    moved = 0.0
    for name, old, new in zip(names, before, values(model.teacher)):
        student = ops.convert_to_numpy(by_name[name])
        np.testing.assert_allclose(
            new, 0.75 * old + 0.25 * student, rtol=1e-5, atol=1e-7
        )
        moved = max(moved, np.abs(new - old).max())
    assert moved > 1e-4
    assert int(model.step) == 1


def test_teacher_has_no_trainable_variable_and_no_mask_token():
    model = small.distiller()
    assert not model.teacher.trainable_variables
    assert not model.teacher_head.trainable_variables
    assert model.teacher.mask_token is None
    assert model.student.mask_token is not None
    own = {id(v) for v in model.student.variables}
    assert not own & {id(v) for v in model.teacher.variables}


def test_momentum_follows_its_schedule_inside_the_compiled_step():
    schedule = WarmupCosine(0.5, 1.0, 3)
    model = small.compiled()
    logged = []

    class Watch(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            logged.append(logs["teacher_momentum"])

    teacher = values(model.teacher_head)
    for step in range(3):
        fit(model, callbacks=[TeacherEMA(schedule), Watch()])
        student = values(model.student_head)
        momentum = float(schedule(step))
        for old, new, now in zip(teacher, values(model.teacher_head), student):
            np.testing.assert_allclose(
                new, momentum * old + (1 - momentum) * now, atol=1e-6
            )
        teacher = values(model.teacher_head)
    np.testing.assert_allclose(logged, [0.5, 0.625, 0.875], atol=1e-6)


@OBJECTIVES
def test_objectives(masking, patch_weight):
    model = small.uncompiled(masking=masking, patch_weight=patch_weight)
    history = model.fit(
        small.batch(), epochs=3, verbose=0, batch_size=6
    ).history
    losses = np.array([history[n] for n in ("cls_loss", "patch_loss")])
    np.testing.assert_allclose(
        history["loss"], losses[0] + patch_weight * losses[1], rtol=1e-5
    )
    assert np.isfinite(losses).all()
    assert (losses[1] > 0).any() == bool(patch_weight)
    assert int(model.step) == 3


@pytest.mark.parametrize("kind", [RandomMasking, BlockMasking])
def test_baseline_masks_train(kind):
    model = small.uncompiled(masking=kind(masking_probability=1.0))
    history = model.fit(small.batch(), verbose=0, batch_size=6).history
    assert history["patch_loss"][0] > 0


@pytest.mark.parametrize("gain", [True, False])
def test_gain_moves_only_where_trainable(gain):
    model = small.uncompiled(trainable_gain=gain)
    fit(model, 2)
    value = model.student_head.class_prototypes.gain
    assert (np.abs(ops.convert_to_numpy(value) - 1).max() > 1e-5) == gain


@pytest.mark.parametrize("dtype", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_trains_close_to_float32(dtype):
    """float16 skips steps until its loss scale fits: a small one here."""
    histories = []
    for policy in ("float32", dtype):
        keras.utils.set_random_seed(1)
        optimizer = AdamW(1e-4, clip_norm=3.0)
        if policy == "mixed_float16":
            optimizer = keras.optimizers.LossScaleOptimizer(
                optimizer, initial_scale=256.0
            )
        model = small.compiled(
            optimizer=optimizer,
            masking=RandomMasking(),
            dtype=policy,
            depth_rate=0.1,
        )
        for head in (model.student_head, model.teacher_head):
            for layer in head.dense:
                # So narrow a head would put out 1e-5 at its start, and the
                # gradient of its unit vector has no place in float16.
                layer.kernel.assign(layer.kernel * 10.0)
        before = values(model.student)[0]
        history = model.fit(small.batch(), epochs=4, verbose=0, batch_size=6)
        histories.append(history.history["loss"])
        moved = np.abs(values(model.student)[0] - before).max()
        assert 1e-5 < moved < 1e-3
        assert all(v.dtype == "float32" for v in model.teacher.variables)
        assert model.cls_center.centre.dtype == "float32"
    np.testing.assert_allclose(histories[1], histories[0], rtol=0.03)


@pytest.mark.parametrize("accumulation", [1, 2])
@pytest.mark.parametrize("scale, fits", [(2.0**8, True), (2.0**120, False)])
def test_the_loss_scale_divides_out_or_skips_an_update(
    scale, fits, accumulation
):
    """A scale of 2**8 leaves no trace; one that overflows leaves no update."""
    moved = []
    for policy in ("float32", "mixed_float16"):
        keras.utils.set_random_seed(1)
        # One step of this AdamW is the sign of the gradient, nearly; with a
        # large epsilon it is the gradient.
        optimizer = AdamW(1.0, epsilon=1e3)
        if policy == "mixed_float16":
            optimizer = keras.optimizers.LossScaleOptimizer(
                optimizer, initial_scale=scale
            )
        model = small.uncompiled(
            optimizer=optimizer,
            masking=RandomMasking(),
            dtype=policy,
            accumulation=accumulation,
        )
        for layer in model.student_head.dense:
            layer.kernel.assign(layer.kernel * 10.0)
        before = values(model.student_head)
        fit(model)
        after = values(model.student_head)
        moved.append(
            np.concatenate([(b - a).ravel() for a, b in zip(before, after)])
        )
    assert int(model.step) == 1
    assert int(optimizer.iterations) == int(fits)
    growth = float(ops.convert_to_numpy(optimizer.dynamic_scale)) / scale
    assert growth == (1.0 if fits else 0.5)
    if not fits:
        assert not moved[1].any()
        return
    error = np.linalg.norm(moved[1] - moved[0]) / np.linalg.norm(moved[0])
    assert error < 0.05


def test_with_and_without_jit_compile_are_the_same_run():
    if keras.backend.backend() != "tensorflow":
        pytest.skip("JAX always compiles, and torch never does here")
    runs = []
    for jit_compile in (True, False):
        keras.utils.set_random_seed(1)
        model = small.compiled(jit_compile=jit_compile)
        fit(model, 2)
        runs.append(determined(model.teacher) + determined(model.student))
    for one, other in zip(*runs):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=2e-5)


def test_a_run_is_a_function_of_its_seed():
    def losses(seed):
        keras.utils.set_random_seed(1)
        model = small.uncompiled(seed=seed, depth_rate=0.3)
        history = model.fit(small.batch(), epochs=2, verbose=0, batch_size=6)
        return history.history["loss"]

    one, same, other = losses(3), losses(3), losses(4)
    np.testing.assert_allclose(one, same, rtol=1e-6)
    assert np.abs(np.subtract(one, other)).max() > 1e-3


def test_masks_come_from_image_and_step_not_from_place_in_the_batch():
    model = small.distiller()
    attention = np.random.default_rng(0).random((6, 16)).astype("float32")
    keys = counter_random.fold_in(7, np.arange(6), np)
    step_key = np.array([11], "int32")
    order = np.array([3, 1, 0, 5, 4, 2])
    masks = [
        ops.convert_to_numpy(
            model.masking(
                attention[rows],
                grid=(4, 4),
                sample_key=keys[rows],
                step_key=step_key,
            )
        )
        for rows in (np.arange(6), order)
    ]
    np.testing.assert_array_equal(masks[0][order], masks[1])


def test_checkpoint_holds_the_whole_state(tmp_path):
    model = small.uncompiled()
    fit(model, 2)
    model.save_weights(tmp_path / "all.weights.h5")
    keras.utils.set_random_seed(9)
    other = small.uncompiled()
    fit(other, 1)
    other.load_weights(tmp_path / "all.weights.h5")
    assert int(other.step) == 2
    assert int(other.optimizer.iterations) == 2
    fit(model)
    fit(other)
    for one, two in zip(model.variables, other.variables):
        if "seed_generator" in one.path:
            continue  # initial weights came from them, nothing else does
        np.testing.assert_allclose(
            ops.convert_to_numpy(one),
            ops.convert_to_numpy(two),
            rtol=1e-5,
            atol=1e-5,  # key biases move by rounding noise alone
        )


def test_predict_gives_the_teachers_class_tokens():
    model = small.uncompiled()
    images = np.random.default_rng(0).normal(size=(3, 16, 16, 3))
    expected = model.teacher(images.astype("float32"))["class_token"]
    np.testing.assert_allclose(
        model.predict(images, verbose=0),
        ops.convert_to_numpy(expected),
        rtol=1e-4,
        atol=1e-5,
    )


def test_a_masking_needs_a_mask_token():
    model = small.distiller(masking=None, patch_weight=0.0)
    with pytest.raises(ValueError, match="`masking` needs.*use_mask_token"):
        type(model)(
            model.student, model.student_head, model.views, RandomMasking()
        )


def test_a_patch_loss_needs_a_masking():
    with pytest.raises(ValueError, match="`patch_weight` needs.*masking=None"):
        small.distiller(masking=None)


@OBJECTIVES
@pytest.mark.parametrize("parts", [2, 3])
def test_parts_of_a_batch_move_all_state_as_the_whole_does(
    masking, patch_weight, parts
):
    """Schedules, freezing, centres and teacher follow updates, not parts."""
    runs, logs = [], []
    for accumulation in (1, parts):
        keras.utils.set_random_seed(1)
        optimizer = AdamW(
            WarmupCosine(1e-3, 0.0, 4, 2),
            WarmupCosine(0.04, 0.4, 4),
            clip_norm=3.0,
            frozen_steps=1,
        )
        model = small.uncompiled(
            optimizer=optimizer,
            masking=masking,
            patch_weight=patch_weight,
            accumulation=accumulation,
        )
        model.teacher_momentum = WarmupCosine(0.5, 1.0, 4)
        history = model.fit(
            small.batch(), epochs=3, verbose=0, batch_size=6
        ).history
        assert int(model.step) == int(model.optimizer.iterations) == 3
        logs.append([history[n] for n in ("loss", "cls_loss", "patch_loss")])
        runs.append(
            determined(model.student)
            + determined(model.teacher)
            + determined(model.student_head)
            + determined(model.teacher_head)
            + values(model.cls_center)
            + values(model.patch_center)
        )
    np.testing.assert_allclose(*logs, rtol=1e-4)
    for one, other in zip(*runs):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=2e-5)


def test_parts_of_a_batch_in_the_compiled_step():
    losses = []
    for accumulation in (1, 3):
        keras.utils.set_random_seed(1)
        model = small.compiled(jit_compile="auto", accumulation=accumulation)
        history = model.fit(small.batch(), epochs=2, verbose=0, batch_size=6)
        losses.append(history.history["loss"])
    np.testing.assert_allclose(*losses, rtol=1e-4)


@pytest.mark.parametrize("chunk_tokens", [0, 1, 7])
@pytest.mark.parametrize("shared", [True, False], ids=["shared", "separate"])
def test_gradients_do_not_depend_on_chunks(chunk_tokens, shared):
    random = np.random.default_rng(0)
    images, local = (
        ops.convert_to_tensor(random.normal(size=(6, n, n, 3)), "float32")
        for n in (16, 8)
    )
    mask = ops.convert_to_tensor(random.random((6, 16)) < 0.4)
    found = []
    for size in (10**6, chunk_tokens):
        keras.utils.set_random_seed(1)
        model = small.distiller(shared=shared, chunk_tokens=size)
        found.append(
            gradients(
                lambda: model.distill(images, local, patch_mask=mask)["loss"],
                model.trainable_variables,
            )
        )
    for one, other in zip(*found):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-6)


def test_a_stratified_gate_hides_patches_of_one_view_of_each_image():
    gate = RandomMasking(gate="stratified")
    model = small.uncompiled(masking=gate)
    history = model.fit(small.batch(), epochs=2, verbose=0, batch_size=6)
    assert (np.array(history.history["patch_loss"]) > 0).all()


def test_evaluation_measures_both_parts_and_moves_nothing():
    model = small.uncompiled()
    before = values(model)
    logs = model.evaluate(
        small.batch(), batch_size=6, verbose=0, return_dict=True
    )
    assert logs["cls_loss"] > 0
    assert logs["loss"] == pytest.approx(
        logs["cls_loss"] + logs["patch_loss"], rel=1e-5
    )
    for old, new in zip(before, values(model)):
        np.testing.assert_array_equal(old, new)

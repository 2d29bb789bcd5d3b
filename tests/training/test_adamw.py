import json

import keras
import numpy as np
import pytest
from keras import ops

from keras_attmask.schedules import WarmupCosine
from keras_attmask.training import AdamW
from keras_attmask.training.adamw_law import clipped

SHAPES = {"kernel": (4, 3), "bias": (3,), "prototypes_kernel": (2, 3)}
RATE = WarmupCosine(1e-2, 1e-4, 200, 20)
DECAY = WarmupCosine(0.04, 0.4, 200)


def make_variables():
    random = np.random.default_rng(0)
    return [
        keras.Variable(random.normal(size=shape), name=name, dtype="float32")
        for name, shape in SHAPES.items()
    ]


def random_gradients(steps, seed=1):
    """Lists of gradients with norms from 1e-4 to 10."""
    random = np.random.default_rng(seed)
    for _ in range(steps):
        scale = 10.0 ** random.uniform(-4, 0.5)
        yield [
            (random.normal(size=s) * scale).astype("float32")
            for s in SHAPES.values()
        ]


def tensors(arrays):
    return [ops.convert_to_tensor(a) for a in arrays]


def arrays(variables):
    return [ops.convert_to_numpy(v) for v in variables]


def one_step(variable_value, gradient, **settings):
    """The value after one update, and the optimizer."""
    variable = keras.Variable(variable_value, dtype="float32")
    optimizer = AdamW(**settings)
    optimizer.apply([ops.convert_to_tensor(gradient)], [variable])
    return ops.convert_to_numpy(variable), optimizer


def test_first_step_by_hand():
    # Bias correction makes m / sqrt(v) the gradient's sign.
    found, _ = one_step([1.0, 1.0], [0.3, -0.02], learning_rate=0.1)
    assert found == pytest.approx([0.9, 1.1], abs=1e-6)
    # Epsilon stands beside |g|, not beside sqrt(v) = |g| sqrt(0.001).
    found, _ = one_step([1.0], [1e-8], learning_rate=0.1, epsilon=1e-8)
    assert found[0] == pytest.approx(1.0 - 0.1 * 0.5, abs=1e-6)


def test_decay_by_hand():
    # 1 * (1 - 0.1 * 0.5) - 0.1, but a vector is not decayed.
    settings = {"learning_rate": 0.1, "weight_decay": 0.5}
    found, _ = one_step([[1.0]], [[2.0]], **settings)
    assert found[0, 0] == pytest.approx(0.85, abs=1e-6)
    found, _ = one_step([1.0], [2.0], **settings)
    assert found[0] == pytest.approx(0.9, abs=1e-6)


def test_every_variable_with_two_axes_decays():
    for shape, decays in (
        ((), False),
        ((3,), False),
        ((1, 3), True),  # gains, mask token
        ((1, 1, 3), True),  # class token
        ((2, 2, 1, 3), True),  # patch kernel
    ):
        found, _ = one_step(
            np.ones(shape),
            np.zeros(shape, "float32"),
            learning_rate=0.1,
            weight_decay=0.5,
        )
        wanted = 0.95 if decays else 1.0
        np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-6)


def test_clip_is_the_official_one():
    long, short = tensors(np.array([[[3, 4], [0, 0]], [[1, 1], [0, 0]]], "f4"))
    assert ops.convert_to_numpy(clipped(long, 5.0, 3.0)).tolist() == [
        [pytest.approx(1.7999997, abs=1e-7), pytest.approx(2.3999996)],
        [0, 0],
    ]
    assert ops.convert_to_numpy(clipped(short, 2.0**0.5, 3.0)).tolist() == [
        [1, 1],
        [0, 0],
    ]
    assert clipped(long, 5.0, None) is long


def pytorch_run(torch, steps, clip_norm, frozen_steps):
    """The same training by PyTorch, its frozen layer without gradient."""
    start = arrays(make_variables())
    parameters = [torch.nn.Parameter(torch.tensor(v)) for v in start]
    kernel, bias, prototypes = parameters
    optimizer = torch.optim.AdamW(
        [{"params": [kernel, prototypes]}, {"params": [bias]}],
        betas=(0.9, 0.999),
        eps=1e-8,
    )
    for step, values in enumerate(random_gradients(steps)):
        for group in optimizer.param_groups:
            group["lr"] = float(RATE(step))
        optimizer.param_groups[0]["weight_decay"] = float(DECAY(step))
        optimizer.param_groups[1]["weight_decay"] = 0.0
        for parameter, value in zip(parameters, values):
            norm = float(np.linalg.norm(value))
            scale = min(1.0, clip_norm / (norm + 1e-6)) if clip_norm else 1.0
            parameter.grad = torch.tensor(value) * scale
        if step < frozen_steps:
            prototypes.grad = None
        optimizer.step()
    return [p.detach().numpy() for p in parameters]


@pytest.mark.parametrize("clip_norm", [None, 3.0])
@pytest.mark.parametrize("frozen_steps", [0, 50])
def test_two_hundred_steps_of_pytorch(clip_norm, frozen_steps):
    torch = pytest.importorskip("torch")
    variables = make_variables()
    optimizer = AdamW(
        RATE, DECAY, clip_norm=clip_norm, frozen_steps=frozen_steps
    )
    for values in random_gradients(200):
        optimizer.apply(tensors(values), variables)
    wanted = pytorch_run(torch, 200, clip_norm, frozen_steps)
    for found, value in zip(arrays(variables), wanted):
        np.testing.assert_allclose(found, value, rtol=0, atol=5e-6)


def test_schedules_are_followed_step_by_step():
    variable = keras.Variable([[1.0]])
    optimizer = AdamW(RATE, DECAY)
    wanted = 1.0
    for step in range(5):
        assert float(optimizer.learning_rate) == pytest.approx(
            float(RATE(step)), rel=1e-5
        )
        assert float(optimizer.current_decay()) == pytest.approx(
            float(DECAY(step)), rel=1e-5
        )
        optimizer.apply([ops.zeros((1, 1))], [variable])
        wanted *= 1.0 - float(RATE(step)) * float(DECAY(step))
        found = ops.convert_to_numpy(variable)[0, 0]
        assert found == pytest.approx(wanted, rel=1e-6)


def test_frozen_variables_neither_move_nor_remember():
    variables = make_variables()
    before = arrays(variables)
    optimizer = AdamW(1e-2, 0.5, frozen_steps=2)
    for values in random_gradients(2):
        optimizer.apply(tensors(values), variables)
    after = arrays(variables)
    np.testing.assert_array_equal(after[2], before[2])
    assert all((a != b).any() for a, b in zip(after[:2], before[:2]))
    kept = [
        slot
        for group in optimizer._groups
        for slot in (group.moments, group.velocities)
        if group.law.start == 2
    ]
    assert [slot.shape for slot in kept] == [(1, 2, 3)] * 2
    assert not any(ops.convert_to_numpy(v).any() for v in kept)
    # Its own first step has a full first step's length.
    values = [np.ones(s, "float32") for s in SHAPES.values()]
    optimizer.apply(tensors(values), variables)
    moved = before[2] * (1 - 1e-2 * 0.5) - arrays(variables)[2]
    np.testing.assert_allclose(moved, 1e-2, rtol=1e-4)


@pytest.mark.parametrize("allowed", [True, False])
def test_a_condition_decides(allowed):
    if keras.backend.backend() == "torch":
        pytest.skip("which looks beforehand")
    variables = make_variables()
    before = arrays(variables)
    optimizer = AdamW(1e-2, 0.5)
    optimizer.build(variables)
    slots = arrays(optimizer.variables[2:])
    with optimizer.only_if(ops.convert_to_tensor(allowed)):
        optimizer.apply(tensors(next(random_gradients(1))), variables)
    after = arrays(variables)
    assert [(a != b).any() for a, b in zip(after, before)] == [allowed] * 3
    for new, old in zip(arrays(optimizer.variables[2:]), slots):
        assert (new != old).any() == allowed
    optimizer.apply(tensors(next(random_gradients(1))), variables)
    assert (arrays(variables)[0] != after[0]).any()


def test_a_variable_without_gradient_stays_beside_others_of_its_shape():
    one, other = keras.Variable([1.0, 2.0]), keras.Variable([1.0, 2.0])
    optimizer = AdamW(0.1, weight_decay=0.5)
    optimizer.build([one, other])
    with pytest.warns(UserWarning, match="[Gg]radients"):
        optimizer.apply([None, ops.ones(2)], [one, other])
    np.testing.assert_array_equal(arrays([one])[0], [1.0, 2.0])
    np.testing.assert_allclose(arrays([other])[0], [0.9, 1.9], rtol=1e-6)
    for slot in arrays([optimizer._groups[0].moments]):
        assert not slot[0].any() and slot[1].all()


def test_rates_are_scaled_by_path(monkeypatch):
    variables = make_variables()
    before = arrays(variables)
    scales = {variables[0].path: 0.5, variables[1].path: 0.25}
    optimizer = AdamW(0.1, weight_decay=0.3, rate_scales=scales)
    values = [np.ones(s, "float32") for s in SHAPES.values()]
    optimizer.apply(tensors(values), variables)
    for found, old, scale in zip(arrays(variables), before, (0.5, 0.25, 1.0)):
        rate = 0.1 * scale
        left = 1 - rate * 0.3 if found.ndim > 1 else 1.0
        np.testing.assert_allclose(found, old * left - rate, rtol=1e-5)


def test_words_choose_what_is_frozen():
    variables = make_variables()
    before = arrays(variables)
    optimizer = AdamW(1e-2, frozen_steps=1, frozen=("bias", "nothing"))
    optimizer.apply(tensors(next(random_gradients(1))), variables)
    moved = [(a != b).any() for a, b in zip(arrays(variables), before)]
    assert moved == [True, False, True]


def test_accumulated_micro_steps_count_as_one():
    # Frozen for one real step, that is for four micro-steps.
    single, several = make_variables(), make_variables()
    plain = AdamW(RATE, DECAY, frozen_steps=1)
    slow = AdamW(RATE, DECAY, frozen_steps=1, gradient_accumulation_steps=4)
    for values in random_gradients(3):
        plain.apply(tensors(values), single)
        for share in (0.0, 2.0, 0.5, 1.5):  # mean 1
            slow.apply(tensors([v * share for v in values]), several)
    for found, wanted in zip(arrays(several), arrays(single)):
        np.testing.assert_allclose(found, wanted, rtol=0, atol=2e-6)


def test_trains_in_fit_with_the_compiled_step():
    inputs = keras.Input((4,))
    outputs = keras.layers.Dense(1, name="prototypes")(
        keras.layers.Dense(8, name="body")(inputs)
    )
    model = keras.Model(inputs, outputs)
    optimizer = AdamW(WarmupCosine(5e-2, 0.0, 60), 1e-3, frozen_steps=4)
    model.compile(optimizer=optimizer, loss="mse")
    x = np.random.default_rng(0).normal(size=(32, 4)).astype("float32")
    y = x.sum(axis=1, keepdims=True)
    last = model.get_layer("prototypes")
    start = arrays([last.kernel])[0]
    model.fit(x, y, batch_size=8, epochs=1, verbose=0)
    np.testing.assert_array_equal(arrays([last.kernel])[0], start)
    history = model.fit(x, y, batch_size=8, epochs=14, verbose=0)
    assert (arrays([last.kernel])[0] != start).any()
    assert int(ops.convert_to_numpy(optimizer.iterations)) == 60
    assert history.history["loss"][-1] < 0.01


def test_state_comes_back_from_a_file(tmp_path):
    def model():
        layers = [keras.Input((3,)), keras.layers.Dense(2)]
        network = keras.Sequential(layers)
        network.compile(optimizer=AdamW(1e-2, 0.1), loss="mse")
        return network

    x, y = np.ones((4, 3), "float32"), np.ones((4, 2), "float32")
    first, second = model(), model()
    first.fit(x, y, epochs=3, verbose=0)
    first.save_weights(tmp_path / "a.weights.h5")
    second.fit(x, y, epochs=1, verbose=0)  # builds the optimizer
    second.load_weights(tmp_path / "a.weights.h5")
    for network in (first, second):
        network.fit(x, y, epochs=2, verbose=0)
    for a, b in zip(arrays(first.weights), arrays(second.weights)):
        np.testing.assert_allclose(a, b, rtol=1e-6)


@pytest.mark.parametrize(
    "rate",
    [
        1e-2,
        RATE,
        keras.optimizers.schedules.CosineDecay(1e-2, 20),
    ],
    ids=["number", "ours", "keras"],
)
@pytest.mark.parametrize("decay", [0.1, DECAY], ids=["number", "schedule"])
def test_a_saved_optimizer_goes_on_alike(rate, decay):
    one, two = make_variables(), make_variables()
    made = AdamW(
        rate,
        decay,
        clip_norm=0.5,
        frozen_steps=2,
        beta_1=0.8,
        rate_scales={one[0].path: 0.1, two[0].path: 0.1},
    )
    config = json.loads(json.dumps(keras.optimizers.serialize(made)))
    loaded = keras.optimizers.deserialize(config)
    for gradients in random_gradients(4):
        made.apply(tensors(gradients), one)
        loaded.apply(tensors(gradients), two)
    for found, wanted in zip(arrays(two), arrays(one)):
        np.testing.assert_array_equal(found, wanted)


def test_accumulation_survives_saving():
    made = AdamW(RATE, gradient_accumulation_steps=3)
    loaded = AdamW.from_config(made.get_config())
    assert loaded.gradient_accumulation_steps == 3
    assert loaded._learning_rate.accumulation == 3

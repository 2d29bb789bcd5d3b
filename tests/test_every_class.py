"""What every layer, strategy, loss state and model of the package must do.

A class that is added to the package and not to `CASES` fails a test.
"""

import dataclasses
import inspect

import keras
import numpy as np
import pytest
from keras import ops

from keras_attmask import layers
from keras_attmask import losses
from keras_attmask import masking
from keras_attmask import models

# Widths of the tiny network of other tests: JAX compiles each new shape.
TOKENS, GRID_TOKENS = (7, 12), (6, 12)
MASK = np.arange(2 * 7).reshape(2, 7) % 3 == 0


@dataclasses.dataclass(frozen=True)
class Case:
    """One set of arguments: no argument keeps its default value."""

    layer: type
    config: dict
    shape: tuple  # of the first input, without the batch
    output: tuple | dict  # of the output, without the batch
    call: dict = dataclasses.field(default_factory=dict)
    second: np.ndarray | None = None
    dtype: str = "compute"  # of the output under a mixed policy

    def make(self, **extra):
        return self.layer(**self.config, **extra)

    def still(self):
        """Call arguments without those that make it random."""
        return {n: v for n, v in self.call.items() if n != "training"}

    def inputs(self, rows=2):
        values = np.random.default_rng(0).random((rows, *self.shape))
        first = [values.astype("float32")]
        return first + ([] if self.second is None else [self.second[:rows]])


_LAW = dict(
    mask_ratio=(0.2, 0.4), masking_probability=0.75, per_image=True, seed=3
)
CASES = [
    Case(layers.ClassToken, {"num_tokens": 3}, TOKENS, (3, 12)),
    Case(layers.LayerScale, {"initial": 0.5}, TOKENS, TOKENS),
    Case(layers.MaskToken, {}, TOKENS, TOKENS, second=MASK),
    Case(layers.MLP, {"hidden_dim": 48}, TOKENS, TOKENS),
    Case(
        layers.PatchEmbedding,
        {"hidden_dim": 12, "patch_size": 8},
        (16, 24, 3),
        GRID_TOKENS,
    ),
    Case(
        layers.PositionEmbedding,
        {"grid": (2, 3), "rule": "size", "initial": "sincos"},
        TOKENS,
        TOKENS,
    ),
    Case(
        layers.ProjectionHead,
        {
            "num_prototypes": 10,
            "hidden_dim": 16,
            "bottleneck_dim": 8,
            "shared": False,
            "trainable_gain": False,
        },
        TOKENS,
        (7, 10),
        dtype="float32",
    ),
    Case(
        layers.Prototypes,
        {"num_prototypes": 10, "trainable_gain": False},
        TOKENS,
        (7, 10),
        dtype="float32",
    ),
    Case(layers.SelfAttention, {"num_heads": 3}, TOKENS, TOKENS),
    Case(
        layers.StochasticDepth,
        {"rate": 0.5, "stream": 2, "seed": 1},
        TOKENS,
        TOKENS,
        {"training": True},
    ),
    Case(
        layers.TransformerBlock,
        {
            "num_heads": 3,
            "mlp_dim": 48,
            "stochastic_depth_rate": 0.25,
            "layer_scale": 0.1,
            "norm_epsilon": 1e-5,
            "index": 4,
        },
        TOKENS,
        TOKENS,
        {"training": True},
    ),
    Case(
        models.VisionTransformer,
        {
            "image_shape": (16, 24, 3),
            "patch_size": 8,
            "num_layers": 2,
            "num_heads": 3,
            "hidden_dim": 12,
            "mlp_dim": 48,
            "stochastic_depth_rate": 0.25,
            "num_registers": 2,
            "layer_scale": 0.1,
            "norm_epsilon": 1e-5,
            "position_rule": "size",
            "position_initial": "sincos",
            "use_mask_token": True,
        },
        (16, 24, 3),
        {"class_token": (12,), "patch_tokens": (6, 12)},
        {"training": True},
        np.arange(2 * 6).reshape(2, 6) % 5 == 0,
    ),
    Case(
        masking.AttentionGuidedMasking,
        {"mode": "hint", "hint_ratio": 0.25, **_LAW},
        (24,),
        (24,),
        dtype="bool",
    ),
    Case(masking.RandomMasking, _LAW, (24,), (24,), dtype="bool"),
    Case(
        masking.BlockMasking, _LAW, (24,), (24,), {"grid": (4, 6)}, dtype="bool"
    ),
]
# Tested in place of their subclasses, not called with tensors, or made of a
# network (`models/test_classifier.py`).
CALLED_ELSEWHERE = {
    masking.MaskingStrategy,
    losses.Centering,
    models.Classifier,
}
CENTERING = Case(
    losses.Centering, {"num_prototypes": 4, "momentum": 0.5}, (), ()
)
every_case = pytest.mark.parametrize(
    "case", CASES, ids=lambda case: case.layer.__name__
)


class Holder(keras.Model):
    """Gives a layer the file methods of a model."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer
        self.built = True


def arrays(outputs):
    """Outputs of a call as a dict of arrays."""
    if not isinstance(outputs, dict):
        outputs = {"": outputs}
    return {n: ops.convert_to_numpy(v) for n, v in outputs.items()}


def test_every_class_has_a_case():
    found = {
        value
        for module in (layers, losses, masking, models)
        for value in vars(module).values()
        if inspect.isclass(value)
    }
    assert found == {case.layer for case in CASES} | CALLED_ELSEWHERE


@pytest.mark.parametrize(
    "case", [*CASES, CENTERING], ids=lambda case: case.layer.__name__
)
def test_config_is_the_constructor(case):
    layer = case.make(name="a_name", dtype="mixed_bfloat16")
    config = layer.get_config()
    own = inspect.signature(case.layer.__init__).parameters
    if case.layer not in (masking.RandomMasking, masking.BlockMasking):
        assert set(own) - {"self", "kwargs"} <= set(config)
    assert case.config.items() <= config.items()
    serialized = keras.saving.serialize_keras_object(layer)
    for twin in (
        case.layer.from_config(config),
        keras.saving.deserialize_keras_object(serialized),
    ):
        assert type(twin) is case.layer
        assert twin.get_config() == config
        assert twin.name == "a_name"
        assert twin.dtype_policy.name == layer.dtype_policy.name


@every_case
def test_weights_come_back_from_a_file(case, tmp_path):
    inputs = case.inputs()
    first, second = (case.make() for _ in range(2))
    for layer in (first, second):
        layer(*inputs, **case.still())  # builds
    random = np.random.default_rng(1)
    for variable in first.weights:
        variable.assign(random.normal(size=variable.shape))
    Holder(first).save_weights(tmp_path / "a.weights.h5")
    Holder(second).load_weights(tmp_path / "a.weights.h5")
    assert len(first.weights) == len(second.weights)
    for old, new in zip(first.weights, second.weights):
        np.testing.assert_array_equal(
            ops.convert_to_numpy(old), ops.convert_to_numpy(new)
        )
    before, after = (
        arrays(layer(*inputs, **case.still())) for layer in (first, second)
    )
    for name, value in before.items():
        np.testing.assert_allclose(after[name], value, rtol=1e-6, atol=1e-6)


def test_centres_come_back_from_a_file(tmp_path):
    first, second = (CENTERING.make() for _ in range(2))
    first.centre.assign([1.0, 2.0, 3.0, 4.0])
    Holder(first).save_weights(tmp_path / "a.weights.h5")
    Holder(second).load_weights(tmp_path / "a.weights.h5")
    centre = ops.convert_to_numpy(second.centre)
    assert centre.tolist() == [1.0, 2.0, 3.0, 4.0]


@pytest.mark.parametrize("compute", ["bfloat16", "float16"])
@every_case
def test_mixed_precision(case, compute):
    layer = case.make(dtype=f"mixed_{compute}")
    outputs = layer(*case.inputs(), **case.call)
    wanted = compute if case.dtype == "compute" else case.dtype
    values = outputs.values() if isinstance(outputs, dict) else [outputs]
    for value in values:
        assert keras.backend.standardize_dtype(value.dtype) == wanted
        finite = ops.isfinite(ops.cast(value, "float32"))
        assert ops.convert_to_numpy(finite).all()
    for variable in layer.trainable_variables:
        assert variable.dtype == "float32"


@every_case
def test_any_batch_size_after_a_symbolic_call(case):
    layer = case.make()
    entries = [keras.Input(case.shape)]
    if case.second is not None:
        entries.append(keras.Input(case.second.shape[1:], dtype="bool"))
    outputs = layer(*entries, **case.call)
    wanted = case.output if isinstance(case.output, dict) else {"": case.output}
    named = outputs if isinstance(outputs, dict) else {"": outputs}
    assert {n: v.shape for n, v in named.items()} == {
        n: (None, *shape) for n, shape in wanted.items()
    }
    model = keras.Model(entries, outputs)
    for rows in (1, 2):
        found = arrays(model(case.inputs(rows)))
        assert {n: v.shape for n, v in found.items()} == {
            n: (rows, *shape) for n, shape in wanted.items()
        }


@every_case
def test_output_shape_without_a_call(case):
    layer = case.make()
    layer(*case.inputs(), **case.still())  # builds
    shapes = [(5, *case.shape)]
    if case.second is not None:
        shapes.append((5, *case.second.shape[1:]))
    spec = layer.compute_output_spec(
        *(keras.KerasTensor(s) for s in shapes), **case.call
    )
    wanted = case.output if isinstance(case.output, dict) else {"": case.output}
    named = spec if isinstance(spec, dict) else {"": spec}
    for name, shape in wanted.items():
        assert named[name].shape == (5, *shape)

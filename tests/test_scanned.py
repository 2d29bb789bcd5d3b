import keras
import numpy as np
import pytest
from gradients import gradients
from keras import ops

from keras_attmask.layers import TransformerBlock
from keras_attmask.models import VisionTransformer
from keras_attmask.scanned import scanned
from keras_attmask.scanned import scans
from keras_attmask.scanned import stacks_of

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "jax", reason="a loop of JAX"
)
X = np.random.default_rng(0).normal(size=(4, 5, 8)).astype("float32")
FACTORS = np.array([[0, 2], [2, 0], [2, 2], [1, 1]], "float32").T


def blocks(count=3):
    made = [
        TransformerBlock(2, 16, layer_scale=0.5, index=i) for i in range(count)
    ]
    generator = np.random.default_rng(1)
    for block in made:
        block.build(X.shape)
        block.set_weights(
            [generator.normal(0.3, 0.3, w.shape) for w in block.weights]
        )
    return made


def one_by_one(layers, x, options, remat):
    for layer, its in zip(layers, options):
        x = layer(x, **its)
    return x


@pytest.mark.parametrize("remat", [True, False])
@pytest.mark.parametrize("drawn", [True, False])
def test_values_and_slopes_are_those_of_one_after_another(drawn, remat):
    layers = blocks()
    x = keras.Variable(X)
    options = [{} for _ in layers]
    if drawn:
        for number, its in enumerate(options):
            its["factors"] = tuple(ops.convert_to_tensor(FACTORS + number))
    weights = [w for layer in layers for w in layer.weights]
    found = []
    for through in (scanned, one_by_one):

        def loss(through=through):
            y = through(layers, ops.convert_to_tensor(x), options, remat)
            return ops.sum(ops.sin(y))

        found.append(gradients(loss, [x, *weights]))
    for mine, wanted in zip(*found):
        np.testing.assert_allclose(mine, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_a_compiled_network_loops_and_gives_what_it_gives_uncompiled(dtype):
    import jax

    keras.utils.set_random_seed(0)
    network = VisionTransformer(
        (16, 16, 3), 8, 4, 2, 16, stochastic_depth_rate=0.5, dtype=dtype
    )
    images = np.random.default_rng(0).normal(size=(6, 16, 16, 3))
    options = {
        "outputs": ("patch_tokens", "class_attention"),
        "sample_key": np.arange(6, dtype="int32"),
        "training": True,
    }

    def compiled(images):
        return network(images, **options)

    images = ops.convert_to_tensor(images, "float32")
    assert not scans(images)
    assert "scan[" in str(jax.make_jaxpr(compiled)(images))
    wanted, found = network(images, **options), jax.jit(compiled)(images)
    tolerance = 1e-5 if dtype == "float32" else 3e-2
    for name, value in wanted.items():
        np.testing.assert_allclose(
            ops.convert_to_numpy(ops.cast(found[name], "float32")),
            ops.convert_to_numpy(ops.cast(value, "float32")),
            rtol=tolerance,
            atol=tolerance,
        )


def test_slopes_may_come_as_one_array_a_kind():
    import jax

    layers, x = blocks(), ops.convert_to_tensor(X)
    kinds = list(zip(*(layer.weights for layer in layers)))
    options = [{} for _ in layers]

    def loss(stacks):
        with stacks_of(kinds, stacks):
            return ops.sum(ops.sin(scanned(layers, x, options)))

    stacks = [ops.stack([w.value for w in its]) for its in kinds]
    found = jax.grad(loss)(stacks)
    weights = [w for layer in layers for w in layer.weights]
    wanted = gradients(
        lambda: ops.sum(ops.sin(one_by_one(layers, x, options, False))), weights
    )
    wanted = {id(w): g for w, g in zip(weights, wanted)}
    for its, stack in zip(kinds, found):
        for weight, slope in zip(its, stack):
            np.testing.assert_allclose(
                slope, wanted[id(weight)], rtol=1e-4, atol=1e-5
            )
    # And nothing of it is remembered.
    other = [stack + 1 for stack in stacks]
    with stacks_of(kinds, other):
        moved = scanned(layers, x, options)
    again = scanned(layers, x, options)
    assert not np.allclose(moved, again)
    np.testing.assert_allclose(
        again, one_by_one(layers, x, options, False), rtol=1e-4, atol=1e-5
    )

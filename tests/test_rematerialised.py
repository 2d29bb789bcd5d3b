import keras
import numpy as np
import pytest
from gradients import gradients
from keras import ops

from keras_attmask.layers import TransformerBlock
from keras_attmask.models import VisionTransformer
from keras_attmask.rematerialised import rematerialised


def block():
    layer = TransformerBlock(2, 16, stochastic_depth_rate=0.5, index=1)
    layer.build((None, 5, 8))
    return layer


def slopes(layer, call, x):
    def loss():
        y, row = call(
            ops.convert_to_tensor(x),
            sample_key=ops.convert_to_tensor([3, 4, 5], "int32"),
            return_class_attention=True,
            training=True,
        )
        return ops.sum(y * y) + ops.sum(row * row)

    return gradients(loss, [x, *layer.trainable_variables])


def test_gradients_are_those_of_the_layer():
    layer = block()
    random = np.random.default_rng(0)
    x = keras.Variable(random.normal(size=(3, 5, 8)), dtype="float32")
    plain = slopes(layer, layer, x)
    again = slopes(layer, rematerialised(layer), x)
    for one, other in zip(plain, again):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)
    assert np.abs(again[1]).max() > 0


@pytest.mark.parametrize("remat", [True, False])
def test_the_inside_of_a_block_is_computed_again(remat, monkeypatch):
    network = VisionTransformer(
        (8, 8, 3), 4, num_layers=2, num_heads=2, hidden_dim=8, remat=remat
    )
    variables, calls = network.trainable_variables, []
    images = np.random.default_rng(0).normal(size=(2, 8, 8, 3))
    images = ops.convert_to_tensor(images, "float32")

    def loss():
        tokens = network(images, outputs=("class_token",), training=True)
        return ops.sum(tokens["class_token"][:, 0])

    if keras.backend.backend() == "jax":
        import jax

        def stateless(values):
            mapping = list(zip(variables, values))
            with keras.StatelessScope(state_mapping=mapping):
                return loss()

        program = jax.make_jaxpr(jax.grad(stateless))
        text = str(program([v.value for v in variables]))
        assert ("remat" in text or "checkpoint" in text) == remat
        return
    original = network.blocks[0].mlp.call
    monkeypatch.setattr(
        network.blocks[0].mlp,
        "call",
        lambda *a, **k: calls.append(1) or original(*a, **k),
    )
    gradients(loss, variables)
    assert len(calls) == 1 + remat

import keras
import numpy as np
from keras import ops

from keras_attmask.layers import MLP
from keras_attmask.layers import MaskToken
from keras_attmask.one_program import as_one
from keras_attmask.one_program import call_as_one


def test_a_function_of_arrays_and_settings():
    runs = []

    def scaled(x, by, shift=None):
        runs.append(1)
        return {"y": x * by if shift is None else x * by + shift}

    x = np.arange(3, dtype="float32")
    for shift in (x, 2 * x):
        found = as_one(scaled, x, by=2.0, shift=shift)["y"]
        np.testing.assert_array_equal(
            ops.convert_to_numpy(found), 2 * x + shift
        )
    traced_once = keras.backend.backend() == "jax"
    assert len(runs) == (1 if traced_once else 2)
    found = ops.convert_to_numpy(as_one(scaled, x, by=3.0)["y"])
    np.testing.assert_array_equal(found, 3 * x)


def test_a_layer_with_its_weights_of_now():
    layer, x = MLP(8), np.ones((2, 3, 4), "float32")
    before = ops.convert_to_numpy(layer(x))
    for factor in (1.0, 0.0):
        for variable in layer.variables:
            variable.assign(variable * factor)
        found = ops.convert_to_numpy(call_as_one(layer, x))
        np.testing.assert_allclose(found, before * factor, atol=1e-6)


def test_a_layer_with_arrays_by_name():
    layer, x = MaskToken(), np.ones((2, 3, 4), "float32")
    mask = np.array([[True, False, True], [False] * 3])
    layer(x, mask)
    layer.variables[0].assign(np.full_like(layer.variables[0], 5.0))
    found = ops.convert_to_numpy(call_as_one(layer, x, patch_mask=mask))
    np.testing.assert_array_equal(found[..., 0], np.where(mask, 5.0, 1.0))


def test_a_layer_is_compiled_once():
    runs = []

    class Scale(keras.layers.Layer):
        def call(self, x, by=1.0):
            runs.append(by)
            return x * by

    layer, x = Scale(), np.ones((2, 3), "float32")
    layer(x)
    runs.clear()
    for by in (2.0, 2.0, 3.0, 2.0):
        found = ops.convert_to_numpy(call_as_one(layer, x, by=by))
        np.testing.assert_array_equal(found, by * x)
    traced_once = keras.backend.backend() == "jax"
    assert runs == ([2.0, 3.0] if traced_once else [2.0, 2.0, 3.0, 2.0])

import keras
import numpy as np
import pytest
from gradients import gradients
from keras import ops

from keras_attmask import boundary as boundary_module
from keras_attmask.boundary import apart
from keras_attmask.boundary import boundary
from keras_attmask.one_program import as_one


@pytest.mark.parametrize("helps", [True, False])
@pytest.mark.parametrize("bad", [None, np.nan, np.inf])
def test_values_and_gradients_pass_unchanged(monkeypatch, helps, bad):
    monkeypatch.setattr(boundary_module, "_helps", lambda: helps)
    values = np.random.default_rng(0).normal(size=(2, 3, 4)).astype("float32")
    weights = values[::-1].copy()
    if bad is not None:
        weights[0, 0, 0] = bad
    variable = keras.Variable(values)

    def loss():
        passed = boundary(ops.convert_to_tensor(variable))
        return ops.sum(passed * ops.convert_to_tensor(weights))

    found = ops.convert_to_numpy(gradients(loss, [variable])[0])
    if helps and bad is np.nan:
        assert np.isnan(found).all()
    else:
        np.testing.assert_array_equal(found, weights)
    passed = boundary(ops.convert_to_tensor(values))
    np.testing.assert_array_equal(ops.convert_to_numpy(passed), values)


def test_it_helps_jax_on_a_cpu_alone():
    found = boundary_module._helps()
    if keras.backend.backend() == "jax":
        import jax

        assert found == (jax.default_backend() == "cpu")
    else:
        assert not found


@pytest.mark.parametrize("on_cpu", [True, False])
def test_values_computed_apart_are_the_same(monkeypatch, on_cpu):
    monkeypatch.setattr(boundary_module, "compiles_for_cpu", lambda: on_cpu)
    values = np.random.default_rng(0).normal(size=(2, 3, 4)).astype("float32")
    for array in (values, (10 * values).astype("int32")):
        # A function of its own: JAX would take the program of before.
        found = as_one(lambda x: apart(x), ops.convert_to_tensor(array))
        found = ops.convert_to_numpy(found)
        assert found.dtype == array.dtype
        np.testing.assert_array_equal(found, array)

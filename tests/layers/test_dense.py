import keras
import numpy as np
import pytest
from keras import ops

from keras_attmask.layers.dense import Dense


@pytest.mark.parametrize("activation", [None, "relu"])
@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_is_keras_own(activation, use_bias, dtype):
    options = {"activation": activation, "use_bias": use_bias, "dtype": dtype}
    ours, theirs = Dense(4, **options), keras.layers.Dense(4, **options)
    generator = np.random.default_rng(0)
    x = generator.normal(size=(2, 5, 3)).astype("float32")
    for layer in (ours, theirs):
        layer.build(x.shape)
    values = [generator.normal(size=v.shape) for v in ours.weights]
    ours.set_weights(values)
    theirs.set_weights(values)
    found, wanted = ours(x), theirs(x)
    assert found.dtype == wanted.dtype
    found, wanted = (
        ops.convert_to_numpy(ops.cast(y, "float32")) for y in (found, wanted)
    )
    tolerance = 1e-6 if dtype == "float32" else 2e-2
    np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=tolerance)

import numpy as np
import pytest
from keras import ops

from keras_attmask.layers import ClassToken


@pytest.mark.parametrize("count", [1, 2])
def test_every_image_gets_the_same_tokens(count):
    layer = ClassToken(count)
    x = np.random.default_rng(0).random((3, 5, 4)).astype("float32")
    layer(x)
    layer.token.assign(np.arange(count * 4.0).reshape(1, count, 4))
    found = ops.convert_to_numpy(layer(x))
    wanted = np.arange(count * 4.0).reshape(count, 4)
    assert found.shape == (3, count, 4)
    assert (found == wanted).all()


def test_starts_with_deviation_two_hundredths():
    layer = ClassToken(100)
    layer.build((None, 5, 100))
    token = ops.convert_to_numpy(layer.token)
    assert abs(token.std() / 0.02 - 1) < 0.03
    # Not cut at two deviations, as a truncated normal would be.
    assert np.abs(token).max() > 0.06

import numpy as np
from keras import ops

from keras_attmask.layers import LayerScale


def test_each_channel_has_its_gain():
    layer = LayerScale(0.5)
    x = np.array([[[2.0, 4.0], [6.0, 8.0]]], "float32")
    assert ops.convert_to_numpy(layer(x)).tolist() == [[[1, 2], [3, 4]]]
    layer.gain.assign([10.0, -1.0])
    assert ops.convert_to_numpy(layer(x)).tolist() == [[[20, -4], [60, -8]]]

import keras
import numpy as np
from keras import ops

from keras_attmask.dense.coarser_levels import CoarserLevels

SHAPES = {"P5": (3, 5, 4), "P3": (12, 20, 4), "P4": (6, 10, 4)}


def maps():
    random = np.random.default_rng(0)
    return {
        level: random.normal(size=(2, *shape)).astype("float32")
        for level, shape in SHAPES.items()
    }


def test_levels_pass_in_order_and_two_are_added():
    layer, given = CoarserLevels(6), maps()
    found = [ops.convert_to_numpy(x) for x in layer(given)]
    for level, values in zip(("P3", "P4", "P5"), found):
        np.testing.assert_array_equal(values, given[level])
    assert [x.shape for x in found[3:]] == [(2, 2, 3, 6), (2, 1, 2, 6)]
    shapes = layer.compute_output_shape({n: x.shape for n, x in given.items()})
    assert shapes == [x.shape for x in found]


def test_the_coarsest_sees_what_is_above_zero():
    layer, given = CoarserLevels(6), maps()
    layer(given)
    layer.p6.bias.assign(np.full(6, -1e3))
    layer.p7.bias.assign(np.arange(6))
    *_, p7 = layer(given)
    expected = np.broadcast_to(np.arange(6), (2, 1, 2, 6))
    np.testing.assert_array_equal(ops.convert_to_numpy(p7), expected)


def test_it_comes_back_from_its_config():
    layer = CoarserLevels(6, name="a_name")
    entries = keras.saving.serialize_keras_object(layer)
    twin = keras.saving.deserialize_keras_object(entries)
    assert twin.get_config() == layer.get_config()
    assert twin.width == 6

import numpy as np
from keras import ops

from keras_attmask import counter_random
from keras_attmask.masking import RandomMasking


def keys(count):
    return counter_random.fold_in(0, np.arange(count))


def masks(ratio, rows, patches, probability=1.0):
    layer = RandomMasking(mask_ratio=ratio, masking_probability=probability)
    values = np.zeros((rows, patches), "float32")
    return ops.convert_to_numpy(layer(values, sample_key=keys(rows)))


def test_every_patch_is_hidden_equally_often():
    found = masks(0.3, 8000, 20)
    assert (found.sum(axis=1) == 6).all()
    # Four deviations of 8000 draws of 0.3 are 0.0205.
    np.testing.assert_allclose(found.mean(axis=0), 0.3, rtol=0, atol=0.021)
    # Without replacement: a pair together with 6/20 * 5/19.
    together = (found[:, 0] & found[:, 13]).mean()
    assert abs(together - 6 / 20 * 5 / 19) < 0.0125


def test_the_gate_makes_the_published_mean():
    # Half of the crops with U(.1, .5): .147 of the patches on average.
    layer = RandomMasking(per_image=True)
    values = np.zeros((4000, 196), "float32")
    found = ops.convert_to_numpy(layer(values, sample_key=keys(4000)))
    assert abs(found.mean() - 0.1475) < 0.012

import numpy as np

from keras_attmask.export.precision import float32_twin
from keras_attmask.models import VisionTransformer


def test_a_float32_backbone_is_its_own_twin():
    backbone = VisionTransformer((8, 8, 1), 4, 1, 1, 16)
    assert float32_twin(backbone) is backbone


def test_a_mixed_backbone_gets_a_twin_with_its_weights():
    backbone = VisionTransformer((8, 8, 1), 4, 1, 1, 16, dtype="mixed_bfloat16")
    twin = float32_twin(backbone)
    assert twin.compute_dtype == twin.blocks[0].compute_dtype == "float32"
    for expected, found in zip(backbone.get_weights(), twin.get_weights()):
        np.testing.assert_array_equal(found, expected)

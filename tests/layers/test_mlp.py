import math

import numpy as np
import pytest
from keras import ops

from keras_attmask.layers import MLP


def test_dense_exact_gelu_dense():
    layer = MLP(3)
    layer.build((None, 2))
    layer.expand.kernel.assign([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]])
    layer.expand.bias.assign([0.0, 0.0, 1.0])
    layer.contract.kernel.assign([[1.0, 0.0], [0.0, 1.0], [10.0, 0.0]])
    layer.contract.bias.assign([0.0, 5.0])
    found = ops.convert_to_numpy(layer(np.array([[1.0, -2.0]], "float32")))

    def gelu(x):
        return x * 0.5 * (1 + math.erf(x / math.sqrt(2)))

    # Hidden units: 1, -2 and 1 - 2 + 1 = 0. The tanh form would give
    # 0.84119 and -0.04540, the exact one 0.84134 and -0.04550.
    wanted = [gelu(1) + 0, gelu(-2) + 5]
    assert found[0] == pytest.approx(wanted, abs=1e-6)
    assert found[0] == pytest.approx([0.841345, 4.954500], abs=1e-6)


def test_starts_with_deviation_two_hundredths_and_no_bias():
    layer = MLP(100)
    layer.build((None, 100))
    for dense in (layer.expand, layer.contract):
        assert not ops.convert_to_numpy(dense.bias).any()
        kernel = ops.convert_to_numpy(dense.kernel)
        assert abs(kernel.std() / 0.02 - 1) < 0.03

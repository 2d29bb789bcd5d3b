import numpy as np
from gradients import gradients
from keras import ops

from keras_attmask.layers import MaskToken

X = np.arange(1.0, 13.0).reshape(2, 3, 2).astype("float32")
MASK = np.array([[True, False, False], [False, True, True]])


def test_hidden_patches_become_the_token_and_others_stay():
    layer = MaskToken()
    # The token starts at zero.
    found = ops.convert_to_numpy(layer(X, MASK))
    assert found[0].tolist() == [[0, 0], [3, 4], [5, 6]]
    layer.token.assign([[-1.0, -2.0]])
    found = ops.convert_to_numpy(layer(X, MASK))
    assert found.tolist() == [
        [[-1, -2], [3, 4], [5, 6]],
        [[7, 8], [-1, -2], [-1, -2]],
    ]


def test_the_token_learns_from_hidden_patches_only():
    layer = MaskToken()
    layer(X, MASK)
    weights = np.arange(6.0).reshape(2, 3, 1).astype("float32")
    weights = ops.convert_to_tensor(weights)
    found = gradients(lambda: ops.sum(layer(X, MASK) * weights), [layer.token])
    assert found[0].tolist() == [[0 + 4 + 5, 0 + 4 + 5]]

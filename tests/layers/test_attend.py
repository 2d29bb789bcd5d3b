import keras
import numpy as np
import pytest
from keras import ops

from keras_attmask.layers.attend import attend


def by_definition(query, key, value):
    scores = np.einsum("bqhd,bthd->bhqt", query, key) / query.shape[-1] ** 0.5
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights /= weights.sum(-1, keepdims=True)
    return np.einsum("bhqt,bthd->bqhd", weights, value)


@pytest.mark.parametrize("tokens", [5, 100, 300])  # both roads on PyTorch
@pytest.mark.parametrize("queries", [None, 1])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_is_the_definition(tokens, queries, dtype):
    generator = np.random.default_rng(0)
    shapes = [(2, queries or tokens, 3, 4), (2, tokens, 3, 4)]
    query, key, value = (
        generator.normal(size=shape).astype("float32")
        for shape in (*shapes, shapes[1])
    )
    found = attend(*(ops.cast(x, dtype) for x in (query, key, value)))
    assert keras.backend.standardize_dtype(found.dtype) == dtype
    np.testing.assert_allclose(
        ops.convert_to_numpy(ops.cast(found, "float32")),
        by_definition(query, key, value),
        rtol=0,
        atol=1e-5 if dtype == "float32" else 3e-2,
    )

import numpy as np
import pytest
from keras import ops

from keras_attmask import counter_random

WORDS = np.array([0, 1, 2, -1, 12345, 2**31 - 1, -(2**31)], "int32")


def lowbias32(word):
    """The published mixer, in Python's unbounded integers."""
    word &= 0xFFFFFFFF
    word ^= word >> 16
    word = word * 0x7FEB352D & 0xFFFFFFFF
    word ^= word >> 15
    word = word * 0x846CA68B & 0xFFFFFFFF
    return word ^ word >> 16


def fold_in(key, word):
    scattered = lowbias32(word + 0x9E3779B9)
    mixed = lowbias32((key * 5 & 0xFFFFFFFF) ^ scattered)
    return mixed - 2**32 if mixed >= 2**31 else mixed


def test_is_the_published_mixer():
    keys = counter_random.fold_in(WORDS[:, None], WORDS[None], np)
    wanted = [[fold_in(int(k), int(w)) for w in WORDS] for k in WORDS]
    assert keys.dtype == "int32" and keys.tolist() == wanted


def test_the_backend_and_numpy_agree_exactly():
    random = np.random.default_rng(0)
    keys = random.integers(-(2**31), 2**31, (300, 1)).astype("int32")
    words = random.integers(-(2**31), 2**31, (1, 40)).astype("int32")
    host = counter_random.fold_in(keys, words, np)
    device = counter_random.fold_in(keys, words)
    np.testing.assert_array_equal(ops.convert_to_numpy(device), host)
    np.testing.assert_array_equal(
        ops.convert_to_numpy(counter_random.draws(device[:5], 7)),
        counter_random.draws(host[:5], 7, np),
    )
    # Numbers of [0, 1) are exact; a law's limits may round differently.
    np.testing.assert_array_equal(
        ops.convert_to_numpy(counter_random.uniform(device)),
        counter_random.uniform(host, ops=np),
    )
    np.testing.assert_allclose(
        ops.convert_to_numpy(counter_random.uniform(device, -2.0, 0.5)),
        counter_random.uniform(host, -2.0, 0.5, np),
        rtol=0,
        atol=3e-7,
    )


@pytest.mark.parametrize("seed", [0, -1, 2**31 - 1, 2**31, 2**32 + 7, 10**15])
def test_any_python_integer_may_be_a_seed(seed):
    words = np.arange(3)
    host = counter_random.fold_in(seed, words, np)
    device = counter_random.fold_in(seed, words)
    np.testing.assert_array_equal(ops.convert_to_numpy(device), host)
    assert host.tolist() == [fold_in(seed, w) for w in range(3)]


def test_words_of_every_kind_of_integer():
    wanted = counter_random.fold_in(1, np.arange(5), np)
    for kind in ("int32", "int64", "uint8"):
        found = counter_random.fold_in(1, np.arange(5).astype(kind))
        np.testing.assert_array_equal(ops.convert_to_numpy(found), wanted)


def test_broadcasts_and_counts():
    keys = counter_random.fold_in(0, np.arange(6).reshape(2, 3))
    assert keys.shape == (2, 3)
    assert counter_random.draws(keys, 4).shape == (2, 3, 4)
    third = counter_random.draws(keys, 4)[..., 2]
    np.testing.assert_array_equal(
        ops.convert_to_numpy(third),
        ops.convert_to_numpy(counter_random.fold_in(keys, 2)),
    )


@pytest.mark.parametrize("seed", [0, 1, 7])
def test_numbers_are_uniform(seed):
    stats = pytest.importorskip("scipy.stats")
    keys = counter_random.fold_in(seed, np.arange(20000))
    found = ops.convert_to_numpy(counter_random.uniform(keys))
    assert found.dtype == "float32"
    assert 0.0 <= found.min() and found.max() < 1.0
    assert stats.kstest(found, "uniform").pvalue > 1e-3
    scaled = ops.convert_to_numpy(counter_random.uniform(keys, 2.0, 6.0))
    np.testing.assert_allclose(scaled, 2.0 + 4.0 * found, rtol=0, atol=1e-6)


def test_normal_numbers():
    stats = pytest.importorskip("scipy.stats")
    keys = counter_random.fold_in(8, np.arange(20000), np)
    found = ops.convert_to_numpy(counter_random.normal(keys))
    assert found.dtype == "float32" and np.isfinite(found).all()
    assert stats.kstest(found, "norm").pvalue > 1e-3
    host = counter_random.normal(keys, np)
    np.testing.assert_allclose(found, host, rtol=0, atol=1e-5)


def test_every_word_makes_an_independent_stream():
    # Steps, images, draws: each fold starts a stream of its own.
    keys = counter_random.fold_in(3, np.arange(4000, dtype="int32"), np)
    streams = np.stack(
        [
            counter_random.uniform(keys, ops=np),
            counter_random.uniform(
                counter_random.fold_in(4, np.arange(4000), np), ops=np
            ),
            *counter_random.uniform(
                counter_random.draws(keys, 4, np), ops=np
            ).T,
            *counter_random.uniform(
                counter_random.draws(
                    counter_random.fold_in(keys, 1, np), 3, np
                ),
                ops=np,
            ).T,
        ]
    )
    streams = np.concatenate([streams, np.roll(streams[:1], 1)])
    correlation = np.corrcoef(streams) - np.eye(len(streams))
    # Deviation 1 / sqrt(4000) = 0.0158; 45 pairs.
    assert np.abs(correlation).max() < 4.2 * 0.0158
    # Neither do pairs crowd in the unit square.
    squares = np.histogram2d(streams[2], streams[3], bins=8)[0]
    assert ((squares - 62.5) ** 2 / 62.5).sum() < 110  # 63 degrees: p 2e-4


def test_order_of_the_words_matters():
    one = counter_random.fold_in(counter_random.fold_in(0, 1, np), 2, np)
    two = counter_random.fold_in(counter_random.fold_in(0, 2, np), 1, np)
    assert one != two


def test_keys_do_not_collide():
    keys = counter_random.fold_in(
        np.arange(300)[:, None], np.arange(300)[None], np
    )
    # Birthday: 90000^2 / 2 / 2^32 is one pair.
    assert keys.size - len(np.unique(keys)) < 9

import keras
import numpy as np
import pytest

from keras_attmask.data import ArrayBatches
from keras_attmask.data import ArraySource
from keras_attmask.data import array_dataset
from keras_attmask.distribution import Devices
from keras_attmask.distribution import set_up
from keras_attmask.errors import InputError

BACKEND = keras.backend.backend()


class Eight(Devices):
    strategy, count, hosts = "mirrored", 8, 2


class Beside(Devices):
    """A host that hears what another tells: letter by letter."""

    hosts, host = 2, 1

    def sum(self, numbers):
        text = b'{"folder": "runs/\\u00e9"}'
        numbers = numbers.copy()
        numbers[: len(text)] += list(text)
        return numbers


def test_what_a_line_says():
    assert Devices("GPU").sentence(64) == "device: one GPU; batch 64"
    assert Eight("GPU").sentence(64) == (
        "devices: 8 GPUs on 2 hosts (mirrored); batch 64, 8 a device"
    )


def test_a_batch_that_does_not_divide():
    Eight().check(64, 2)
    with pytest.raises(InputError) as error:
        Eight().check(24, 2)
    assert str(error.value) == (
        "recipe.training.batch_size: expected a multiple of 16 (8 devices "
        "times training.accumulation, 2), got 24"
    )


def test_a_chief_tells_and_others_hear():
    assert Devices().tell({"a": 1}) == {"a": 1}
    assert Beside().tell() == {"folder": "runs/é"}


def test_strategies_of_other_backends_are_refused():
    other = "jax" if BACKEND != "jax" else "mirrored"
    with pytest.raises(InputError, match="--strategy: expected one of auto, n"):
        set_up(other)
    assert set_up("none").count == 1


def test_other_hosts_are_not_left_out_unnoticed():
    if BACKEND != "torch":
        pytest.skip("meets them")
    environment = {
        "SLURM_STEP_NODELIST": "a,b",
        "SLURM_STEP_NUM_TASKS": "2",
        "SLURM_PROCID": "0",
    }
    with pytest.raises(InputError, match="2 hosts .SLURM., got torch"):
        set_up("auto", environment)
    assert set_up("none", environment).count == 1


def test_hosts_that_nobody_names():
    if BACKEND != "tensorflow":
        pytest.skip("a strategy of TensorFlow")
    with pytest.raises(InputError, match="TF_CONFIG or in the variables of a "):
        set_up("multiworker", {})


def test_a_data_set_of_arrays_has_the_batches_of_a_sequence():
    images = np.arange(10 * 4, dtype="uint8").reshape(10, 2, 2, 1)
    source = ArraySource(images)
    parts = [
        list(
            array_dataset(
                source, 4, 7, 3, start_epoch=1, start_step=1, share=(host, 2)
            ).as_numpy_iterator()
        )
        for host in range(2)
    ]
    whole = [(1, 1), (2, 0), (2, 1)]  # epoch, step
    assert [len(part) for part in parts] == [3, 3]
    for (epoch, step), *shares in zip(whole, *parts):
        wanted = ArrayBatches(source, 4, 7, start_epoch=epoch)[step]
        for name, value in wanted.items():
            found = np.concatenate([share[name] for share in shares])
            np.testing.assert_array_equal(found, value)

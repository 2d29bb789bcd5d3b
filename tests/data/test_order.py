import numpy as np
import pytest

from keras_attmask.data.order import BatchOrder
from keras_attmask.data.order import shuffled
from keras_attmask.errors import InputError


def test_shuffled_is_a_permutation_of_seed_and_pass():
    order = shuffled(3, 5, 100)
    assert order.dtype == "int32" and sorted(order) == list(range(100))
    np.testing.assert_array_equal(order, shuffled(3, 5, 100))
    assert (order != shuffled(4, 5, 100)).any()
    assert (order != shuffled(3, 6, 100)).any()


def test_an_epoch_is_one_pass_without_the_remainder():
    order = BatchOrder(count=11, batch_size=4, seed=0)
    assert order.epoch_steps == 2
    batches = [order.indices(7, step) for step in range(2)]
    np.testing.assert_array_equal(
        np.concatenate(batches), shuffled(0, 7, 11)[:8]
    )


def test_longer_epochs_run_on_through_the_passes():
    order = BatchOrder(count=8, batch_size=4, seed=0, epoch_steps=3)
    batches = [order.indices(*divmod(b, 3)) for b in range(6)]
    for number in range(3):
        seen = np.concatenate(batches[2 * number : 2 * number + 2])
        np.testing.assert_array_equal(seen, shuffled(0, number, 8))


def test_batches_may_be_asked_for_in_any_order():
    order = BatchOrder(count=8, batch_size=2, seed=1)
    places = [(epoch, step) for epoch in range(3) for step in range(4)]
    forwards = {place: order.indices(*place) for place in places}
    for place in reversed(places):
        np.testing.assert_array_equal(order.indices(*place), forwards[place])


@pytest.mark.parametrize("batch_size", [0, 5])
def test_unusable_batch_size(batch_size):
    with pytest.raises(InputError, match="^training.batch_size: .* 4, got"):
        BatchOrder(count=4, batch_size=batch_size, seed=0)


def test_shares_of_a_batch_join_without_overlap():
    whole = BatchOrder(count=13, batch_size=6, seed=1)
    for parts in (1, 2, 3):
        shares = [BatchOrder(13, 6, 1, share=(n, parts)) for n in range(parts)]
        assert all(share.rows == 6 // parts for share in shares)
        for place in ((0, 0), (0, 1), (5, 1)):
            joined = [share.indices(*place) for share in shares]
            np.testing.assert_array_equal(
                np.concatenate(joined), whole.indices(*place)
            )


@pytest.mark.parametrize("share", [(2, 2), (-1, 2), (0, 4)])
def test_a_share_must_be_a_part_of_the_batch(share):
    with pytest.raises(InputError, match="^share: expected .*got"):
        BatchOrder(13, 6, 1, share=share)

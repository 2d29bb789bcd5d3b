import numpy as np
import pytest

from keras_attmask.errors import InputError
from keras_attmask.evaluation import clustering_scores


def test_the_same_groups_under_other_names():
    found = clustering_scores([7, 7, 3, 3, 5], [0, 0, 2, 2, 1])
    assert found == pytest.approx(dict.fromkeys(found, 1.0))
    assert list(found) == ["nmi", "ari", "fmi", "accuracy"]


def test_numbers_by_hand():
    # Of a's four images three lie in cluster 0, of b's two both in cluster 1.
    found = clustering_scores([0, 0, 0, 1, 1, 1], [0, 0, 0, 0, 1, 1])
    assert found["accuracy"] == pytest.approx(5 / 6)
    # Pairs together in both: 3 + 1; in clusters 3 + 3, in classes 6 + 1.
    assert found["fmi"] == pytest.approx(4 / np.sqrt(6 * 7))
    expected = 6 * 7 / 15
    assert found["ari"] == pytest.approx((4 - expected) / (6.5 - expected))


def test_more_clusters_than_classes():
    found = clustering_scores([0, 1, 2, 3], [0, 0, 1, 1])
    assert found["accuracy"] == 0.5  # two clusters stand for nothing


@pytest.mark.parametrize("clusters", [[], [1, 2], [[1], [2], [3]]])
def test_other_shapes_are_named(clusters):
    with pytest.raises(InputError, match="^clusters: expected"):
        clustering_scores(clusters, [0, 1, 2])

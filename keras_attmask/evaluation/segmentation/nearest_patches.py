"""Patches vote for the classes of those like them, without any training.

The k patches of a bank with the greatest cosine similarity to a patch give
the shares that classes have of them, by the weights softmax(similarity / T):
the dense nearest-neighbour retrieval of "Towards In-context Scene
Understanding", arXiv 2306.01667, with an exact search.
"""

import numpy as np
from scipy import sparse

from keras_attmask.evaluation.nearest import nearest_rows
from keras_attmask.evaluation.nearest import unit_rows
from keras_attmask.evaluation.patch_labels import class_shares


def weights_of(similarity, temperature):
    """softmax(similarity / T) of each row, float64."""
    similarity = similarity.astype("float64")
    best = similarity.max(axis=-1, keepdims=True)
    votes = np.exp((similarity - best) / temperature)
    return votes / votes.sum(axis=-1, keepdims=True)


class NearestPatches:
    """Keeps patches and scores others by them.

    Args:
        taught: `TaughtPatches`.
        truth: `Truth` of their masks.
        num_neighbors: patches that vote on each.
        temperature: T; lower listens to the nearest only.
        bank: most patches that are kept, drawn by the seed. Patches without
            a pixel that counts are left out.
        seed: whole number from 0.
    """

    name = "knn"

    def __init__(self, taught, truth, num_neighbors, temperature, bank, seed):
        labels = taught.labels.reshape(-1, taught.labels.shape[-1])
        rows = np.flatnonzero((labels != truth.ignored).any(axis=1))
        if len(rows) > bank:
            random = np.random.default_rng(seed)
            rows = np.sort(random.choice(rows, bank, replace=False))
        tokens = taught.tokens.reshape(-1, taught.tokens.shape[-1])
        self._bank = unit_rows(tokens[rows], "patch tokens")
        self._shares = class_shares(
            labels[rows], truth.num_classes, truth.ignored
        )
        self._num_neighbors = num_neighbors
        self._temperature = temperature

    def scores(self, tokens):
        """How well each class fits each patch.

        Args:
            tokens: float32 `(b, N, D)`.

        Returns:
            float64 `(b, N, K)`.
        """
        queries = unit_rows(
            tokens.reshape(-1, tokens.shape[-1]), "patch tokens"
        )
        found = nearest_rows(queries, self._bank, self._num_neighbors)
        weights, rows = weights_of(found[0], self._temperature), found[1]
        count, voters = rows.shape
        starts = np.arange(0, count * voters + 1, voters)
        # Of all shares only those of the neighbours are added up.
        votes = sparse.csr_matrix(
            (weights.ravel(), rows.ravel(), starts), (count, len(self._bank))
        )
        return (votes @ self._shares).reshape(*tokens.shape[:2], -1)

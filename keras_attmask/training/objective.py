"""The two parts of the loss, from tokens to numbers.

Scores over prototypes are as wide as there are prototypes: they are made for
a chunk of tokens at a time, and gone when that chunk's gradient is known.
"""

import keras
from keras import ops

from keras_attmask.layers.prototypes import scores
from keras_attmask.losses import cross_entropy
from keras_attmask.losses import teacher_probabilities
from keras_attmask.losses import view_entropy
from keras_attmask.training.chunks import sum_over_chunks


def _kernel(head, patches):
    """The head's normalised prototypes, `(d, K)`."""
    return (
        head.patch_prototypes if patches else head.class_prototypes
    ).kernel()


class Scorer:
    """A head taken apart: its weights, and what they make of tokens.

    Args:
        head: a `ProjectionHead`.
        patches: take the prototypes of patch tokens.
    """

    def __init__(self, head, patches):
        self._head = head
        self._dense = [v for layer in head.dense for v in layer.variables]
        # The last is computed here: chunks need not normalise it again.
        self.weights = [v.value for v in self._dense] + [_kernel(head, patches)]

    def __call__(self, weights, tokens):
        """Float32 logits `(..., K)` of tokens `(..., D)`."""
        mapping = list(zip(self._dense, weights[:-1]))
        with keras.StatelessScope(state_mapping=mapping):
            vectors = self._head.bottleneck(tokens)
        return scores(vectors, weights[-1])


class Targets:
    """What the teacher says, from its unit vectors.

    Args:
        head: the teacher's `ProjectionHead`.
        patches: take the prototypes of patch tokens.
        centre: `(K,)`.
        temperature: scalar.
    """

    def __init__(self, head, patches, centre, temperature):
        self._kernel = ops.stop_gradient(_kernel(head, patches))
        self._centre = ops.convert_to_tensor(centre)
        self._temperature = temperature

    def __call__(self, vectors):
        """Float32 probabilities `(..., K)` of unit vectors `(..., d)`."""
        return teacher_probabilities(
            scores(vectors, self._kernel), self._centre, self._temperature
        )

    def mean_logits(self, vectors):
        """Mean logits `(K,)` of all vectors: the last layer is linear."""
        axes = tuple(range(len(vectors.shape) - 1))
        mean = ops.mean(ops.cast(vectors, "float32"), axis=axes)
        return scores(ops.expand_dims(mean, 0), self._kernel)[0]


def class_part(scorer, tokens, targets, vectors, student_temperature, size):
    """Class loss of a batch.

    Args:
        scorer: `Scorer` of the student's head.
        tokens: the student's class tokens `(V, B, D)`.
        targets: `Targets` of the teacher.
        vectors: the teacher's unit vectors `(G, B, d)`.
        student_temperature: number.
        size: views whose scores may exist at once; 0 for all.

    Returns:
        Scalar.
    """
    tokens, vectors = (ops.moveaxis(x, 0, 1) for x in (tokens, vectors))
    ones = ops.ones_like(ops.cast(tokens[:, 0, 0], "float32"))

    def entropy(weights, rows, fixed):
        (found,), (wanted, counts) = rows, fixed
        each = view_entropy(
            scorer(weights, found), targets(wanted), student_temperature
        )
        return ops.sum(each * counts)

    size = max(size // tokens.shape[1], 1) if size else 0
    total = sum_over_chunks(
        entropy, scorer.weights, [tokens], [vectors, ones], size
    )
    return total / ops.sum(ones)


def patch_part(scorer, hidden, targets, student_temperature, size):
    """Patch loss of the hidden places.

    Args:
        scorer: `Scorer` of the student's head.
        hidden: `Hidden`, see `training.hidden`.
        targets: `Targets` of the teacher.
        student_temperature: number.
        size: tokens whose scores may exist at once; 0 for all.

    Returns:
        Scalar.
    """

    def entropy(weights, rows, fixed):
        (found,), (wanted, shares) = rows, fixed
        each = cross_entropy(
            scorer(weights, found), targets(wanted), student_temperature
        )
        return ops.sum(each * shares)

    return sum_over_chunks(
        entropy,
        scorer.weights,
        [hidden.tokens],
        [hidden.vectors, hidden.shares],
        hidden.rows_a_chunk(size),
        hidden.needed,
    )

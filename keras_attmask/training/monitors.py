"""Numbers that show a collapse before the loss does.

A collapsed teacher says the same of every image: each output equally often
(its entropy is ln K), or always one of them. Either way the entropy of its
mean output is no larger than the mean entropy of its outputs.
"""

import keras
from keras import ops

NAMES = ("teacher_entropy", "teacher_diversity", "feature_rank")
OF_ATTENTION = "attention_entropy"
_LEAST_SPREAD = 1e-6  # of features, below which rounding is all that differs


def entropy(probabilities):
    """In nats, of each row: float32 `(...)` of `(..., K)`."""
    p = ops.cast(probabilities, "float32")
    return -ops.sum(p * ops.log(ops.maximum(p, keras.config.epsilon())), -1)


def feature_rank(features):
    """How many directions features use: their participation ratio.

    (sum of variances)^2 / sum of their squares, over the principal axes; D
    for a round cloud, 1 for a line, 0 where all features are the same.

    Args:
        features: `(M, D)`.

    Returns:
        float32 scalar.
    """
    x = ops.cast(features, "float32")
    size = ops.sum(ops.square(x))
    x = x - ops.mean(x, axis=0, keepdims=True)
    gram = ops.matmul(x, ops.transpose(x))
    total = ops.sum(ops.square(x))
    ratio = ops.square(total) / ops.maximum(ops.sum(ops.square(gram)), 1e-30)
    return ops.where(total > _LEAST_SPREAD * size, ratio, 0.0)


def monitored(features, probabilities, attention=None):
    """What to watch in a batch.

    Args:
        features: the teacher's class tokens `(M, D)`.
        probabilities: its targets for them `(M, K)`.
        attention: its class attention `(M, N)`, or None.

    Returns:
        A dict of float32 scalars: "teacher_entropy", the mean entropy of a
        target; "teacher_diversity", how much larger the entropy of the mean
        target is; "feature_rank"; with attention, "attention_entropy", as a
        share of ln N.
    """
    each = ops.mean(entropy(probabilities))
    found = {
        "teacher_entropy": each,
        "teacher_diversity": entropy(ops.mean(probabilities, axis=0)) - each,
        "feature_rank": feature_rank(features),
    }
    if attention is not None:
        shares = ops.cast(attention, "float32")
        shares = shares / ops.sum(shares, axis=-1, keepdims=True)
        patches = ops.cast(ops.shape(shares)[-1], "float32")
        found[OF_ATTENTION] = ops.mean(entropy(shares)) / ops.log(
            ops.maximum(patches, 2.0)
        )
    return {name: ops.stop_gradient(value) for name, value in found.items()}

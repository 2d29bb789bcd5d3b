"""The two cross-entropies between teacher and student.

Pure functions of logits. A cross-entropy against a distribution p is
written logsumexp(z) - p.z, which never makes the student's log-softmax.
"""

from keras import ops


def teacher_probabilities(logits, centre, temperature):
    """Sharpened, centred targets: softmax((t - c) / temperature).

    Args:
        logits: teacher logits `(..., K)`.
        centre: `(K,)`.
        temperature: scalar.

    Returns:
        float32 `(..., K)`, no gradient.
    """
    logits = ops.stop_gradient(ops.cast(logits, "float32"))
    centre = ops.cast(centre, "float32")
    return ops.softmax((logits - centre) / temperature, axis=-1)


def class_loss(student_logits, teacher_probs, student_temperature=0.1):
    """Mean cross-entropy over all pairs of different views.

    Args:
        student_logits: `(V, B, K)`: the global views first, then the local.
        teacher_probs: `(G, B, K)` of the global views.
        student_temperature: scalar.

    Returns:
        Scalar: the mean over the G V - G pairs with different views, and
        over the batch. Global and local pairs weigh the same.
    """
    z = ops.cast(student_logits, "float32") / student_temperature
    teacher_probs = ops.cast(teacher_probs, "float32")
    views, num_global = z.shape[0], teacher_probs.shape[0]
    normaliser = ops.logsumexp(z, axis=-1)  # (V, B)
    match = ops.einsum("gbk,vbk->gvb", teacher_probs, z)
    pairs = 1.0 - ops.eye(num_global, views, dtype="float32")
    entropy = ops.mean(ops.expand_dims(normaliser, 0) - match, axis=-1)
    return ops.sum(entropy * pairs) / (num_global * views - num_global)


def patch_loss(student_logits, teacher_probs, weights, student_temperature=0.1):
    """Cross-entropy on hidden patches: mean per image, then over images.

    Images without hidden patches count as zero, as published.

    Args:
        student_logits: `(M, S, K)` of S candidate patches of M views.
        teacher_probs: `(M, S, K)` of the same patches of the same views.
        weights: `(M, S)`: 1 for a hidden patch, 0 for a filler.
        student_temperature: scalar.

    Returns:
        Scalar.
    """
    z = ops.cast(student_logits, "float32") / student_temperature
    teacher_probs = ops.cast(teacher_probs, "float32")
    entropy = ops.logsumexp(z, axis=-1) - ops.sum(teacher_probs * z, axis=-1)
    weights = ops.cast(weights, "float32")
    hidden = ops.maximum(ops.sum(weights, axis=-1), 1.0)
    return ops.mean(ops.sum(entropy * weights, axis=-1) / hidden)

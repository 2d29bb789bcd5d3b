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


def cross_entropy(student_logits, teacher_probs, student_temperature=0.1):
    """Cross-entropy of each row, `(...)`, of two float32 `(..., K)`."""
    z = ops.cast(student_logits, "float32") / student_temperature
    teacher_probs = ops.cast(teacher_probs, "float32")
    return ops.logsumexp(z, axis=-1) - ops.sum(teacher_probs * z, axis=-1)


def view_entropy(student_logits, teacher_probs, student_temperature=0.1):
    """Mean cross-entropy over pairs of different views, image by image.

    Args:
        student_logits: `(B, V, K)`: the global views first, then the local.
        teacher_probs: `(B, G, K)` of the global views.
        student_temperature: scalar.

    Returns:
        `(B,)`: the mean over the G V - G pairs with different views. Global
        and local pairs weigh the same.
    """
    z = ops.cast(student_logits, "float32") / student_temperature
    teacher_probs = ops.cast(teacher_probs, "float32")
    views, num_global = z.shape[1], teacher_probs.shape[1]
    normaliser = ops.logsumexp(z, axis=-1)  # (B, V)
    match = ops.einsum("bgk,bvk->bgv", teacher_probs, z)
    pairs = 1.0 - ops.eye(num_global, views, dtype="float32")
    entropy = (ops.expand_dims(normaliser, 1) - match) * pairs
    return ops.sum(entropy, axis=(1, 2)) / (num_global * views - num_global)


def class_loss(student_logits, teacher_probs, student_temperature=0.1):
    """Mean of `view_entropy` over the batch.

    Args:
        student_logits: `(V, B, K)`: the global views first, then the local.
        teacher_probs: `(G, B, K)` of the global views.
        student_temperature: scalar.

    Returns:
        Scalar.
    """
    student, teacher = (
        ops.moveaxis(x, 0, 1) for x in (student_logits, teacher_probs)
    )
    return ops.mean(view_entropy(student, teacher, student_temperature))


def share_of_patches(mask):
    """What each patch counts in the patch loss, float32 `(M, N)`.

    Hidden patches of an image count the same, and together as much as those
    of any other; the sum is the share of images that hide any.

    Args:
        mask: bool or number `(M, N)`, 1 for a hidden patch.
    """
    hidden = ops.cast(mask, "float32")
    most = ops.maximum(ops.sum(hidden, axis=-1, keepdims=True), 1.0)
    return hidden / most / ops.cast(ops.shape(hidden)[0], "float32")


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
    entropy = cross_entropy(student_logits, teacher_probs, student_temperature)
    return ops.sum(entropy * share_of_patches(weights))

"""Losses of fine-tuning: pure functions of targets and logits."""

from keras import ops


def desired(targets, count, task, smoothing=0.0):
    """Targets in the form in which they can be mixed.

    Args:
        targets: int `(B,)` for classification, else float `(B, K)`.
        count: K.
        task: "classification", "multilabel" or "regression".
        smoothing: share of a target that goes to all classes alike, from 0,
            below 1; for labels, to both answers alike.

    Returns:
        float32 `(B, K)`.

    Reference: "Rethinking the Inception Architecture", arXiv 1512.00567.
    """
    if task == "regression":
        return ops.cast(targets, "float32")
    if task == "classification":
        targets = ops.one_hot(targets, count, dtype="float32")
    alike = 1.0 / count if task == "classification" else 0.5
    targets = ops.cast(targets, "float32")
    return targets * (1.0 - smoothing) + smoothing * alike


def supervised_loss(targets, logits, task):
    """Mean loss over a batch.

    Args:
        targets: of `desired`.
        logits: float32 `(B, K)`.
        task: "classification", cross-entropy of a softmax; "multilabel",
            that of K sigmoids, their mean; "regression", mean square.

    Returns:
        A scalar.
    """
    if task == "classification":
        scores = ops.log_softmax(logits, axis=-1)
        return -ops.mean(ops.sum(targets * scores, axis=-1))
    if task == "regression":
        return ops.mean(ops.square(targets - logits))
    # log(1 + exp(x)) - t x, which overflows nowhere.
    return ops.mean(ops.softplus(logits) - targets * logits)

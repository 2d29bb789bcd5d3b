"""How good the answers of a fine-tuned network are."""

import numpy as np
from sklearn.metrics import average_precision_score
from sklearn.metrics import f1_score

# The first is to rank runs by; higher is better.
NAMES = {
    "classification": ("accuracy", "top5_accuracy"),
    "multilabel": ("mean_average_precision", "f1"),
    "regression": ("r2", "mean_absolute_error", "root_mean_squared_error"),
}


def scores(task, answers, targets):
    """Compares answers with what is known.

    Args:
        task: "classification", "multilabel" or "regression".
        answers: float `(n, K)`: probabilities, or quantities.
        targets: int `(n,)` for classification, else float `(n, K)`.

    Returns:
        A dict of floats. For classification, "accuracy" and, with more than
        five classes, "top5_accuracy"; for several labels,
        "mean_average_precision" over those that occur, and "f1" (micro, at
        one half); for regression, "mean_absolute_error" and
        "root_mean_squared_error" over all quantities, and "r2", the mean
        over those that vary.
    """
    find = {
        "classification": _classification,
        "multilabel": _multilabel,
        "regression": _regression,
    }
    found = find[task](np.asarray(answers, "float64"), np.asarray(targets))
    return {name: float(value) for name, value in found.items()}


def _classification(answers, targets):
    # The place of the right class: how many are rated higher.
    own = answers[np.arange(len(targets)), targets][:, None]
    above = (answers > own).sum(1)
    # Of equals the first is the answer, as argmax has it.
    before = np.arange(answers.shape[1]) < targets[:, None]
    place = above + ((answers == own) & before).sum(1)
    # What is no number ranks nowhere.
    place = np.where(np.isfinite(own[:, 0]), place, answers.shape[1])
    found = {"accuracy": np.mean(place < 1)}
    if answers.shape[1] > 5:
        found["top5_accuracy"] = np.mean(place < 5)
    return found


def _multilabel(answers, targets):
    answers = np.nan_to_num(answers)
    known = targets.any(0)
    precisions = [
        average_precision_score(targets[:, label], answers[:, label])
        for label in np.flatnonzero(known)
    ]
    return {
        "mean_average_precision": np.mean(precisions) if precisions else 0.0,
        "f1": f1_score(
            targets > 0.5, answers > 0.5, average="micro", zero_division=0
        ),
    }


def _regression(answers, targets):
    errors = answers - targets
    spread = targets - targets.mean(0)
    unexplained = (errors**2).sum(0)
    whole = (spread**2).sum(0)
    varies = whole > 0  # one that never changes has nothing to be explained
    shares = 1 - unexplained[varies] / whole[varies]
    return {
        "mean_absolute_error": np.abs(errors).mean(),
        "root_mean_squared_error": np.sqrt((errors**2).mean()),
        "r2": shares.mean() if varies.any() else 0.0,
    }

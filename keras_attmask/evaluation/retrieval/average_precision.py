"""Mean average precision as the revisited Oxford and Paris define it.

Images that are neither right nor wrong ("junk") are taken out of a ranking
first. The average precision is the area under precision over recall by the
trapezoidal rule: each right image adds the mean of the precision just before
it and the one with it. Queries without a right image are left out.

Reference: "Revisiting Oxford and Paris", arXiv 1803.11285.
"""

import numpy as np

from keras_attmask.errors import InputError

# What counts as right and as junk in each of the three settings.
SETTINGS = {
    "easy": (("easy",), ("junk", "hard")),
    "medium": (("easy", "hard"), ("junk",)),
    "hard": (("hard",), ("junk", "easy")),
}
COUNTS = (1, 5, 10)


def _positions(ranking, right, junk):
    """Places from 0 of the right images in a ranking without junk."""
    ranking = np.asarray(ranking)
    kept = ranking[~np.isin(ranking, junk)]
    return np.flatnonzero(np.isin(kept, right))


def average_precision(ranking, right, junk=()):
    """Area under precision over recall of one ranking.

    Args:
        ranking: numbers of images, most similar first, `(n,)`.
        right: numbers of those that should be found.
        junk: numbers of those that count for nothing.

    Returns:
        From 0 to 1; NaN where nothing should be found. A right image that
        the ranking does not hold counts as never found.

    Example:
        >>> # Found first, and third: of two, before that one of two.
        >>> average_precision([3, 1, 2], right=[3, 2])  # (1 + 7/12) / 2
        0.7916666666666666
    """
    wanted = len(np.unique(right))
    if not wanted:
        return float("nan")
    places = _positions(ranking, right, junk)
    order = np.arange(len(places))
    before = np.where(places == 0, 1.0, order / np.maximum(places, 1))
    return float(np.sum(before + (order + 1) / (places + 1)) / 2 / wanted)


def precision_at(ranking, right, count, junk=()):
    """Share of right images among the first ones of a ranking.

    Args:
        ranking: numbers of images, most similar first, `(n,)`.
        right: numbers of those that should be found.
        count: images that are looked at, k. No more are looked at than it
            takes to find all right ones, as the benchmark defines it.
        junk: numbers of those that count for nothing.

    Returns:
        From 0 to 1; NaN where nothing should be found.
    """
    if not len(right):
        return float("nan")
    places = _positions(ranking, right, junk)
    if not len(places):
        return 0.0
    count = min(count, int(places[-1]) + 1)
    return float(np.sum(places < count) / count)


def mean_average_precision(ranks, truth):
    """Mean of `average_precision` over queries.

    Args:
        ranks: `(queries, n)`, numbers of images, most similar first.
        truth: for each query a pair of sequences `(right, junk)`.

    Returns:
        From 0 to 1. Queries without a right image are left out; NaN where
        that leaves none.

    Raises:
        InputError: another number of rankings than of queries.
    """
    _check(ranks, truth)
    found = [average_precision(r, *both) for r, both in zip(ranks, truth)]
    return _mean(found)


def mean_precision_at(ranks, truth, count):
    """Mean of `precision_at` over queries, see `mean_average_precision`."""
    _check(ranks, truth)
    return _mean(
        [
            precision_at(ranking, right, count, junk)
            for ranking, (right, junk) in zip(ranks, truth)
        ]
    )


def _check(ranks, truth):
    if len(ranks) != len(truth):
        raise InputError(
            f"ranks: expected {len(truth)} rankings, one a query, got "
            f"{len(ranks)}"
        )


def _mean(values):
    values = np.array(values, "float64")
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")


def revisited_scores(ranks, truth):
    """All scores of the revisited benchmarks.

    Args:
        ranks: `(queries, n)`, numbers of images, most similar first.
        truth: for each query a dict of "easy", "hard" and "junk": sequences
            of numbers of images.

    Returns:
        A dict: "map_easy", "map_medium" and "map_hard" (right are the easy
        images, all of them, the hard ones; junk is what is left of the
        three), and "mp_at_1_easy" and so on with 1, 5 and 10. A setting in
        which no query has anything to find is left out.

    Raises:
        InputError: no query has anything to find in any setting.
    """
    by_setting = {
        name: [
            tuple(
                np.concatenate([np.asarray(row[n], "int64") for n in names])
                for names in both
            )
            for row in truth
        ]
        for name, both in SETTINGS.items()
    }
    scores = {
        f"map_{name}": mean_average_precision(ranks, pairs)
        for name, pairs in by_setting.items()
    }
    for count in COUNTS:
        for name, pairs in by_setting.items():
            score = mean_precision_at(ranks, pairs, count)
            scores[f"mp_at_{count}_{name}"] = score
    scores = {name: n for name, n in scores.items() if not np.isnan(n)}
    if not scores:
        raise InputError(
            "truth: expected easy or hard images of some query, got none"
        )
    return scores

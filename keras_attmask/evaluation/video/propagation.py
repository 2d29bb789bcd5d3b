"""Labels carried from frame to frame by the likeness of patches.

As DINO and iBOT measure on DAVIS, after "Space-Time Correspondence as a
Contrastive Random Walk", arXiv 2006.14613: a patch takes the labels of the
most similar patches nearby in the first frame and in the latest ones.
"""

import collections
import dataclasses

from keras_attmask.device import accelerator
from keras_attmask.errors import InputError
from keras_attmask.evaluation.nearest import unit_rows
from keras_attmask.evaluation.video.on_device import carried_on_device
from keras_attmask.evaluation.video.on_host import carried_on_host
from keras_attmask.evaluation.video.tiles import tiles_of


@dataclasses.dataclass(frozen=True)
class Propagation:
    """How labels are carried.

    Args:
        num_neighbors: patches that a patch takes its labels of, k. All that
            are as similar as the k-th count too.
        radius: rows and columns of patches, up to which others are looked
            at; 0 looks at the whole frame.
        context: frames before this one that are looked at, beside the first.
        temperature: T of the weight exp(cosine / T).
    """

    num_neighbors: int = 5
    radius: int = 12
    context: int = 7
    temperature: float = 0.1

    def __post_init__(self):
        least = {"num_neighbors": 1, "radius": 0, "context": 0}
        for name, bound in least.items():
            value = getattr(self, name)
            if value != int(value) or value < bound:
                raise InputError(
                    f"{name}: expected a whole number from {bound}, got "
                    f"{value!r}"
                )
        if not self.temperature > 0:
            raise InputError(
                f"temperature: expected above 0, got {self.temperature!r}"
            )


def carried_labels(queries, context, labels, grid, rule):
    """Labels of the patches of a frame, by those of other frames.

    Args:
        queries: float32 `(N, D)` of length one, patches row by row.
        context: a list of such arrays, one a frame that is looked at.
        labels: a list of float32 `(N, C)`, their labels' shares.
        grid: `(rows, columns)` of patches, N = rows * columns.
        rule: `Propagation`.

    Returns:
        float32 `(N, C)`: weighted means of the neighbours' labels.

    Example:
        >>> unlike = np.eye(4, dtype="float32")
        >>> first = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], "float32")
        >>> carried_labels(
        ...     unlike[::-1], [unlike], [first], (2, 2), Propagation(1)
        ... )[:, 1]
        array([1., 1., 0., 0.], dtype=float32)
    """
    # On a processor NumPy is faster than any backend, and the same on all.
    work = carried_on_host if accelerator() is None else carried_on_device
    return work(
        tiles_of(tuple(grid), rule.radius),
        queries,
        context,
        labels,
        rule.num_neighbors,
        rule.temperature,
    )


def propagated(tokens, first, grid, rule):
    """Carries the labels of a first frame through all others.

    Args:
        tokens: iterator of `(N, D)`, patch tokens a frame, from the first.
        first: float32 `(N, C)`, labels of the first frame.
        grid: `(rows, columns)` of patches.
        rule: `Propagation`.

    Yields:
        float32 `(N, C)` for each frame behind the first.

    Raises:
        InputError: tokens that are not finite.
    """
    tokens = (unit_rows(frame, "patch tokens") for frame in tokens)
    start = next(tokens), first
    latest = collections.deque(maxlen=rule.context)
    for frame in tokens:
        context, labels = zip(start, *latest)
        found = carried_labels(frame, context, labels, grid, rule)
        latest.append((frame, found))
        yield found

"""What a head looks at and how fast it learns."""

import dataclasses

from keras_attmask.errors import InputError
from keras_attmask.tasks import POOLINGS

# Of 256 images a step.
RATES = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


@dataclasses.dataclass(frozen=True)
class Head:
    """One linear head; the defaults are the official code's for a ViT-S.

    Attributes:
        learning_rate: of the first epoch for 256 images a step; it grows
            with the batch and falls to 0 along a cosine, epoch by epoch.
        num_blocks: last blocks whose features it takes, side by side.
        pooling: of their tokens, see `models.pooled.pooled`.
    """

    learning_rate: float = 0.005
    num_blocks: int = 4
    pooling: str = "token"

    def __post_init__(self):
        if not self.learning_rate > 0:
            raise InputError(
                f"learning_rate: expected above 0, got {self.learning_rate!r}"
            )
        if self.pooling not in POOLINGS:
            raise InputError(
                f"pooling: expected one of {', '.join(POOLINGS)}, got "
                f"{self.pooling!r}"
            )

    @property
    def kind(self):
        """What it looks at: `(num_blocks, pooling)`."""
        return self.num_blocks, self.pooling


def sweep_heads(num_layers, rates=RATES):
    """Heads of ten rates on one and on four blocks, without and with means.

    Args:
        num_layers: blocks that the backbone has.
        rates: learning rates.

    Returns:
        A tuple of `Head`, kind by kind; 40 by default.
    """
    blocks = sorted({1, min(4, num_layers)})
    return tuple(
        Head(rate, count, pooling)
        for count in blocks
        for pooling in ("token", "token+avg")
        for rate in rates
    )


def all_kinds(heads):
    """The smallest `(num_blocks, pooling)` that holds what all heads want."""
    poolings = {head.pooling for head in heads}
    pooling = poolings.pop() if len(poolings) == 1 else "token+avg"
    return max(head.num_blocks for head in heads), pooling

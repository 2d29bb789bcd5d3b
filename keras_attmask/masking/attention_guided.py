"""Masks that follow the teacher's attention."""

import keras
from keras import ops

from keras_attmask import counter_random
from keras_attmask.masking.strategy import NOISE
from keras_attmask.masking.strategy import MaskingStrategy
from keras_attmask.masking.strategy import ranks

_MODES = ("high", "hint", "low")


def most_attended(class_attention, count):
    """Hides the `count` most attended patches of each row."""
    return ranks(class_attention) < count


def least_attended(class_attention, count):
    """Hides the `count` least attended patches of each row."""
    return ranks(ops.negative(class_attention)) < count


def reveal_hints(mask, class_attention, noise, top_count, hint_count):
    """Uncovers some of the most attended patches again.

    Args:
        mask: bool `(M, N)`.
        class_attention: float `(M, N)`.
        noise: float `(M, N)` below 1, independent and uniform.
        top_count: size of the most attended set that hints come from.
        hint_count: how many of that set to uncover, at most `top_count`.

    Returns:
        bool `(M, N)`.
    """
    top = ranks(class_attention) < top_count
    lottery = ops.where(top, noise, -1.0)
    drawn = ops.logical_and(ranks(lottery) < hint_count, top)
    return ops.logical_and(mask, ops.logical_not(drawn))


@keras.saving.register_keras_serializable(package="keras_attmask")
class AttentionGuidedMasking(MaskingStrategy):
    """Hides patches by how much the class token attends to them.

    "What to Hide from Your Students", arXiv 2203.12719. Mode "high" hides
    the most attended patches, "low" the least attended, "hint" the most
    attended but for a few, drawn from the `hint_ratio` most attended share,
    that stay visible. How many: `hint_ratio` times a second draw of the
    mask ratio, rounded down.

    Args:
        mode: "high", "hint" or "low".
        hint_ratio: share of patches that hints are drawn from.
        **kwargs: see `MaskingStrategy`, also for the call.

    Raises:
        ValueError: for an unknown mode or a ratio outside [0, 1].

    Example:
        >>> layer = AttentionGuidedMasking("high", mask_ratio=0.25,
        ...                                masking_probability=1.0)
        >>> layer(np.array([[0.1, 0.4, 0.2, 0.3]]))
        [[False, True, False, False]]
    """

    def __init__(self, mode="high", hint_ratio=0.1, **kwargs):
        super().__init__(**kwargs)
        if mode not in _MODES:
            raise ValueError(f"`mode` must be one of {_MODES}, got {mode!r}.")
        if not 0.0 <= hint_ratio <= 1.0:
            raise ValueError(
                f"`hint_ratio` must lie in [0, 1], got {hint_ratio!r}."
            )
        self.mode = mode
        self.hint_ratio = hint_ratio

    def hide(self, class_attention, target, count, grid, keys):
        if self.mode == "low":
            return least_attended(class_attention, count)
        mask = most_attended(class_attention, count)
        if self.mode == "high":
            return mask
        num_patches = class_attention.shape[-1]
        top_count = int(num_patches * self.hint_ratio)
        hints = self._hint_count(num_patches, keys)
        noise = counter_random.uniform(
            counter_random.draws(
                counter_random.fold_in(keys[0], NOISE), num_patches
            )
        )
        return reveal_hints(mask, class_attention, noise, top_count, hints)

    def _hint_count(self, num_patches, keys):
        if self.ratio_low == self.ratio_high:
            # In double precision, as for the patches to hide.
            return int(self.hint_ratio * self.ratio_low * num_patches)
        share = self.hint_ratio * self.draw_hint_ratio(keys)
        return ops.cast(ops.floor(share * num_patches), "int32")

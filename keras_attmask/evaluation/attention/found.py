"""What attention finds on one image, and what anybody would guess."""

import numpy as np

from keras_attmask.evaluation.attention.auc import pixel_auc
from keras_attmask.evaluation.attention.boxes import attended_box
from keras_attmask.evaluation.attention.boxes import box_iou
from keras_attmask.evaluation.attention.overlap import jaccard
from keras_attmask.evaluation.attention.overlap import kept_mass

_SPREAD = 0.25  # of the sides; 60 % of it then lie on a third of the image
_CORRECT = 0.5


def centred_map(grid):
    """Attention of one who has not seen the image: things are in the middle.

    Args:
        grid: `(rows, columns)` of patches.

    Returns:
        float64 `(N,)`: a Gaussian bump around the middle, its deviation a
        quarter of the sides.
    """
    lines = []
    for count in grid:
        distance = (np.arange(count) + 0.5) / count - 0.5
        lines.append(np.exp(-((distance / _SPREAD) ** 2) / 2))
    bump = np.outer(*lines).ravel()
    return bump / bump.sum()


class Finder:
    """Compares attention with the things of images.

    Args:
        grid: `(rows, columns)` of patches.
        patch_size: side of a patch in pixels.
        mass: share of the attention that is kept.
    """

    def __init__(self, grid, patch_size, mass):
        self.grid, self.patch_size, self.mass = grid, patch_size, mass
        self._guess = centred_map(grid)

    def box(self, attention):
        """The box that one map `(N,)` finds."""
        kept = kept_mass(attention, self.mass).reshape(self.grid)
        return attended_box(kept, attention.reshape(self.grid), self.patch_size)

    def scores(self, heads, things):
        """All numbers of one image on which there is something.

        Args:
            heads: attention, float64 `(heads, N)`.
            things: `Things`.

        Returns:
            A dict of floats, see `attention`; those that make no sense for
            this image are left out.
        """
        inside, outside = things.inside, things.outside
        kept = kept_mass(heads, self.mass)
        by_head = jaccard(kept, inside, outside)
        by_thing = [
            jaccard(kept, one, inside + outside - one).max()
            for one in things.each
        ]
        found = {
            **self._of_map(heads.mean(axis=0), things, ""),
            **self._of_map(self._guess, things, "_baseline"),
            "jaccard_everything": inside.sum() / (inside + outside).sum(),
            "jaccard_best_head": by_head.max(),
            "jaccard_objects": np.mean(by_thing),
        }
        for number, value in enumerate(by_head, 1):
            found[f"jaccard_head_{number}"] = value
        return {name: v for name, v in found.items() if v is not None}

    def _of_map(self, attention, things, suffix):
        inside, outside = things.inside, things.outside
        correct = None
        if len(things.boxes):
            best = box_iou(self.box(attention), things.boxes).max()
            correct = float(best > _CORRECT)
        kept = kept_mass(attention, self.mass)
        return {
            f"jaccard{suffix}": jaccard(kept, inside, outside),
            f"auc{suffix}": pixel_auc(attention, inside, outside),
            f"corloc{suffix}": correct,
        }

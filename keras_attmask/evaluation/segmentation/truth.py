"""The true classes of pixels, at the size of a backbone's images."""

import numpy as np

from keras_attmask.errors import InputError
from keras_attmask.evaluation.patch_labels import fitted_mask


class Truth:
    """Masks of two parts as the backbone sees the images.

    Args:
        parts: `(train, test)`, both `data.Segmented`.
        preprocessing: `data.Preprocessing` of the images.
        ignored: label of pixels that do not count.

    Attributes:
        num_classes: K, by the names of the parts; without, by the greatest
            label in any mask, for which all are read once.
    """

    def __init__(self, parts, preprocessing, ignored):
        self.preprocessing, self.ignored = preprocessing, ignored
        self.class_names = parts[0].class_names
        self.num_classes = None
        if self.class_names:
            self.num_classes = len(self.class_names)
        else:
            self.num_classes = 1 + max(map(self._greatest, parts))

    def of(self, part, rows):
        """Masks of some images.

        Args:
            part: `data.Segmented`.
            rows: indices of images.

        Returns:
            Integers `(b, H, W)`.

        Raises:
            InputError: masks that do not fit, see `data.Segmented.mask`, or
                a label that is no class.
        """
        return np.stack([self._one(part, row) for row in rows])

    def _one(self, part, row):
        mask = fitted_mask(part.mask(row), self.preprocessing)
        if self.num_classes is not None:
            greatest = self._greatest_in(mask)
            if greatest >= self.num_classes:
                raise InputError(
                    f"data: expected labels from 0 to {self.num_classes - 1}, "
                    f"got {greatest} for {part.source.name_of(row)}"
                )
        return mask

    def _greatest_in(self, mask):
        return int(mask[mask != self.ignored].max(initial=0))

    def _greatest(self, part):
        rows = range(len(part))
        return max(self._greatest_in(self._one(part, row)) for row in rows)

"""Images with a mask each: what segmentation learns and is measured on."""

import dataclasses

import numpy as np

from keras_attmask.errors import InputError


class _Picked:
    """Some of the items of anything that is read by index."""

    def __init__(self, items, indices):
        self._items, self._indices = items, indices

    def __len__(self):
        return len(self._indices)

    def __getitem__(self, index):
        return self._items[self._indices[index]]


@dataclasses.dataclass(frozen=True, eq=False)
class Segmented:
    """Images, a mask each, and where the things are.

    Args:
        source: images by index, see `source_types`.
        masks: by index integers `(h, w)` of the image's size.
        boxes: by index numbers `(m, 4)`: left, top, right and bottom in
            pixels; rows below 0 stand for nothing. None where nobody knows.
        class_names: of the labels in the masks, from 0; None for numbers.
    """

    source: object
    masks: object
    boxes: object = None
    class_names: tuple = None

    def __len__(self):
        return len(self.source)

    def take(self, indices):
        """The images at `indices` with all that belongs to them."""
        indices = [int(index) for index in indices]
        boxes = None if self.boxes is None else _Picked(self.boxes, indices)
        return dataclasses.replace(
            self,
            source=self.source.take(indices),
            masks=_Picked(self.masks, indices),
            boxes=boxes,
        )

    def mask(self, index):
        """One mask, checked against its image.

        Returns:
            Integers `(h, w)`, from 0.

        Raises:
            InputError: another kind of array, or another size.
        """
        mask, name = np.asarray(self.masks[index]), self.source.name_of(index)
        if (
            mask.ndim != 2
            or mask.dtype.kind not in "iu"
            or mask.min(initial=0) < 0
        ):
            raise InputError(
                "data: expected masks (height, width) of whole numbers from "
                f"0, got {mask.dtype} {mask.shape} for {name}"
            )
        size = tuple(self.source.size(index))
        if mask.shape != size:  # which a camera's rotation may have turned
            size = self.source.read(index).shape[:2]
        if mask.shape != size:
            raise InputError(
                f"data: expected a mask of the image's size, {size}, got "
                f"{mask.shape} for {name}"
            )
        return mask


def segmented(part, name="test", limit=None):
    """Whatever has images and masks as `Segmented`.

    Args:
        part: has `source` and `masks`, and may have `boxes`; `Segmented` or
            `Scenes`, for instance.
        name: what errors call it.
        limit: take the first so many images; None takes all.

    Raises:
        InputError: a part without these, or with other numbers of masks.
    """
    if not (hasattr(part, "source") and hasattr(part, "masks")):
        raise InputError(
            f"data: expected {name} images with `source` and `masks`, or a "
            f"path, got {type(part).__name__}"
        )
    for what in ("masks", "boxes"):
        items = getattr(part, what, None)
        if items is not None and len(items) != len(part.source):
            raise InputError(
                f"data: expected {what} for each of {len(part.source)} {name} "
                f"images, got {len(items)}"
            )
    if not isinstance(part, Segmented):
        boxes = getattr(part, "boxes", None)
        part = Segmented(part.source, part.masks, boxes)
    if limit is None:
        return part
    if limit < 1:
        raise InputError(f"limit: expected 1 image or more, got {limit}")
    return part.take(range(min(limit, len(part))))

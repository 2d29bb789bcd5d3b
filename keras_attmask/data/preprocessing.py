"""From pixels of any size to the normalised input of a backbone."""

import dataclasses

import keras
import numpy as np
from keras import ops

from keras_attmask.data.resample import crop_and_resize
from keras_attmask.errors import InputError

_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601, what Pillow's "L" uses


def _float32(number, ops):
    return np.float32(number) if ops is np else ops.cast(number, "float32")


def _match_channels(images, channels):
    given = images.shape[-1]
    if given == channels:
        return images
    if given == 1:
        return ops.repeat(images, channels, axis=-1)  # (B, H, W, C)
    if given == 3 and channels == 1:
        luma = ops.convert_to_tensor(_LUMA, "float32")
        return ops.sum(images * luma, axis=-1, keepdims=True)  # (B, H, W, 1)
    raise InputError(
        f"images: expected {channels} channels or one, got {given}"
    )


@keras.saving.register_keras_serializable(package="keras_attmask")
@dataclasses.dataclass(frozen=True)
class Preprocessing:
    """What a backbone expects of its images.

    Images of another size are cut to a centred box of the right aspect
    ratio, then resized like Pillow's bicubic. The familiar "resize the short
    side to 256, cut 224 from the middle" is `crop_ratio=224 / 256`.

    Args:
        image_shape: `(H, W, C)` of the result.
        mean: one number per channel, on the scale where white is 1.
        std: likewise.
        crop_ratio: sides of the box over those of the largest box of that
            aspect ratio, above 0, at most 1.

    Call arguments:
        images: uint8 or float `(B, h, w, C)` with values from 0 to 255; one
            channel is repeated, three become luma where one is expected. In
            a TensorFlow graph, B, h and w may be unknown.

    Returns:
        float32 `(B, H, W, C)`.
    """

    image_shape: tuple
    mean: tuple
    std: tuple
    crop_ratio: float = 1.0

    def __post_init__(self):
        for name in ("image_shape", "mean", "std"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if len(self.image_shape) != 3 or min(self.image_shape) < 1:
            raise InputError(
                "image_shape: expected (height, width, channels), "
                f"got {self.image_shape}"
            )
        for name in ("mean", "std"):
            if len(getattr(self, name)) != self.image_shape[2]:
                raise InputError(
                    f"{name}: expected {self.image_shape[2]} numbers, one a "
                    f"channel, got {getattr(self, name)}"
                )
        if not 0 < self.crop_ratio <= 1:
            raise InputError(
                "crop_ratio: expected above 0 and at most 1, "
                f"got {self.crop_ratio}"
            )

    def __call__(self, images):
        images = ops.cast(images, "float32")
        images = _match_channels(images, self.image_shape[2])
        unchanged = tuple(images.shape[1:3]) == self.image_shape[:2]
        if not (unchanged and self.crop_ratio == 1):
            box = self.centred_box(*ops.shape(images)[1:3])
            # One box for all images: it broadcasts over the batch.
            images = crop_and_resize(images, box[None], self.image_shape[:2])
        mean = ops.convert_to_tensor(self.mean, "float32")
        std = ops.convert_to_tensor(self.std, "float32")
        return (images / 255.0 - mean) / std

    def centred_box(self, height, width, ops=ops):
        """The part of an image that is looked at.

        Args:
            height: of the image in pixels; a number or a scalar tensor.
            width: likewise.
            ops: `keras.ops`, or `numpy` for work on the host.

        Returns:
            float32 `(4,)`: top, left, height, width, whole pixels.
        """
        rows, columns, _ = self.image_shape
        height, width = _float32(height, ops), _float32(width, ops)
        largest = [
            ops.minimum(height, width * rows / columns),
            ops.minimum(width, height * columns / rows),
        ]
        box = ops.round(ops.stack(largest) * self.crop_ratio)
        box = ops.maximum(box, 1.0)
        start = ops.floor((ops.stack([height, width]) - box) / 2)
        return ops.concatenate([start, box])

    def get_config(self):
        """The constructor's arguments as a plain dict."""
        return dataclasses.asdict(self)

    @classmethod
    def from_config(cls, config):
        """The inverse of `get_config`, lists for tuples allowed."""
        return cls(**config)

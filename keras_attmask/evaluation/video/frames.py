"""Frames at the size that a backbone looks at them."""

from PIL import Image

from keras_attmask.data.source_types import FileSource
from keras_attmask.errors import InputError
from keras_attmask.evaluation.patch_tokens import PatchTokens

_STEP = 64  # the longer side is a multiple of it, as in the official code


def fitted_size(size, shorter, patch_size):
    """The size at which frames are looked at.

    Args:
        size: `(height, width)` of the frames.
        shorter: pixels of the shorter side.
        patch_size: side of a patch in pixels.

    Returns:
        `(height, width)`: the longer side in proportion, rounded down to a
        multiple of 64 if it is that long; both rounded down to patches.

    Raises:
        InputError: when no patch fits.
    """
    height, width = size
    longer = shorter * max(size) // min(size)
    longer = longer // _STEP * _STEP or longer
    fitted = (longer, shorter) if height > width else (shorter, longer)
    fitted = tuple(side // patch_size * patch_size for side in fitted)
    if not all(fitted):
        raise InputError(
            f"size: expected a side of {patch_size} pixels or more, a patch "
            f"of the backbone, got {shorter}"
        )
    return fitted


class FittedFrames:
    """Frames of a film as a source to be read in order.

    Frames are not cut: they are brought to the size as a whole.

    Args:
        paths: of the frames.
        size: `(height, width)` wanted.
    """

    def __init__(self, paths, size):
        self._files = FileSource(paths, name="frames")
        self._size = size

    def __len__(self):
        return len(self._files)

    def open(self, index):
        """One frame, an RGB `PIL.Image.Image` of the size."""
        frame = self._files.open(index)
        return frame.resize(self._size[::-1], Image.Resampling.BILINEAR)


class FrameTokens(PatchTokens):
    """`PatchTokens` for images of one size.

    TensorFlow, after it has met several sizes, would trace a graph for any,
    in which the grid of patches is not known.

    Args:
        network: `VisionTransformer`, or any model of its call signature.
        size: `(height, width)` of the images.
    """

    def __init__(self, network, size, **kwargs):
        super().__init__(network, **kwargs)
        self.size = tuple(size)

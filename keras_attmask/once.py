"""Values that XLA computes once and keeps, instead of anew at every use."""

from keras import backend
from keras import ops


def once(values):
    """The same values, which XLA will not compute anew for every pixel.

    XLA fuses cheap work into the loop that uses it: a random number that is
    broadcast over an image would be drawn again for each of its pixels. It
    never does so with a division, and cannot know that this one is by 1.

    Args:
        values: a tensor of any type.

    Returns:
        A tensor of the same type and values; infinite ones become NaN.
    """
    dtype = values.dtype
    numbers = ops.cast(values, "float32")
    numbers = numbers / (1.0 + 0.0 * numbers)
    if "float" in str(dtype):
        return numbers
    if "bool" in str(dtype):
        return numbers > 0.5
    return ops.cast(numbers, dtype)


def stored(images):
    """The same images, which XLA writes to memory where it would not.

    Cheap work with several users is otherwise done again for each of them,
    by which a chain of operations grows with the square of its length.

    Args:
        images: float tensor `(B, C, H, W)`, finite.

    Returns:
        A tensor of the same shape and values.
    """
    if backend.backend() == "torch":  # stores every result anyway
        return images
    return images / (1.0 + 0.0 * images[:, :1, :1, :1])

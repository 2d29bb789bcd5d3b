"""Numbers of an image, computed once an image and not once a pixel."""

from keras import ops


def once(values):
    """The same values, which XLA will not compute anew for every pixel.

    XLA fuses cheap work into the loop that uses it: a random number that is
    broadcast over an image would be drawn again for each of its pixels. It
    never does so with a division, and cannot know that this one is by 1.

    Args:
        values: a tensor of any type, finite.

    Returns:
        A tensor of the same type and values.
    """
    dtype = values.dtype
    numbers = ops.cast(values, "float32")
    numbers = numbers / (1.0 + 0.0 * numbers)
    if "float" in str(dtype):
        return numbers
    if "bool" in str(dtype):
        return numbers > 0.5
    return ops.cast(numbers, dtype)

"""A layer whose inside is computed again instead of being kept."""

import keras

from keras_attmask.as_tensors import as_tensors


def rematerialised(layer):
    """The same call, with less memory and more time.

    Of the layer's work only its input is kept; the rest is computed a second
    time when the gradient is asked for. Values and gradients are those of
    the layer.

    Args:
        layer: a built Keras layer, called with a tensor and keyword
            arguments that carry no gradient.

    Returns:
        A function to call in its place.
    """
    variables = layer.variables

    def call(x, **options):
        def inside(x, *values):
            # As arguments: TensorFlow finds no gradient of other tensors.
            mapping = list(zip(variables, values))
            with keras.StatelessScope(state_mapping=mapping):
                return layer(x, **options)

        return keras.remat(inside)(
            *as_tensors([x, *(v.value for v in variables)])
        )

    return call

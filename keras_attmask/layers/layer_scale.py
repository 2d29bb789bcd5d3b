"""A learned gain for each channel of a residual branch."""

import keras


@keras.saving.register_keras_serializable(package="keras_attmask")
class LayerScale(keras.layers.Layer):
    """Multiplies channels by learned gains (CaiT, arXiv 2103.17239).

    Args:
        initial: first value of every gain.

    Call arguments:
        x: `(..., D)`.

    Returns:
        `(..., D)`.
    """

    def __init__(self, initial=1e-5, **kwargs):
        super().__init__(**kwargs)
        self.initial = initial

    def build(self, input_shape):
        self.gain = self.add_weight(
            name="gain",
            shape=(input_shape[-1],),
            initializer=keras.initializers.Constant(self.initial),
        )

    def call(self, x):
        return x * self.gain

"""The two coarsest levels of a detector's pyramid."""

import keras


@keras.saving.register_keras_serializable(package="keras_attmask")
class CoarserLevels(keras.layers.Layer):
    """Adds "P6" and "P7" to a pyramid that ends with "P5".

    By convolutions of stride 2, the second behind a ReLU, as RetinaNet does
    (arXiv 1708.02002). The other levels pass: a simple feature pyramid needs
    no second one on top, and any grid of patches is welcome.

    Args:
        width: channels of the new levels.

    Call arguments:
        maps: dict from level to `(B, rows, columns, C)`, "P5" among them.

    Returns:
        A list of maps, finest first.
    """

    def __init__(self, width, **kwargs):
        super().__init__(**kwargs)
        self.width = width
        self.p6, self.p7 = (
            keras.layers.Conv2D(
                width, 3, 2, "same", name=name, dtype=self.dtype_policy
            )
            for name in ("p6", "p7")
        )

    def build(self, input_shape):
        self.p6.build(input_shape["P5"])
        self.p7.build((None, None, None, self.width))

    def compute_output_shape(self, input_shape):
        shapes = [input_shape[level] for level in sorted(input_shape)]
        for layer in (self.p6, self.p7):
            shapes.append(layer.compute_output_shape(shapes[-1]))
        return shapes

    def call(self, maps):
        p6 = self.p6(maps["P5"])
        p7 = self.p7(keras.ops.relu(p6))
        return [*(maps[level] for level in sorted(maps)), p6, p7]

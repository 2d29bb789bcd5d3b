"""Dense, with the bias inside the product where the backend can."""

import keras


@keras.saving.register_keras_serializable(package="keras_attmask")
class Dense(keras.layers.Dense):
    """`keras.layers.Dense`, faster on PyTorch.

    Keras adds the bias after the product: a pass over the memory that
    compilers join with others, and PyTorch, operation by operation, cannot.
    """

    def call(self, inputs, training=None):
        if keras.backend.backend() != "torch" or self.bias is None:
            return super().call(inputs, training=training)
        from torch.nn.functional import linear

        kernel, bias = (
            keras.ops.convert_to_tensor(v) for v in (self.kernel, self.bias)
        )
        y = linear(inputs, kernel.T, bias)
        return y if self.activation is None else self.activation(y)

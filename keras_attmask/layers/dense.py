"""Dense, by the fastest product that a backend has."""

import gc

import keras

from keras_attmask.errors import InputError
from keras_attmask.layers.product import product


@keras.saving.register_keras_serializable(package="keras_attmask")
class Dense(keras.layers.Dense):
    """`keras.layers.Dense`, faster on PyTorch; see `product`."""

    def quantize(self, mode=None, type_check=True, config=None):
        # Keras collects garbage after each layer: for half a second, unless
        # what a framework has loaded is out of the way.
        gc.freeze()
        try:
            # Of subclasses Keras knows nothing, and refuses them by type.
            super().quantize(mode, type_check=False, config=config)
        finally:
            gc.unfreeze()

    def call(self, inputs, training=None):
        if keras.backend.backend() != "torch":
            return super().call(inputs, training=training)
        y = product(inputs, self.kernel, self.bias)
        return y if self.activation is None else self.activation(y)

    def quantized_call(self, inputs, training=None):
        # Keras would go on training biases around a kernel that stays.
        if training and self.trainable and not self.lora_enabled:
            raise InputError(
                f"{self.path}: expected weights that can be trained, got "
                f"those of quantize({self.quantization_mode!r}); train first, "
                "freeze the backbone, or enable LoRA"
            )
        return super().quantized_call(inputs, training=training)

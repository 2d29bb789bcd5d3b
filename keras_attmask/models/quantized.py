"""What `quantize` did to a model, remembered by its config.

Keras keeps the layers of a model of its own kinds; of ours it keeps the
arguments alone, and those make layers that are not quantised.
"""

import keras

from keras_attmask.errors import InputError


def _leaves(model):
    """Layers that a model may have quantised, by path inside of it."""
    for layer in model._flatten_layers(include_self=False):
        if layer.built and layer.path:
            yield layer.path.split(f"{model.name}/", 1)[-1], layer


def require_float(network):
    """Refuses to take the weights of a network apart that are no floats.

    Args:
        network: a built Keras layer or model.

    Raises:
        InputError: when `quantize` has made other numbers of them.
    """
    for layer in network._flatten_layers():
        if layer.quantization_mode is not None:
            raise InputError(
                f"weights: expected those of a float network, got "
                f"{layer.path} after quantize({layer.quantization_mode!r})"
            )


class Quantized:
    """Makes `get_config` and `from_config` remember `quantize`."""

    def get_config(self):
        config = super().get_config()
        found = {
            path: keras.saving.serialize_keras_object(layer.quantization_config)
            for path, layer in _leaves(self)
            if layer.quantization_mode is not None
        }
        return {**config, "quantized": found} if found else config

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        found = config.pop("quantized", {})
        model = super().from_config(config)
        for path, layer in _leaves(model):
            # A network within may have remembered it by itself.
            if path in found and layer.quantization_mode is None:
                how = keras.saving.deserialize_keras_object(found[path])
                layer.quantize(how.mode, config=how)
        if found:
            model._post_quantize(None)
        return model

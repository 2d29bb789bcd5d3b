"""The live model's side of a comparison, in true float32."""

from keras_attmask.models import Classifier
from keras_attmask.models import VisionTransformer


def float32_twin(model):
    """The network itself, or its float32 copy if it computes in less.

    The weights of a model under a mixed policy are float32 already; what is
    served need not lose the digits that training gave up for speed.
    """
    if model.compute_dtype == "float32" or not _is_ours(model):
        return model
    changes = {"dtype": "float32"}
    if isinstance(model, Classifier):
        changes["backbone"] = float32_twin(model.backbone)
    twin = type(model).from_config(model.get_config() | changes)
    twin.set_weights(model.get_weights())
    return twin


def _is_ours(model):
    """Whether its dtype is an argument that rules all its layers."""
    return isinstance(model, (Classifier, VisionTransformer))

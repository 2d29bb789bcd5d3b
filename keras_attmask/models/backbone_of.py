"""The backbone that a model stands on."""

from keras_attmask.models.vision_transformer import VisionTransformer


def backbone_of(model):
    """The `VisionTransformer` that a model is or stands on, or None."""
    if isinstance(model, VisionTransformer):
        return model
    found = map(backbone_of, getattr(model, "layers", ()))
    return next((backbone for backbone in found if backbone), None)

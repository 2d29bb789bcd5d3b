"""Network architectures: no weights, no heads."""

from keras_attmask.models.vision_transformer import VisionTransformer

"""Network architectures, without weights."""

from keras_attmask.models.classifier import Classifier
from keras_attmask.models.feature_pyramid import feature_pyramid
from keras_attmask.models.vision_transformer import VisionTransformer

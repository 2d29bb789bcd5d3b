"""Pretrained backbones, the way `keras.applications` offers its models."""

from keras_attmask.applications.backbone_file import load_backbone
from keras_attmask.applications.imagenet import decode_predictions
from keras_attmask.applications.imagenet import preprocess_input
from keras_attmask.applications.run_recipe import load_preprocessing
from keras_attmask.applications.vision_transformers import ViTBase8
from keras_attmask.applications.vision_transformers import ViTBase14
from keras_attmask.applications.vision_transformers import ViTBase16
from keras_attmask.applications.vision_transformers import ViTLarge8
from keras_attmask.applications.vision_transformers import ViTLarge16
from keras_attmask.applications.vision_transformers import ViTSmall8
from keras_attmask.applications.vision_transformers import ViTSmall14
from keras_attmask.applications.vision_transformers import ViTSmall16
from keras_attmask.applications.vision_transformers import ViTTiny8
from keras_attmask.applications.vision_transformers import ViTTiny16

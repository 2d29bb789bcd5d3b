"""What is done to labelled images, and their labels, while training."""

from keras_attmask.augmentation.augmentation import Augmentation
from keras_attmask.augmentation_settings import AugmentationSettings

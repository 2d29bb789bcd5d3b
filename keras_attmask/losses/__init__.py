"""Self-distillation losses and their one piece of state."""

from keras_attmask.losses.centering import Centering
from keras_attmask.losses.self_distillation import class_loss
from keras_attmask.losses.self_distillation import cross_entropy
from keras_attmask.losses.self_distillation import patch_loss
from keras_attmask.losses.self_distillation import share_of_patches
from keras_attmask.losses.self_distillation import teacher_probabilities
from keras_attmask.losses.self_distillation import view_entropy

"""Self-distillation losses and their one piece of state."""

from keras_attmask.losses.centering import Centering
from keras_attmask.losses.self_distillation import class_loss
from keras_attmask.losses.self_distillation import patch_loss
from keras_attmask.losses.self_distillation import teacher_probabilities

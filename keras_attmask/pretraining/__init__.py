"""A whole run, from a recipe to an exported backbone."""

from keras_attmask.pretraining.dry_run import dry_run
from keras_attmask.pretraining.run import pretrain

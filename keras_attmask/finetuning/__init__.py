"""A whole fine-tuning, from a recipe to a classifier."""

from keras_attmask.finetuning.run import finetune

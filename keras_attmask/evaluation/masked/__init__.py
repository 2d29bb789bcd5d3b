"""What is still seen in images whose most attended patches are black."""

from keras_attmask.evaluation.masked.accuracy import masked

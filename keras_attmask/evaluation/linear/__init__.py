"""Linear heads on a frozen backbone."""

from keras_attmask.evaluation.linear.head import linear_head
from keras_attmask.evaluation.linear.probe import linear
from keras_attmask.evaluation.linear.settings import Head
from keras_attmask.evaluation.linear.settings import sweep_heads

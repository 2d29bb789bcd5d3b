"""How well class attention finds things that nobody has named."""

from keras_attmask.evaluation.attention.protocol import attention

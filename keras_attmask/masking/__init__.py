"""Which patches the student does not see: one strategy a file."""

from keras_attmask.masking.attention_guided import AttentionGuidedMasking
from keras_attmask.masking.block_masking import BlockMasking
from keras_attmask.masking.random_masking import RandomMasking
from keras_attmask.masking.strategy import MaskingStrategy

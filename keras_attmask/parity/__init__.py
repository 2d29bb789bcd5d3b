"""Proof against recorded numbers of the original implementations."""

from keras_attmask.parity.expected import compare_outputs
from keras_attmask.parity.npz_file import read_npz
from keras_attmask.parity.replay import replay

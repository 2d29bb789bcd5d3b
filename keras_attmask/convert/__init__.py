"""Weights in and out: official code, DINO, timm, transformers."""

from keras_attmask.convert.checkpoint import Checkpoint
from keras_attmask.convert.checkpoint import Network
from keras_attmask.convert.loader import load_checkpoint
from keras_attmask.convert.report import Report
from keras_attmask.convert.saver import save_checkpoint

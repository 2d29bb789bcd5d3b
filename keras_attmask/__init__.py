"""AttMask for Keras 3: self-supervised pretraining of Vision Transformers.

Images are hidden from a student where its teacher looks (arXiv 2203.12719);
the backbone is measured, exported and reused. See `attmask --help`.
"""

import pathlib
import sys

from keras_attmask.version import VERSION

__version__ = VERSION


def _is_command_line():
    """Whether this is `attmask ...` or `python -m keras_attmask ...`."""
    program = pathlib.Path((sys.argv or [""])[0]).name
    return program in ("-m", "attmask", "attmask.exe")


# The command line answers `--help` and finds mistakes without waiting for a
# framework; its commands import what they need. Everybody else gets it all.
if not _is_command_line():
    from keras_attmask import applications
    from keras_attmask import augmentation
    from keras_attmask import callbacks
    from keras_attmask import convert
    from keras_attmask import data
    from keras_attmask import dense
    from keras_attmask import distribution
    from keras_attmask import evaluation
    from keras_attmask import export
    from keras_attmask import layers
    from keras_attmask import losses
    from keras_attmask import masking
    from keras_attmask import models
    from keras_attmask import recipe
    from keras_attmask import schedules
    from keras_attmask import visualize
    from keras_attmask.finetuning import finetune
    from keras_attmask.pretraining import pretrain
    from keras_attmask.training import AdamW
    from keras_attmask.training import Distiller
    from keras_attmask.training import layer_decay

"""Seeds of what draws by itself: initial weights, above all."""

import random

import keras
import numpy as np


def seed_all(seed):
    """`keras.utils.set_random_seed`, without TensorFlow on other backends.

    Keras' own loads TensorFlow wherever it is installed: seconds of each
    start, and some hundred megabytes.

    Args:
        seed: whole number.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        keras.utils.set_random_seed(seed)
        return
    random.seed(seed)
    np.random.seed(seed)
    if backend == "torch":
        import torch

        torch.manual_seed(seed)

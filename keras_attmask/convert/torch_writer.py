"""Writes `.pth` files. The one place that needs PyTorch."""

import argparse
import collections
import importlib.util

import numpy as np

from keras_attmask.errors import InputError


def require_torch():
    """Names a missing PyTorch in one line.

    Raises:
        InputError: when it is not installed.
    """
    if importlib.util.find_spec("torch") is None:
        raise InputError(
            ".pth file: expected PyTorch to write it "
            "(pip install 'keras_attmask[torch]'), got none; "
            ".safetensors needs none"
        )


def state_dict(arrays):
    """An OrderedDict of tensors; arrays that are one stay one."""
    import torch

    made = {}
    for array in arrays.values():
        if id(array) not in made:
            copy = np.array(array, "float32", order="C")
            made[id(array)] = torch.from_numpy(copy)
    return collections.OrderedDict(
        (name, made[id(array)]) for name, array in arrays.items()
    )


def write_torch_file(entries, path):
    """Saves a dict as the official code does.

    Args:
        entries: name to a dict of arrays, or to a plain value; "args" is
            turned into an `argparse.Namespace`.
        path: file, overwritten.
    """
    import torch

    saved = {}
    for name, value in entries.items():
        if name == "args":
            saved[name] = argparse.Namespace(**value)
        elif isinstance(value, dict):
            saved[name] = state_dict(value)
        else:
            saved[name] = value
    torch.save(saved, path)


def write_state_dict(arrays, path):
    """Saves one state dict without anything around it."""
    import torch

    torch.save(state_dict(arrays), path)

"""How many attention heads a checkpoint has: its tensors do not say."""

import re

from keras_attmask.errors import InputError

ARCHITECTURES = {"tiny": 3, "small": 6, "base": 12, "large": 16}
_HEAD_DIM = 64


def _named(text):
    """Heads of the one architecture that a name mentions, or None."""
    words = set(re.findall("|".join(ARCHITECTURES), text.lower()))
    return ARCHITECTURES[words.pop()] if len(words) == 1 else None


def find_num_heads(hidden_dim, given=None, config=None, arch=None, file=""):
    """Number of heads, and what told it.

    In this order: the caller, `config.json`, the name of the architecture
    that the checkpoint records, heads of 64 channels (as in all published
    models), the name of the file.

    Args:
        hidden_dim: width D.
        given: what the caller says, or None.
        config: what the file's own configuration says, or None.
        arch: name such as "vit_small", or None.
        file: name of the file.

    Returns:
        `(num_heads, origin)`; a pair of None when nothing tells.

    Raises:
        InputError: when the number does not divide D.
    """
    candidates = (
        (given, "as given"),
        (config, "from config.json"),
        (_named(str(arch or "")), f"from the architecture {arch}"),
        (
            None if hidden_dim % _HEAD_DIM else hidden_dim // _HEAD_DIM,
            f"heads of {_HEAD_DIM} channels",
        ),
        (_named(file), f"from the file name {file}"),
    )
    for number, origin in candidates:
        if number is None:
            continue
        if not isinstance(number, int) or number < 1 or hidden_dim % number:
            raise InputError(
                f"number of heads: expected a divisor of the width "
                f"{hidden_dim}, got {number!r} ({origin})"
            )
        return number, origin
    return None, None

"""timm's other ways to lay out a position table."""

import numpy as np


def to_ours(arrays, positions):
    """Gives the table one entry for the class token, none for registers.

    A class token without position gets zeros; positions of registers are
    added to the registers, as the network does.

    Args:
        arrays: dict of our name to array; changed in place.
        positions: leading entries that belong to no patch.
    """
    table = arrays["pos_embed"]  # (1, positions + N, D)
    if positions == 0:
        arrays["pos_embed"] = np.pad(table, ((0, 0), (1, 0), (0, 0)))
    elif positions > 1:
        arrays["registers"] = arrays["registers"] + table[:, 1:positions]
        arrays["pos_embed"] = np.delete(table, range(1, positions), axis=1)


def to_timm(arrays):
    """The layout of timm for networks with registers, in place.

    A class token whose position is zero needs none (`no_embed_class`, as
    in timm's own models with registers); otherwise all extra tokens have
    one, and that of the registers is zero.
    """
    if "registers" not in arrays:
        return
    table = arrays["pos_embed"]
    if not table[:, 0].any():
        arrays["pos_embed"] = table[:, 1:]
        return
    zeros = np.zeros_like(arrays["registers"])
    arrays["pos_embed"] = np.concatenate(
        [table[:, :1], zeros, table[:, 1:]], axis=1
    )

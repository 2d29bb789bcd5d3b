"""The nearest rows of a bank, exactly and in bounded memory."""

import numpy as np

from keras_attmask.device import accelerator
from keras_attmask.evaluation.nearest.on_device import DeviceSearch
from keras_attmask.evaluation.nearest.on_host import HostSearch
from keras_attmask.evaluation.nearest.unit import at_length_one

_PART = 131072  # rows of the bank at a time; products of 256 then take 128 MiB


def nearest_rows(queries, bank, count, unit=False, on_device=None):
    """The rows of a bank with the greatest products, greatest first.

    Args:
        queries: float32 `(n, D)`.
        bank: float `(m, D)`, in memory or mapped into it.
        count: rows wanted, k; a smaller bank gives all of its.
        unit: bring the bank's rows to length one, a part at a time.
        on_device: search on the accelerator; None does so if there is one.

    Returns:
        `(similarity, rows)`: float32 and int64 `(n, k)`. Of equal ones the
        earlier row comes first.
    """
    if on_device is None:
        on_device = accelerator() is not None
    search = (DeviceSearch if on_device else HostSearch)(queries, count)
    similarity = np.empty((len(queries), 0), "float32")
    rows = np.empty((len(queries), 0), "int64")
    for start in range(0, len(bank), _PART):
        part = np.asarray(bank[start : start + _PART], "float32")
        part = at_length_one(part) if unit else part
        width = min(count, start + len(part))
        joined = np.empty((len(queries), width), "float32")
        places = np.empty((len(queries), width), "int64")
        for place, values, found in search(part):
            values = np.concatenate([similarity[place], values], axis=1)
            found = np.concatenate([rows[place], found + start], axis=1)
            # Stable: of equal ones, those of earlier parts come first.
            order = np.argsort(-values, axis=1, kind="stable")[:, :width]
            joined[place] = np.take_along_axis(values, order, axis=1)
            places[place] = np.take_along_axis(found, order, axis=1)
        similarity, rows = joined, places
    return similarity, rows

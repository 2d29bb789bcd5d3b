"""How deep the networks are that tests of all constructors make.

One block tells as much as twelve about shapes, files and precision. What is
as it is published takes gigabytes and a good while; it is made on request:

    KERAS_ATTMASK_BATTERY=full pytest -n 0 -s \
        tests/applications/test_every_constructor.py \
        tests/applications/test_battery.py
"""

import dataclasses
import os

from keras_attmask.applications import architectures
from keras_attmask.applications.architectures import Architecture

FULL = os.environ.get("KERAS_ATTMASK_BATTERY") == "full"
ROWS = [v for v in vars(architectures).values() if isinstance(v, Architecture)]


def title(row):
    return row.title


def made(row):
    """The row itself, or with one block."""
    return row if FULL else dataclasses.replace(row, num_layers=1)


def shape_of(row):
    """Images of two by three patches."""
    return 2 * row.patch_size, 3 * row.patch_size, 3

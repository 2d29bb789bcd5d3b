"""Tests that one backend is enough for."""

import keras
import pytest


def once(why, backend="torch"):
    """Mark of a test that takes long and runs on one backend alone.

    Args:
        why: the others would find nothing new.
        backend: on which it runs.
    """
    return pytest.mark.skipif(
        keras.backend.backend() != backend, reason=f"on {backend} alone: {why}"
    )

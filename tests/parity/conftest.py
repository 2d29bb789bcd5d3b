"""The recorded numbers of the originals, which lie beside the repository."""

import pathlib

import pytest

FOLDER = pathlib.Path(__file__).parents[3] / "shared" / "fixtures"


@pytest.fixture(scope="session")
def recorded():
    """Path of a recorded file, by name; skips where there is none."""

    def find(name):
        path = FOLDER / name
        if not path.exists():
            pytest.skip(f"no recorded numbers: {path} is missing")
        return path

    return find

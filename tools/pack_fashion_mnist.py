"""Makes keras_attmask/data/assets/fashion_mnist/fashion_mnist.npz.

Takes the first pictures of each class, in the order of the originals, from
the four idx files of Fashion-MNIST (Debian: dataset-fashion-mnist; or
https://github.com/zalandoresearch/fashion-mnist):

    python tools/pack_fashion_mnist.py FOLDER_WITH_IDX_GZ_FILES
"""

import argparse
import gzip
import os
import pathlib

import numpy as np

TARGET = (
    pathlib.Path(__file__).parents[1]
    / "keras_attmask/data/assets/fashion_mnist/fashion_mnist.npz"
)
SPLITS = {"train": ("train", 1200), "test": ("t10k", 200)}  # files, a class


def read_idx(path):
    """Reads one idx file: two zero bytes, type, rank, sizes, then bytes."""
    content = gzip.decompress(path.read_bytes())
    rank = content[3]
    shape = np.frombuffer(content, ">i4", rank, offset=4)
    return np.frombuffer(content, "uint8", offset=4 + 4 * rank).reshape(shape)


def first_of_each_class(labels, count):
    """Indices of the first `count` members of each class, ascending."""
    members = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    return np.sort(np.concatenate([m[:count] for m in members]))


def pack(folder):
    """The arrays of the packed file, by name."""
    arrays = {}
    for split, (prefix, count) in SPLITS.items():
        images = read_idx(folder / f"{prefix}-images-idx3-ubyte.gz")
        labels = read_idx(folder / f"{prefix}-labels-idx1-ubyte.gz")
        chosen = first_of_each_class(labels, count)
        arrays[f"{split}_images"] = images[chosen][..., None]
        arrays[f"{split}_labels"] = labels[chosen]
    return arrays


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--target", type=pathlib.Path, default=TARGET)
    arguments = parser.parse_args()
    temporary = arguments.target.with_suffix(".tmp.npz")
    np.savez_compressed(temporary, **pack(arguments.folder))
    os.replace(temporary, arguments.target)
    print(f"{arguments.target}: {arguments.target.stat().st_size} bytes")


if __name__ == "__main__":
    main()

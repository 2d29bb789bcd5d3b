"""Small data sets in the folders of published retrieval benchmarks."""

import pickle

import numpy as np
from PIL import Image
from scipy.io import savemat

from keras_attmask.data import open_source


def garments(count):
    """That many different pictures, uint8 `(count, 28, 28, 3)`."""
    images = open_source("bundled:fashion_mnist/test").images[:count]
    return np.repeat(images, 3, axis=-1)


def save(image, path):
    """Writes pixels, unchanged whatever the name says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        Image.fromarray(image).save(file, "PNG")


def write_cub(folder, images, classes):
    """`CUB_200_2011` of images and their classes, counted from 1."""
    folder = folder / "CUB_200_2011"
    names, labels = [], []
    for number, (image, label) in enumerate(zip(images, classes), 1):
        name = f"{label:03d}.Bird/Bird_{number}.jpg"
        save(image, folder / "images" / name)
        names.append(f"{number} {name}\n")
        labels.append(f"{number} {label}\n")
    (folder / "images.txt").write_text("".join(names))
    (folder / "image_class_labels.txt").write_text("".join(labels))
    return folder


def _annotations(path, name, rows):
    fields = [(name, "O"), ("bbox_x1", "O"), ("class", "O")]
    rows = [(file, 1.0, float(label)) for file, label in rows]
    path.parent.mkdir(parents=True, exist_ok=True)
    savemat(path, {"annotations": np.array(rows, fields)[None]})


def write_cars(folder, images, classes):
    """`cars_annos.mat` and `car_ims`; classes count from 1."""
    rows = []
    for number, (image, label) in enumerate(zip(images, classes), 1):
        name = f"car_ims/{number:06d}.jpg"
        save(image, folder / name)
        rows.append((name, label))
    _annotations(folder / "cars_annos.mat", "relative_im_path", rows)
    return folder


def write_cars_devkit(folder, images, classes, test="devkit/"):
    """`devkit` with `cars_train` and `cars_test`, images in turn."""
    rows = {"train": [], "test": []}
    for number, (image, label) in enumerate(zip(images, classes)):
        part = ("train", "test")[number % 2]
        name = f"{number:05d}.jpg"
        save(image, folder / f"cars_{part}" / name)
        rows[part].append((name, label))
    for place, part in (
        ("devkit/cars_train_annos.mat", "train"),
        (f"{test}cars_test_annos_withlabels.mat", "test"),
    ):
        _annotations(folder / place, "fname", rows[part])
    return folder


def write_products(folder, images, classes):
    """`Stanford_Online_Products`; classes count from 1."""
    folder = folder / "Stanford_Online_Products"
    lines = ["image_id class_id super_class_id path\n"]
    for number, (image, label) in enumerate(zip(images, classes), 1):
        name = f"bicycle_final/{label}_{number}.JPG"
        save(image, folder / name)
        lines.append(f"{number} {label} 1 {name}\n")
    (folder / "Ebay_test.txt").write_text("".join(lines))
    return folder


def write_in_shop(folder, images, rows, deep=True):
    """In-Shop of images and a pair (item, part) each.

    Args:
        folder: of the benchmark.
        images: uint8 `(n, H, W, 3)`.
        rows: one pair an image.
        deep: as unpacked; or list and images side by side.
    """
    lines = [f"{len(rows)}\n", "image_name item_id evaluation_status\n"]
    for number, (image, (item, part)) in enumerate(zip(images, rows)):
        name = f"img/WOMEN/Tees/{item}/{number:02d}_front.jpg"
        save(image, (folder / "Img" if deep else folder) / name)
        lines.append(f"{name}      {item}  {part}\n")
    listing = folder / ("Eval" if deep else "") / "list_eval_partition.txt"
    listing.parent.mkdir(parents=True, exist_ok=True)
    listing.write_text("".join(lines))
    return folder


def write_revisited(folder, queries, database, truth, name="roxford5k"):
    """One of the two benchmarks.

    Args:
        folder: around it.
        queries: images, by name.
        database: images, by name.
        truth: for each query a dict of "bbx", "easy", "hard" and "junk".
        name: of the benchmark.
    """
    folder = folder / name
    for part in (queries, database):
        for word, image in part.items():
            save(image, folder / "jpg" / f"{word}.jpg")
    read = {"imlist": list(database), "qimlist": list(queries), "gnd": truth}
    (folder / f"gnd_{name}.pkl").write_bytes(pickle.dumps(read, 2))
    return folder

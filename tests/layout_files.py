"""Small folders of published layouts, made of real images."""

import numpy as np
from PIL import Image
from sklearn.datasets import load_sample_images

PHOTOS = load_sample_images().images  # a temple and a flower, 427 x 640


def photo(index, size):
    """One of the photographs, `(height, width)` given."""
    return Image.fromarray(PHOTOS[index % 2]).resize(size[::-1])


def save(array, path, palette=False):
    """Writes labels as PNG, with a palette as PASCAL VOC does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(np.asarray(array, "uint8"))
    if palette:
        image.putpalette([n * 37 % 256 for n in range(768)])
    image.save(path)


def make_ade20k(place, masks, size=(40, 60)):
    """ADEChallengeData2016 with the given masks.

    Args:
        place: `pathlib.Path` of the folder that shall hold it.
        masks: dict from "training" and "validation" to label arrays.
        size: of the photographs.
    """
    root = place / "ADEChallengeData2016"
    for split, labels in masks.items():
        for number, mask in enumerate(labels, 1):
            stem = f"ADE_{split[:5]}_{number:08d}"
            image = root / "images" / split / f"{stem}.jpg"
            image.parent.mkdir(parents=True, exist_ok=True)
            photo(number, size).save(image)
            save(mask, root / "annotations" / split / f"{stem}.png")
    names = [f"{n}\t0.1\t1\t1\tthing {n}, or so" for n in range(1, 151)]
    head = "Idx\tRatio\tTrain\tVal\tName"
    (root / "objectInfo150.txt").write_text("\n".join([head, *names]) + "\n")
    return root


_THING = """<object><name>cat</name><difficult>0</difficult><part><bndbox>
<xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></part>
<bndbox><xmax>{2}</xmax><xmin>{0}</xmin><ymin>{1}</ymin><ymax>{3}</ymax>
</bndbox></object>"""


def make_voc(place, masks, boxes, size=(40, 60)):
    """VOCdevkit with the given masks, of classes and things alike.

    Args:
        place: `pathlib.Path` of the folder that shall hold it.
        masks: dict from "train" and "val" to label arrays.
        boxes: for each mask, in order, lists of (xmin, ymin, xmax, ymax).
        size: of the photographs.
    """
    root, boxes = place / "VOCdevkit" / "VOC2012", iter(boxes)
    lists = root / "ImageSets" / "Segmentation"
    for folder in (lists, root / "JPEGImages", root / "Annotations"):
        folder.mkdir(parents=True)
    for split, labels in masks.items():
        names = [f"2007_{split}{number}" for number in range(len(labels))]
        (lists / f"{split}.txt").write_text("\n".join(names) + "\n")
        for number, (name, mask) in enumerate(zip(names, labels)):
            photo(number, size).save(root / "JPEGImages" / f"{name}.jpg")
            for folder in ("SegmentationClass", "SegmentationObject"):
                save(mask, root / folder / f"{name}.png", palette=True)
            things = "".join(_THING.format(*box) for box in next(boxes))
            annotation = f"<annotation>{things}</annotation>"
            (root / "Annotations" / f"{name}.xml").write_text(annotation)
    return root


def make_image_masks(place, masks, size=(40, 60)):
    """A folder of images/ and masks/ with the given masks."""
    for number, mask in enumerate(masks):
        image = place / "images" / "some" / f"{number}.jpg"
        image.parent.mkdir(parents=True, exist_ok=True)
        photo(number, size).save(image)
        save(mask, place / "masks" / "some" / f"{number}.png")
    return place

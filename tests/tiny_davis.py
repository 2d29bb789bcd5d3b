"""DAVIS 2017 made tiny: photographed garments that move by whole steps."""

import numpy as np
from PIL import Image

from keras_attmask.data import make_scenes
from keras_attmask.data.layouts.indexed_png import write_indexed

PALETTE = np.zeros((256, 3), "uint8")
PALETTE[1:4] = (200, 30, 30), (30, 200, 30), (30, 30, 200)


def scene(seed, size):
    """`(image, mask)` of two garments, numbered 1 and 2."""
    scenes = make_scenes("test", 1, size, garments=(2, 2), seed=seed)
    classes = np.unique(scenes.masks[0])
    assert len(classes) == 3
    return scenes.images[0], np.searchsorted(classes, scenes.masks[0])


def write_film(root, name, frames, masks):
    """Writes the frames and masks of one film."""
    for index, (frame, mask) in enumerate(zip(frames, masks)):
        folder = root / "JPEGImages" / "480p" / name
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(frame).save(folder / f"{index:05}.jpg", quality=95)
        path = root / "Annotations" / "480p" / name / f"{index:05}.png"
        write_indexed(path, mask.astype("uint8"), PALETTE)


def write_list(root, names, split="val"):
    """Writes the list of a split."""
    path = root / "ImageSets" / "2017" / f"{split}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{name}\n" for name in names))


def make_davis(
    folder, films=2, frames=5, size=(64, 128), shift=(0, 8), names=None
):
    """A folder DAVIS; film i is a scene that moves i times `shift` a frame.

    Film 0 stands still.
    """
    root = folder / "DAVIS"
    names = names or [f"film-{number}" for number in range(films)]
    for number, name in enumerate(names):
        image, mask = scene(number, size)
        steps = [
            tuple(number * index * s for s in shift) for index in range(frames)
        ]
        write_film(
            root,
            name,
            [np.roll(image, step, (0, 1)) for step in steps],
            [np.roll(mask, step, (0, 1)) for step in steps],
        )
    write_list(root, names)
    return root

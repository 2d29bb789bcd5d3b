"""The backgrounds challenge by images of a bright ninth, read by eye."""

import json

import keras
import numpy as np
import pytest
from keras import ops
from PIL import Image

from keras_attmask.data import Preprocessing
from keras_attmask.errors import InputError
from keras_attmask.evaluation import Head
from keras_attmask.evaluation import Reader
from keras_attmask.evaluation import backgrounds
from keras_attmask.evaluation import linear_head
from keras_attmask.models import VisionTransformer

NAMES = [f"0{number}_thing" for number in range(9)]
PLAIN = Preprocessing((24, 24, 1), (0.0,), (1.0,), 0.5)


class Ninths(keras.Model):
    """A classifier that says which ninth of an image is the brightest.

    Args:
        names: of the outputs, one a ninth, or None.
        more: outputs behind those, which are never said.
    """

    def __init__(self, names=None, more=0):
        super().__init__()
        self.backbone = VisionTransformer((24, 24, 1), 8, 1, 1, 4)
        self.scores = keras.layers.Activation("linear")
        self.more = more
        if names is not None:
            self.names = tuple(names)
        self.built = True

    def call(self, images):
        parts = ops.reshape(images, (-1, 3, 8, 3, 8))
        means = ops.reshape(ops.mean(parts, axis=(2, 4)), (-1, 9))
        return self.scores(ops.pad(means, [(0, 0), (0, self.more)]))


def write(folder, variation, bright, copies=1):
    """One image a class, its ninth `bright[class]` lit; more of class 0."""
    for number, name in enumerate(NAMES):
        place = folder / variation / "val" / name
        place.mkdir(parents=True)
        pixels = np.full((3, 3), 40, "uint8")
        pixels.flat[bright[number]] = 220
        image = Image.fromarray(pixels.repeat(8, 0).repeat(8, 1))
        for copy in range(copies if number == 0 else 1):
            image.save(place / f"{copy}.JPEG", quality=95)


@pytest.fixture
def folder(tmp_path):
    own = list(range(9))
    write(tmp_path, "original", own)
    write(tmp_path, "mixed_same", [0, 1, 2, 4, 3, 5, 6, 7, 8])
    write(tmp_path, "mixed_rand", [0, *own[2:], 1], copies=4)
    return tmp_path


def test_nine_outputs_without_names(folder):
    found = backgrounds(Ninths(), folder, PLAIN, output=folder / "out")
    assert found == {
        "mixed_rand": pytest.approx(4 / 12),  # class 0 has four images
        "mixed_same": pytest.approx(7 / 9),
        "original": 1,
        "bg_gap": pytest.approx(7 / 9 - 4 / 12),
    }
    written = (folder / "out" / "backgrounds.json").read_text()
    assert json.loads(written) == found
    limited = backgrounds(Ninths(), folder, PLAIN, limit=9, batch_size=4)
    assert limited["mixed_rand"] == pytest.approx(1 / 9)  # one a class


def test_nine_outputs_are_found_by_name(folder):
    names = [NAMES[n] for n in (0, 1, 2, 4, 3, 5, 6, 7, 8)]
    found = backgrounds(Ninths(names), folder, PLAIN)
    assert found["mixed_same"] == 1
    assert found["original"] == pytest.approx(7 / 9)


def test_other_classes_go_by_a_table(folder):
    table = {**{str(n): n for n in range(9)}, "8": -1, "9": 8}
    path = folder / "in_to_in9.json"
    path.write_text(json.dumps(table))
    network = Ninths([f"n{n}" for n in range(10)], more=1)
    found = backgrounds(network, folder, PLAIN)
    assert found["original"] == pytest.approx(8 / 9)
    assert found["mixed_same"] == pytest.approx(6 / 9)
    # A table of somewhere else comes before that of the folder.
    other = folder / "other.json"
    other.write_text(json.dumps({str(n): -1 for n in range(10)}))
    assert backgrounds(network, folder, PLAIN, other)["original"] == 0
    path.unlink()
    with pytest.raises(InputError, match="^class_map: .*10 classes.*in9.json"):
        backgrounds(network, folder, PLAIN)


def test_one_variation_has_no_gap(tmp_path):
    write(tmp_path, "only_fg", [0] * 9)
    found = backgrounds(Ninths(), tmp_path, PLAIN)
    assert found == {"only_fg": pytest.approx(1 / 9)}


def test_what_is_no_number_is_wrong(folder):
    class Lost(Ninths):
        def call(self, images):
            return super().call(images) * float("nan")

    assert backgrounds(Lost(), folder, PLAIN)["original"] == 0


def test_a_backbone_alone_learns_a_head_first(folder):
    keras.utils.set_random_seed(0)
    reader = Reader(VisionTransformer((24, 24, 1), 8, 1, 1, 8), PLAIN)
    train = folder / "original" / "val"
    learnt = backgrounds(reader, folder, train=train)
    head = linear_head(reader, train, head=Head(0.1, 1))
    # Its classes are the nine folders: no table is asked for.
    assert learnt == backgrounds(head, folder, PLAIN)
    with pytest.raises(InputError, match="^train: expected labelled images"):
        backgrounds(reader, folder)

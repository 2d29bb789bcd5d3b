import csv
import json

import keras
import numpy as np
import pytest
from PIL import Image
from tiny_davis import PALETTE
from tiny_davis import make_davis
from tiny_davis import write_film
from tiny_davis import write_list

from keras_attmask.data import Preprocessing
from keras_attmask.data.layouts.davis import open_davis
from keras_attmask.data.layouts.indexed_png import read_indexed
from keras_attmask.errors import InputError
from keras_attmask.evaluation import Reader
from keras_attmask.evaluation import video
from keras_attmask.evaluation.video import Propagation
from keras_attmask.evaluation.video import mask_of
from keras_attmask.evaluation.video.film import film_scores
from keras_attmask.evaluation.video.film import found_masks
from keras_attmask.evaluation.video.frames import fitted_size
from keras_attmask.evaluation.video.label_maps import one_hot
from keras_attmask.models import VisionTransformer

PATCH = 8
NAMES = ["j_and_f", "j", "j_recall", "j_decay", "f", "f_recall", "f_decay"]


class Pixels(keras.Model):
    """A backbone whose patch tokens are the pixels of the patches."""

    image_shape = (32, 32, 3)
    patch_size = PATCH

    def call(self, images, outputs=None, training=False):
        _, height, width, channels = images.shape
        rows, columns = height // PATCH, width // PATCH
        shape = (-1, rows, PATCH, columns, PATCH, channels)
        x = keras.ops.reshape(images, shape)
        x = keras.ops.transpose(x, (0, 1, 3, 2, 4, 5))
        tokens = keras.ops.reshape(x, (-1, rows * columns, PATCH**2 * channels))
        return {"patch_tokens": tokens}


def pixels():
    return Reader(
        Pixels(), Preprocessing((32, 32, 3), (0.2,) * 3, (0.2,) * 3), 2
    )


@pytest.fixture(scope="module")
def small():
    backbone = VisionTransformer((32, 32, 3), PATCH, 1, 2, 16)
    return Reader(backbone, batch_size=4)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return make_davis(tmp_path_factory.mktemp("davis"), frames=5)


@pytest.fixture(scope="module")
def measured(small, root, tmp_path_factory):
    output = tmp_path_factory.mktemp("output") / "found"
    return video(small, root, size=64, output=output), output


def blocks(folder, shift, frames=4):
    """A film of noise in patches that moves by whole ones, and an object."""
    random = np.random.default_rng(0)
    image = random.integers(0, 255, (128, 256, 3), "uint8")
    mask = np.zeros((128, 256), "uint8")
    mask[40:72, 96:136] = 3
    moved = [np.multiply(shift, PATCH * i) for i in range(frames)]
    write_film(
        folder / "DAVIS",
        "noise",
        [np.roll(image, tuple(by), (0, 1)) for by in moved],
        [np.roll(mask, tuple(by), (0, 1)) for by in moved],
    )
    write_list(folder / "DAVIS", ["noise"])
    return folder


@pytest.mark.parametrize("shift", [(0, 0), (0, 1), (1, 2)])
def test_what_moves_by_whole_patches_is_found_again(tmp_path, shift):
    folder = blocks(tmp_path, shift)
    (film,) = open_davis(folder)
    given = film.mask(0)
    of_patches = one_hot(given[::PATCH, ::PATCH], [0, 3])
    enlarged = 3 * mask_of(of_patches, (16, 32), PATCH, given.shape)
    rule = Propagation(1, radius=3)
    for index, found in enumerate(found_masks(pixels(), film, 128, rule)):
        expected = given if index == 0 else enlarged
        moved = np.roll(expected, np.multiply(shift, PATCH * index), (0, 1))
        assert np.array_equal(found, moved)
    scores = video(pixels(), folder, size=128, num_neighbors=1, radius=3)
    # Of bilinear maps the corners are round.
    assert scores["j"] == pytest.approx(
        (enlarged > 0).sum() / (given > 0).sum()
    )
    assert scores["j"] > 0.98 and scores["f"] == 1 and scores["objects"] == 1
    assert scores["j_recall"] == scores["f_recall"] == 1
    assert scores["j_decay"] == scores["f_decay"] == 0


def test_what_moves_too_far_is_lost(tmp_path):
    folder = blocks(tmp_path, (0, 3))
    scores = video(pixels(), folder, size=128, num_neighbors=1, radius=2)
    assert scores["j"] < 0.5


def test_scores_are_named_and_whole(measured):
    scores, output = measured
    assert list(scores) == [*NAMES, "objects"] and scores["objects"] == 4
    assert scores["j_and_f"] == pytest.approx((scores["j"] + scores["f"]) / 2)
    assert 0.3 < scores["j"] < 1 and 0.3 < scores["f"] < 1
    assert json.loads((output / "video.json").read_text()) == scores


def test_masks_are_written_as_the_official_evaluation_reads_them(
    measured, root
):
    scores, output = measured
    found = []
    for film in open_davis(root):
        masks = []
        for path in film.masks:
            name = path.rpartition("/")[2]
            with Image.open(output / film.name / name) as image:
                assert image.mode == "P" and image.size == (128, 64)
            mask, palette = read_indexed(output / film.name / name)
            assert np.array_equal(palette, PALETTE)
            masks.append(mask)
        assert np.array_equal(masks[0], film.mask(0))
        found.append(film_scores(film, masks))
    # What was written is what was measured.
    assert np.mean(found[0][..., 0]) != np.mean(found[1][..., 0])
    marks = np.concatenate(found).mean(axis=(0, 1))
    assert marks == pytest.approx([scores["j"], scores["f"]])


def test_a_table_of_objects_and_a_picture(measured):
    scores, output = measured
    rows = list(csv.DictReader((output / "video_objects.csv").open()))
    assert [(row["sequence"], row["object"]) for row in rows] == [
        (f"film-{film}", str(number)) for film in (0, 1) for number in (1, 2)
    ]
    mean = np.mean([float(row["j"]) for row in rows])
    assert mean == pytest.approx(scores["j"], abs=1e-3)
    with Image.open(output / "video.png") as image:
        seen = np.asarray(image.convert("RGB")).astype(int)
    red = (seen[..., 0] > seen[..., 1] + 60) & (seen[..., 0] > 120)
    assert red.mean() > 0.001  # object 1, as the palette has it


def test_one_film_of_those_there_are(small, root):
    scores = video(small, root, size=64, limit=1)
    assert scores["objects"] == 2


def test_objects_come_and_go(tmp_path):
    """Scores of masks that are given, by hand."""
    frames = [np.zeros((20, 30, 3), "uint8")] * 5
    truth = np.zeros((5, 20, 30), "uint8")
    truth[0, 5:10, 5:10] = 1
    truth[0, 12:16, 5:10] = 4
    truth[2, 5:10, 5:10] = 1  # gone in frame 1, here again in 2, not in 3
    truth[1:, 0:3, 0:3] = 2  # was not on the first: does not count
    write_film(tmp_path, "film", frames, truth)
    write_list(tmp_path, ["film"])
    (film,) = open_davis(tmp_path)
    found = np.zeros_like(truth)
    found[1:4, 5:10, 5:10] = 1
    scores = film_scores(film, found)
    assert scores.shape == (2, 3, 2)
    assert scores[0].tolist() == [[0, 0], [1, 1], [0, 0]]
    assert (scores[1] == 1).all()  # nowhere, and found nowhere


def test_pixels_that_do_not_count(tmp_path):
    truth = np.zeros((4, 20, 30), "uint8")
    truth[:, 5:10, 5:10] = 1
    truth[:, 5:10, 10:15] = 255
    frames = [np.zeros((20, 30, 3), "uint8")] * 4
    write_film(tmp_path, "film", frames, truth)
    write_list(tmp_path, ["film"])
    (film,) = open_davis(tmp_path)
    found = np.zeros_like(truth)
    found[:, 5:10, 5:13] = 1  # three columns where nobody knows
    assert (film_scores(film, found) == 1).all()


def test_a_mask_of_another_size_is_named(tmp_path, small):
    folder = blocks(tmp_path, (0, 1))
    path = open_davis(folder)[0].masks[2]
    Image.new("L", (256, 60)).save(path)
    with pytest.raises(InputError, match=f"128x256 .*{path}, got 60x256"):
        video(small, folder, size=64)


@pytest.mark.parametrize(
    "size, shorter, patch, expected",
    [
        ((480, 854), 480, 16, (480, 832)),
        ((480, 910), 480, 8, (480, 896)),
        ((1920, 1080), 480, 16, (832, 480)),
        ((480, 854), 480, 14, (476, 826)),
        ((480, 640), 480, 32, (480, 640)),
        ((28, 40), 28, 4, (28, 40)),  # too small for multiples of 64
    ],
)
def test_sizes_that_frames_are_looked_at(size, shorter, patch, expected):
    assert fitted_size(size, shorter, patch) == expected


def test_no_patch_fits():
    with pytest.raises(InputError, match="size: expected a side of 16 .* 15"):
        fitted_size((480, 854), 15, 16)

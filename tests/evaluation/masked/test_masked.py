"""Accuracy behind black patches, by networks whose answers are plain."""

import json

import keras
import numpy as np
import pytest
from keras import ops
from PIL import Image

from keras_attmask.data import ArraySource
from keras_attmask.data import FileSource
from keras_attmask.data import Preprocessing
from keras_attmask.errors import InputError
from keras_attmask.evaluation import Head
from keras_attmask.evaluation import Reader
from keras_attmask.evaluation import linear_head
from keras_attmask.evaluation import masked
from keras_attmask.evaluation.masked.guide import Guide
from keras_attmask.evaluation.masked.guide import blackened
from keras_attmask.models import Classifier
from keras_attmask.models import VisionTransformer


def patch_means(images, patch):
    """Brightness of each patch, `(B, N)`."""
    _, height, width, channels = images.shape
    shape = (-1, height // patch, patch, width // patch, patch, channels)
    means = ops.mean(ops.reshape(images, shape), axis=(2, 4, 5))
    return ops.reshape(means, (-1, means.shape[1] * means.shape[2]))


class Brightest(keras.Model):
    """A classifier: the class of an image is its brightest quarter."""

    def __init__(self, channels=1):
        super().__init__()
        self.backbone = VisionTransformer((4, 4, channels), 2, 1, 1, 4)
        self.scores = keras.layers.Activation("linear")
        self.names = ("0", "1", "2", "3")
        self.built = True

    def call(self, images):
        return self.scores(patch_means(images, 2))


class Watchful(keras.Model):
    """A backbone that attends to what is bright, or to all alike."""

    def __init__(self, patch_size=2, alike=False):
        super().__init__()
        self.patch_size, self.alike = patch_size, alike
        self.built = True

    def call(self, images, outputs):
        found = patch_means(images, self.patch_size)
        return {"class_attention": 0 * found if self.alike else found}


def plain(channels=1, size=4, std=(1.0,)):
    std = std * channels if len(std) == 1 else std
    return Preprocessing((size, size, channels), (0.0,) * channels, std)


# Quarters of four images, whose brightest are 0, 1, 2 and 3.
QUARTERS = np.array(
    [[200, 20, 30, 10], [50, 90, 10, 70], [10, 20, 80, 30], [9, 8, 7, 250]],
    "uint8",
)


def quarters(values):
    """Images `(n, 4, 4, C)` of four even quarters each."""
    grid = values.reshape(-1, 2, 2, *values.shape[2:])
    return grid.repeat(2, axis=1).repeat(2, axis=2)


def source(values=QUARTERS[..., None]):
    return ArraySource(quarters(values), np.arange(len(values)) % 4)


def scores(guide, ratios, modes=("high", "low"), **settings):
    reader = Reader(guide, settings.pop("prepare", plain()))
    return masked(
        Brightest(), source(), plain(), reader, ratios, modes, **settings
    )


def test_the_brightest_is_what_is_looked_at():
    found = scores(Watchful(), (0.0, 0.25, 0.3, 0.75, 1.0))
    # Without its brightest quarter no image is right; that of three left is
    # enough; of an image all black the first class is said.
    assert found == {
        "accuracy": 1,
        "high_accuracy_at_0": 1,
        "high_accuracy_at_0.25": 0,
        "high_accuracy_at_0.3": 0,  # one patch of four: rounded down
        "high_accuracy_at_0.75": 0,
        "high_accuracy_at_1": 0.25,
        "high_mean_accuracy": pytest.approx(1.25 / 5),
        "low_accuracy_at_0": 1,
        "low_accuracy_at_0.25": 1,
        "low_accuracy_at_0.3": 1,
        "low_accuracy_at_0.75": 1,
        "low_accuracy_at_1": 0.25,
        "low_mean_accuracy": pytest.approx(4.25 / 5),
    }


def test_of_patches_attended_to_alike_the_first_goes():
    found = scores(Watchful(alike=True), (0.25, 0.5))
    for mode in ("high", "low"):
        assert found[f"{mode}_accuracy_at_0.25"] == 0.75  # but class 0
        assert found[f"{mode}_accuracy_at_0.5"] == 0.5


def test_a_guide_of_another_patch_and_size():
    # 16 patches on 8 x 8 pixels; a quarter of the image is the brightest.
    guide = Watchful(patch_size=2)
    found = scores(guide, (0.2, 0.25), ("high",), prepare=plain(size=8))
    assert found["high_accuracy_at_0.25"] == 0
    # Of the sixteen, three: a quarter of the brightest quarter stays, which
    # is enough where 200 / 4 and 250 / 4 are more than 30 and 9.
    assert found["high_accuracy_at_0.2"] == 0.5


def test_a_guide_prepares_images_in_its_own_way():
    colours = np.zeros((2, 4, 3), "uint8")
    colours[0, 0] = 0, 0, 200  # the brightest is blue
    colours[0, 2] = 90, 0, 0
    colours[1, 1] = 100, 0, 100
    images = ArraySource(quarters(colours), np.array([0, 1]))
    network = Brightest(3)
    red = plain(3, std=(1.0, 1000.0, 1000.0))
    for prepare, right in ((plain(3), 0.0), (red, 0.5)):
        found = masked(
            network,
            images,
            plain(3),
            Reader(Watchful(), prepare),
            (0.25,),
            ("high",),
        )
        assert found["high_accuracy_at_0.25"] == right


def test_a_grey_classifier_and_a_guide_in_colours():
    found = scores(Watchful(), (0.25,), prepare=plain(3))
    assert found["accuracy"] == 1 and found["high_accuracy_at_0.25"] == 0


def test_random_patches_follow_from_image_and_seed():
    rng = np.random.default_rng(0)
    values = rng.integers(0, 256, (37, 4, 1), "uint8")
    images = source(values)

    def run(batch_size, seed=0):
        ratios, modes = (0.25, 0.5, 0.75), ("random",)
        return masked(
            Brightest(),
            images,
            plain(),
            Reader(Watchful(), plain()),
            ratios,
            modes,
            seed,
            batch_size,
        )

    assert run(64) == run(10) == run(37)
    assert run(64) != run(64, seed=1)


@pytest.fixture(scope="module")
def classifier():
    keras.utils.set_random_seed(0)
    network = Classifier(
        VisionTransformer((8, 8, 3), 2, 2, 2, 16), ["a", "b", "c"]
    )
    kernel = np.random.default_rng(0).normal(size=(16, 3))
    network.predictions.set_weights([kernel, np.zeros(3)])
    return network


def test_a_backbone_guides_itself(classifier):
    prepare = Preprocessing((8, 8, 3), (0.4, 0.5, 0.6), (0.2, 0.2, 0.3))
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 256, (20, 8, 8, 3), "uint8")
    labels = rng.integers(0, 3, 20)
    images = ArraySource(pixels, labels)
    ratios = np.array([0, 0.5])
    found = masked(classifier, images, prepare, ratios=ratios, batch_size=8)
    guide = Reader(classifier.backbone, prepare)
    same = masked(classifier, images, prepare, guide, ratios, batch_size=20)
    assert same == found

    def accuracy(pixels):
        answers = ops.convert_to_numpy(classifier(prepare(pixels)))
        return np.mean(answers.argmax(1) == labels)

    assert found["accuracy"] == accuracy(pixels)
    assert found["high_accuracy_at_0"] == found["random_accuracy_at_0"]
    attention = classifier.backbone(
        prepare(pixels), outputs=("class_attention",)
    )["class_attention"]
    black = pixels.copy()
    for image, row in zip(black, ops.convert_to_numpy(attention)):
        for patch in np.argsort(-row, kind="stable")[:8]:
            y, x = 2 * (patch // 4), 2 * (patch % 4)
            image[y : y + 2, x : x + 2] = 0
    assert found["high_accuracy_at_0.5"] == accuracy(black)


def test_a_pixel_belongs_to_the_patch_of_its_middle():
    pixels = np.ones((1, 5, 3, 1), "float32")
    mask = np.array([[True, False, False, False, False, True]])
    seen = ops.convert_to_numpy(blackened(pixels, mask, (2, 3)))[0, ..., 0]
    assert seen.tolist() == [
        [0, 1, 1],
        [0, 1, 1],
        [1, 1, 0],  # its middle is the border
        [1, 1, 0],
        [1, 1, 0],
    ]


def test_patches_are_rounded_down_as_python_does():
    guide = Guide(Reader(Watchful(), plain(size=28)))
    assert [guide.count(r) for r in (0.1, 0.3, 0.5)] == [19, 58, 98]
    guide = Guide(Reader(Watchful(), plain(size=20)))
    assert guide.count(0.29) == 28


def test_what_is_written(tmp_path):
    found = scores(Watchful(), (0.5, 0.0), output=tmp_path / "out", limit=3)
    assert json.loads((tmp_path / "out" / "masked.json").read_text()) == found
    assert found["accuracy"] == 1
    with Image.open(tmp_path / "out" / "masked.png") as picture:
        assert picture.width > 400
        assert len(np.unique(np.asarray(picture.convert("L")))) > 50


def test_other_names_of_classes_are_found_by_name(classifier):
    pixels = np.random.default_rng(2).integers(0, 256, (3, 8, 8, 3), "uint8")
    one = masked(
        classifier, ArraySource(pixels, [0, 1, 2], ["a", "b", "c"]), limit=3
    )
    two = masked(classifier, ArraySource(pixels, [2, 0, 1], ["b", "c", "a"]))
    assert one == two
    with pytest.raises(InputError, match="^data: expected only classes .*'d'"):
        masked(classifier, ArraySource(pixels, [0, 0, 1], ["a", "d"]))
    with pytest.raises(InputError, match="^data: expected classes 0 to 2.* 3"):
        masked(classifier, ArraySource(pixels, [0, 0, 3]))


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"ratios": ()}, "ratios: expected numbers from 0 to 1"),
        ({"ratios": (0.5, 1.1)}, "ratios: .*1.1"),
        ({"modes": ("best",)}, "modes: expected some of high, low, random"),
        ({"modes": ()}, "modes: "),
        ({"guide": Reader(Watchful(3), plain())}, "guide: .*the patch, 3"),
    ],
)
def test_settings_that_are_none(classifier, changes, words):
    images = ArraySource(np.zeros((2, 8, 8, 3), "uint8"), [0, 1])
    with pytest.raises(InputError, match=f"^{words}"):
        masked(classifier, images, **changes)


def test_a_backbone_alone_learns_a_head_first(classifier):
    rng = np.random.default_rng(3)
    train, test = (
        ArraySource(
            rng.integers(0, 256, (count, 8, 8, 3), "uint8"),
            np.arange(count) % 3,
        )
        for count in (9, 12)
    )
    reader, settings = Reader(classifier.backbone), {"ratios": (0.5,)}
    head = linear_head(reader, train, head=Head(0.1, 2))
    learnt = masked(reader, (train, test), **settings)
    assert learnt == masked(head, test, **settings)
    with pytest.raises(InputError, match="^data: expected .train, test. or"):
        masked(reader, test)


def test_files_are_seen_as_arrays_are(tmp_path):
    for number, picture in enumerate(quarters(QUARTERS)):
        Image.fromarray(picture).save(tmp_path / f"{number}.png")
    files = FileSource(sorted(map(str, tmp_path.iterdir())), [0, 1, 2, 3])
    guide = Reader(Watchful(), plain())
    found = masked(Brightest(), files, plain(), guide, (0.25, 0.75))
    assert found == scores(Watchful(), (0.25, 0.75), ("high", "random"))


def test_images_need_labels(classifier):
    with pytest.raises(InputError, match="^data: expected images with labels"):
        masked(classifier, np.zeros((2, 8, 8, 3), "uint8"))

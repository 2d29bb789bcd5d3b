import json
import os

import keras
import numpy as np
import pytest
from keras import ops

from keras_attmask.data.preprocessing import Preprocessing
from keras_attmask.errors import InputError
from keras_attmask.export import export_saved_model
from keras_attmask.models import VisionTransformer
from keras_attmask.one_program import as_one
from keras_attmask.one_program import call_as_one

PREPROCESSING = Preprocessing((16, 12, 1), (0.3,), (0.4,), 0.9)
IMAGES = np.random.default_rng(3).integers(0, 256, (3, 40, 31, 1), "uint8")


@pytest.fixture(scope="module")
def backbone():
    return VisionTransformer((16, 12, 1), 4, 2, 2, 16)


@pytest.fixture(scope="module")
def exported(backbone, tmp_path_factory):
    """Folder and difference of one export, off the images' own size."""
    pytest.importorskip("tensorflow", reason="TensorFlow writes SavedModels")
    target = tmp_path_factory.mktemp("export") / "new" / "vit"
    weights = backbone.get_weights()
    difference = export_saved_model(backbone, PREPROCESSING, target, IMAGES)
    for before, after in zip(weights, backbone.get_weights()):
        np.testing.assert_array_equal(before, after)
    return target, difference


@pytest.fixture(scope="module")
def signatures(exported):
    import tensorflow as tf

    loaded = tf.saved_model.load(str(exported[0]))
    yield loaded.signatures


def contents(folder):
    """Bytes of all files below a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_difference_is_small_and_on_record(exported):
    target, difference = exported
    record = json.loads((target / "export.json").read_text())
    assert record["max_difference"] == difference <= 1e-5
    assert record["max_grey_levels"] <= 2.001
    assert record["backend"] == keras.backend.backend()
    assert set(record["versions"]) == {"keras", "numpy", "tensorflow"}
    config = {name: record[name] for name in PREPROCESSING.get_config()}
    assert Preprocessing.from_config(config) == PREPROCESSING
    assert record["signatures"]["attention"] == {
        "class_attention": [None, 4, 3]
    }
    assert os.listdir(target.parent) == ["vit"]


def test_signatures_answer_images_of_any_size_and_number(signatures, backbone):
    import tensorflow as tf

    random = np.random.default_rng(4)
    for shape in [(1, 16, 12, 1), (5, 9, 50, 1)]:
        images = random.integers(0, 256, shape, "uint8")
        live = call_as_one(
            backbone,
            as_one(PREPROCESSING, images),
            outputs=("class_token", "patch_tokens", "class_attention"),
        )
        expected = {
            "serving_default": ["class_token"],
            "tokens": ["class_token", "patch_tokens"],
            "attention": ["class_attention"],
        }
        for signature, names in expected.items():
            answers = signatures[signature](images=tf.constant(images))
            assert sorted(answers) == names
            for name in names:
                wanted = ops.convert_to_numpy(live[name])
                # Backends may round a resized pixel apart; pixels that were
                # prepared otherwise would differ by far more.
                np.testing.assert_allclose(
                    answers[name].numpy().reshape(wanted.shape),
                    wanted,
                    rtol=0,
                    atol=0.05,
                )


def test_rows_of_attention_are_rows_of_the_image(signatures):
    import tensorflow as tf

    answer = signatures["attention"](images=tf.constant(IMAGES))
    assert answer["class_attention"].shape == (3, 4, 3)


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="the same code on all backends, with one more process to wait for",
)
def test_a_difference_leaves_the_earlier_export(exported):
    target, _ = exported
    before = contents(target)
    other = VisionTransformer((16, 12, 1), 4, 1, 2, 16)
    with pytest.raises(RuntimeError, match="max_difference"):
        export_saved_model(other, PREPROCESSING, target, tolerance=-1.0)
    assert contents(target) == before
    assert os.listdir(target.parent) == ["vit"]


def test_a_full_disk_leaves_the_earlier_export(exported):
    class FullDisk(VisionTransformer):
        def save(self, *args, **kwargs):
            raise OSError("no space left")

    target, _ = exported
    before = contents(target)
    with pytest.raises(OSError, match="no space left"):
        export_saved_model(FullDisk((16, 12, 1), 4), PREPROCESSING, target)
    assert contents(target) == before
    assert os.listdir(target.parent) == ["vit"]


def test_a_folder_of_somebody_else_is_not_replaced(backbone, tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(InputError, match="^`target`"):
        export_saved_model(backbone, PREPROCESSING, tmp_path)
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_a_target_that_cannot_be_written_is_named(backbone, tmp_path):
    (tmp_path / "file").write_text("")
    target = tmp_path / "file" / "vit"
    with pytest.raises(InputError, match=f"`target`.*{target}"):
        export_saved_model(backbone, PREPROCESSING, target)


@pytest.mark.parametrize(
    "images",
    [IMAGES[0], IMAGES[:0], IMAGES / 255, np.repeat(IMAGES, 3, axis=-1)],
)
def test_check_images_are_checked(backbone, tmp_path, images):
    with pytest.raises(InputError, match="^`check_images`.*got"):
        export_saved_model(backbone, PREPROCESSING, tmp_path / "a", images)

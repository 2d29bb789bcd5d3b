"""What the tests of one-file exports share."""

import importlib.util
import json
import os

import keras
import numpy as np
import pytest
from keras import ops

from keras_attmask.data.preprocessing import Preprocessing
from keras_attmask.errors import InputError
from keras_attmask.export import verified
from keras_attmask.export.signatures import all_outputs
from keras_attmask.export.signatures import signatures_of
from keras_attmask.models import VisionTransformer
from keras_attmask.one_program import as_one

SHAPE = (16, 12, 1)
PREPROCESSING = Preprocessing(SHAPE, (0.3,), (0.4,))
# All are written in the same way, each by processes of several seconds.
SIGNATURES_HERE = {
    "tensorflow": ["tokens", "attention"],
    "jax": ["features"],
    "torch": ["tokens"],
}[keras.backend.backend()]


def needs(*names):
    """Mark of tests that are skipped where a package is missing."""
    missing = [name for name in names if not importlib.util.find_spec(name)]
    return pytest.mark.skipif(bool(missing), reason=f"no {missing}")


def small_backbone():
    return VisionTransformer(SHAPE, 4, 2, 2, 16, num_registers=1)


def written(export, ending, signature, folder):
    """`(backbone, path)` of an export, whose record is looked at."""
    backbone, target = small_backbone(), folder / "new" / f"vit{ending}"
    difference = export(backbone, PREPROCESSING, target, signature)
    assert sorted(os.listdir(target.parent)) == [
        target.name,
        f"{target.name}.json",
    ]
    record = json.loads(target.with_name(f"{target.name}.json").read_text())
    assert record["max_difference"] == difference <= 1e-5
    assert record["backend"] == keras.backend.backend()
    config = {name: record[name] for name in PREPROCESSING.get_config()}
    assert Preprocessing.from_config(config) == PREPROCESSING
    shapes = {
        "class_token": [None, 16],
        "patch_tokens": [None, 12, 16],
        "class_attention": [None, 4, 3],
    }
    assert record["signatures"] == {
        signature: {
            name: shapes[name] for name in signatures_of(backbone)[signature]
        }
    }
    return backbone, target


def check_answers(ask, backbone, signature):
    """Compares a file with the live model, for images of sizes and numbers.

    Args:
        ask: images to a dict of answers.
        backbone: the live one.
        signature: of the file.
    """
    random = np.random.default_rng(4)
    for shape in [(3, *SHAPE), (1, 16, 12, 1), (5, 9, 50, 1), (2, 40, 31, 1)]:
        images = random.integers(0, 256, shape, "uint8")
        live = all_outputs(backbone, as_one(PREPROCESSING, images))
        answers = ask(images)
        assert set(answers) == set(signatures_of(backbone)[signature])
        # Backends may round a resized pixel apart; pixels that were prepared
        # otherwise would differ by far more.
        atol = 1e-5 if shape[1:] == SHAPE else 0.05
        for name, values in answers.items():
            np.testing.assert_allclose(
                values, ops.convert_to_numpy(live[name]), rtol=0, atol=atol
            )


def check_failure_leaves_nothing(export, ending, folder):
    """A failed check leaves no file, and an earlier one as it was."""
    target = folder / f"vit{ending}"
    target.write_text("earlier")
    with pytest.raises(RuntimeError, match="max_difference"):
        export(small_backbone(), PREPROCESSING, target, tolerance=-1.0)
    assert os.listdir(folder) == [target.name]
    assert target.read_text() == "earlier"


def check_mistakes(export, ending, folder):
    """Arguments that are refused before anything is done."""
    target = folder / f"vit{ending}"
    with pytest.raises(InputError, match=f"^`target`.*{ending}, got"):
        export(None, PREPROCESSING, folder / "vit.h5")
    with pytest.raises(InputError, match="^signature: .*features.*'words'"):
        export(None, PREPROCESSING, target, "words")
    (folder / f"vit{ending}.json").mkdir()
    with pytest.raises(InputError, match="^`target`"):
        export(None, PREPROCESSING, target)


def check_a_missing_package_is_named(export, ending, name, folder, patch):
    """One line with the package and where it comes from."""
    found = importlib.util.find_spec

    def find_spec(asked, *more):
        return None if asked == name else found(asked, *more)

    patch.setattr(verified.importlib.util, "find_spec", find_spec)
    with pytest.raises(InputError, match=f"found no {name}") as caught:
        export(None, PREPROCESSING, folder / f"vit{ending}")
    message = str(caught.value)
    assert "keras_attmask[export]" in message and "\n" not in message
    assert os.listdir(folder) == []

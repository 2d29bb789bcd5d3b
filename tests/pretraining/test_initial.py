import dataclasses
import json

import numpy as np
import pytest
from keras import ops
from tiny import TINY

from keras_attmask import build
from keras_attmask.__main__ import main
from keras_attmask.applications import load_backbone
from keras_attmask.commands import recipe_flag
from keras_attmask.convert import Checkpoint
from keras_attmask.convert import Network
from keras_attmask.convert import save_checkpoint
from keras_attmask.convert.variables import by_path
from keras_attmask.errors import InputError
from keras_attmask.pretraining.initial import start_from
from keras_attmask.recipe import make_recipe


@pytest.fixture(scope="module")
def recipe():
    config = recipe_flag.load_recipe_file(recipe_flag.find("quickstart"))
    config.backbone.num_layers = 1
    config.head.num_prototypes = config.head.hidden_dim = 16
    config.head.bottleneck_dim = 8
    return make_recipe(config)


def scattered(model, seed):
    """The model with random values everywhere, teacher and student apart."""
    draw = np.random.default_rng(seed)
    for variable in model.variables:
        if "float" in str(variable.dtype):
            variable.assign(draw.normal(0, 0.3, variable.shape))
    return model


def values(layer):
    found = by_path(layer).items()
    return {p: ops.convert_to_numpy(v) for p, v in found if "seed" not in p}


def assert_alike(one, other):
    for path, value in one.items():
        np.testing.assert_array_equal(value, other[path], path)


def test_a_full_checkpoint_gives_all(recipe, tmp_path):
    pytest.importorskip("torch")
    one = scattered(build.distiller(recipe, 4), 1)
    networks = {
        "student": Network(one.student, one.student_head),
        "teacher": Network(one.teacher, one.teacher_head),
    }
    centers = {
        name: ops.convert_to_numpy(getattr(one, f"{name}_center").centre)
        for name in ("cls", "patch")
    }
    checkpoint = Checkpoint("keras", networks, centers)
    save_checkpoint(checkpoint, tmp_path / "full.pth", "official")
    two = build.distiller(recipe, 4)
    assert "heads" in start_from(two, tmp_path / "full.pth")
    for name in ("student", "student_head", "teacher", "teacher_head"):
        assert_alike(values(getattr(two, name)), values(getattr(one, name)))
    for name, centre in centers.items():
        found = getattr(two, f"{name}_center").centre
        np.testing.assert_array_equal(found, centre)


def test_a_backbone_goes_into_both_networks(recipe, tmp_path):
    one = scattered(build.distiller(recipe, 4), 1)
    target = tmp_path / "vit.safetensors"
    save_checkpoint(one.teacher, target, "timm")
    two = build.distiller(recipe, 4)
    before = values(two.student) | values(two.student_head)
    assert start_from(two, target) == "the backbone"
    wanted = values(one.teacher)
    assert_alike(values(two.teacher), wanted)
    student = values(two.student)
    left = {path: v for path, v in student.items() if path not in wanted}
    assert [path.split("/")[0] for path in left] == ["mask_token"]
    assert_alike({p: v for p, v in student.items() if p in wanted}, wanted)
    assert_alike(left, before)
    assert_alike(values(two.student_head), before)


def test_what_does_not_fit_is_named(recipe, tmp_path):
    model = build.distiller(recipe, 4)
    small = tmp_path / "small.safetensors"
    save_checkpoint(model.teacher, small, "timm")
    message = "^recipe.training.initial: expected a file or folder, got "
    with pytest.raises(InputError, match=message):
        start_from(model, tmp_path / "nothing.pth")
    deeper = dataclasses.replace(recipe.backbone, num_layers=2)
    big = build.distiller(dataclasses.replace(recipe, backbone=deeper), 4)
    with pytest.raises(InputError, match="initial: .*block_1"):
        start_from(big, small)


def test_a_run_may_begin_with_the_weights_of_another(
    tiny_run, tmp_path, capsys
):
    run = tmp_path / "run"
    still = ["--recipe.optimizer.learning_rate=0"]
    still += ["--recipe.optimizer.final_learning_rate=0"]
    still += ["--recipe.training.epochs=1"]
    still += [f"--recipe.training.initial={tiny_run}"]
    assert main(["pretrain", *TINY, *still, f"--run={run}", "--json"]) == 0
    printed = capsys.readouterr().out
    assert "began with the backbone of" in printed
    result = json.loads(printed.splitlines()[-1])
    assert result["knn_random_init"] is None and result["knn"] is not None
    wanted, found = (values(load_backbone(f)) for f in (tiny_run, run))
    for path, value in wanted.items():
        np.testing.assert_allclose(found[path], value, atol=1e-6)

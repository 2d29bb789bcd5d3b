"""Whole runs of fine-tuning, tiny."""

import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import ops
from PIL import Image

from keras_attmask import finetune
from keras_attmask.__main__ import main
from keras_attmask.applications import load_backbone
from keras_attmask.applications import load_classifier
from keras_attmask.applications import load_preprocessing
from keras_attmask.data import Preprocessing
from keras_attmask.data import open_source
from keras_attmask.data import targets_of
from keras_attmask.errors import InputError
from keras_attmask.evaluation import scores
from keras_attmask.finetuning.keep_best import KeepBest
from keras_attmask.models import VisionTransformer
from keras_attmask.pretraining import watchers
from keras_attmask.recipe import FINETUNING
from keras_attmask.recipe import finetuning
from keras_attmask.recipe import make_recipe
from keras_attmask.seeding import seed_all

# One kind of augmentation at a time: what is compiled takes the time.
PLAIN = {
    "crop_scale": (1.0, 1.0),
    "flip_probability": 0.0,
    "rand_augment": 0.0,
    "random_erasing": 0.0,
    "mixup": 0.0,
    "cutmix": 0.0,
}


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A small random backbone for grey pictures of 28 pixels."""
    seed_all(0)
    backbone = VisionTransformer((28, 28, 1), 7, 2, 2, 16)
    folder = tmp_path_factory.mktemp("weights") / "preset"
    prepare = Preprocessing((28, 28, 1), (0.286,), (0.353,), 1.0)
    backbone.save_to_preset(folder, prepare)
    return folder


def recipe(weights, **changes):
    """A recipe of two epochs; `section__field=value` changes it."""
    config = finetuning()
    config.data.train = "bundled:fashion_mnist/train"
    config.data.validation = "bundled:fashion_mnist/test"
    config.data.limit, config.data.validation_limit = 40, 30
    config.backbone.weights = str(weights)
    config.augmentation.update(PLAIN)
    config.optimizer.learning_rate = 0.1
    config.optimizer.warmup_epochs = 0.0
    config.training.update(
        dict(batch_size=10, epochs=2, log_every=1, jit_compile=False)
    )
    for place, value in changes.items():
        section, name = place.split("__")
        config[section][name] = value
    return make_recipe(config, FINETUNING)


def quiet(line):
    """Nobody reads."""


def lines_of(folder):
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    timed = ("seconds", "images_per_second", "data_wait")
    return [{k: v for k, v in row.items() if k not in timed} for row in rows]


@pytest.fixture(scope="module")
def whole(weights, tmp_path_factory):
    """`(run folder, result)` of a run with a mean of the weights."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    return folder, finetune(recipe(weights, training__ema=0.5), folder, quiet)


def test_the_run_folder_and_the_result(whole):
    folder, result = whole
    names = {path.name for path in folder.iterdir()}
    assert names >= {
        "best",
        "checkpoints",
        "curves.png",
        "metrics.jsonl",
        "model",
        "recipe.json",
        "tensorboard",
        "versions.json",
    }
    rows = lines_of(folder)
    assert [row["step"] for row in rows if "loss" in row] == list(range(1, 9))
    measured = [row for row in rows if "accuracy" in row]
    assert [row["step"] for row in measured] == [0, 4, 8]
    assert result["accuracy"] == measured[-1]["accuracy"]
    assert "accuracy_of_last" in measured[-1]
    best = max(measured[1:], key=lambda row: row["accuracy"])
    assert (result["best"], result["best_epoch"]) == (
        best["accuracy"],
        best["epoch"] + 1,
    )
    assert result["run"] == str(folder) and not result["interrupted"]


def test_what_is_kept_answers_as_it_was_measured(whole):
    folder, result = whole
    classifier, prepare = load_classifier(folder), load_preprocessing(folder)
    # As users want them, not as the mean of the weights was kept.
    assert classifier.trainable and classifier.backbone.trainable
    assert len(load_backbone(folder / "best").trainable_variables) > 20
    assert classifier.backbone.stochastic_depth_rate == 0
    assert prepare.mean == (0.286,) and prepare.crop_ratio == 1.0
    source = open_source("bundled:fashion_mnist/test", limit=30)
    names = classifier.names
    targets = targets_of(source, "classification", names).values
    answers = ops.convert_to_numpy(classifier(prepare(source.images)))
    found = scores("classification", answers, targets)
    assert found["accuracy"] == pytest.approx(result["accuracy"], abs=0.034)
    tokens = load_backbone(folder)(prepare(source.images))["class_token"]
    again = classifier.backbone(prepare(source.images))["class_token"]
    np.testing.assert_allclose(
        ops.convert_to_numpy(tokens), ops.convert_to_numpy(again), atol=1e-5
    )


def test_a_run_that_was_stopped_ends_as_one_left_alone(
    whole, weights, tmp_path
):
    folder, settings = tmp_path / "run", recipe(weights, training__ema=0.5)

    class Enough(Exception):
        pass

    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if self.model.steps_made == 6:
                raise Enough

    gather = watchers.Watchers.gather

    def stopping(self, *arguments, **options):
        gather(self, *arguments, **options)
        self.all.append(Stop())

    watchers.Watchers.gather = stopping
    try:
        with pytest.raises(Enough):
            finetune(settings, folder, quiet)
    finally:
        watchers.Watchers.gather = gather
    said = []
    finetune(settings, folder, said.append)
    assert any("going on from step 4" in line for line in said)
    alone = lines_of(whole[0])
    for one, two in zip(lines_of(folder), alone, strict=True):
        assert one.keys() == two.keys()
        for name in one:
            assert one[name] == pytest.approx(two[name], rel=1e-4, abs=1e-6)


def test_the_recipe_of_a_run_is_kept(whole, weights):
    with pytest.raises(InputError, match="recipe that .* training.epochs=3"):
        finetune(
            recipe(weights, training__ema=0.5, training__epochs=3),
            whole[0],
            quiet,
        )


def write_photos(folder, count=12):
    """Photographs of two colours, a folder each."""
    random = np.random.default_rng(0)
    for number in range(count):
        pixels = random.integers(0, 60, (30, 40, 3), "uint8")
        pixels[..., number % 2] += 150
        path = folder / ("red", "green")[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path)
    return folder


@pytest.fixture(scope="module")
def colour_weights(tmp_path_factory):
    seed_all(0)
    folder = tmp_path_factory.mktemp("colour") / "preset"
    VisionTransformer((16, 16, 3), 8, 2, 2, 16).save_to_preset(folder)
    return folder


def test_photographs_with_a_broken_one_and_a_frozen_backbone(
    colour_weights, tmp_path
):
    photos = write_photos(tmp_path / "photos")
    (photos / "red" / "0.png").write_bytes(b"no picture")
    settings = recipe(
        colour_weights,
        data__train=str(photos),
        data__validation="",
        data__unreadable=0.2,
        data__processes=0,
        backbone__frozen=True,
        backbone__num_blocks=2,
        backbone__image_size=32,
        training__batch_size=4,
        training__epochs=1,
    )
    said = []
    result = finetune(settings, tmp_path / "run", said.append)
    assert result["accuracy"] is None and result["best"] is None
    assert any("nothing is measured" in line for line in said)
    assert "0.png" in (tmp_path / "run" / "unreadable.txt").read_text()
    classifier = load_classifier(tmp_path / "run")
    assert classifier.backbone.trainable
    assert classifier.names == ("green", "red")
    assert classifier.image_shape == (32, 32, 3)
    old, new = load_backbone(colour_weights), classifier.backbone
    for one, two in zip(
        old.blocks[0].get_weights(), new.blocks[0].get_weights()
    ):
        np.testing.assert_array_equal(one, two)


def write_list(folder, texts):
    photos = write_photos(folder / "photos", len(texts))
    paths = sorted(photos.rglob("*.png"), key=lambda path: int(path.stem))
    file = folder / "list.txt"
    rows = [f"{path}\t{text}" for path, text in zip(paths, texts)]
    file.write_text("\n".join(rows))
    return file


@pytest.mark.parametrize(
    "task, texts, names",
    [
        ("multilabel", ["red,warm", "green"] * 6, ("green", "red", "warm")),
        ("regression", ["10, -1", "30, 1"] * 6, ("0", "1")),
    ],
)
def test_labels_and_numbers(colour_weights, tmp_path, task, texts, names):
    file = str(write_list(tmp_path, texts))
    settings = recipe(
        colour_weights,
        data__train=file,
        data__validation="",
        data__hold_out=0.2,
        data__in_memory=True,
        objective__task=task,
        objective__label_smoothing=0.0,
        training__batch_size=6,
        training__epochs=12,
        evaluation__every_epochs=6,
    )
    result = finetune(settings, tmp_path / "run", quiet)
    if task == "regression":
        assert result["r2"] > 0.3  # the mean alone has 0
    else:
        assert result["mean_average_precision"] > 0.9
    classifier = load_classifier(tmp_path / "run")
    assert classifier.names == names
    if task == "regression":  # in its own units
        assert classifier.offset == pytest.approx((20, 0))
        assert classifier.scale == pytest.approx((10, 1))


def test_from_scratch_forgets_the_weights(weights, tmp_path):
    settings = recipe(
        weights,
        backbone__pretrained=False,
        training__seed=1,
        data__validation="",
        optimizer__learning_rate=0.0,
        optimizer__final_learning_rate=0.0,
        training__epochs=1,
    )
    finetune(settings, tmp_path / "run", quiet)
    old, new = load_backbone(weights), load_backbone(tmp_path / "run")
    one, two = (
        ops.convert_to_numpy(net.blocks[0].attention.trainable_variables[0])
        for net in (old, new)
    )
    assert np.abs(one - two).max() > 1e-3


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"data__train": "no/folder"}, "recipe.data.train: expected an exist"),
        ({"data__validation": "no/folder"}, "recipe.data.validation: "),
        ({"backbone__weights": "no.pth"}, "recipe.backbone.weights: "),
        ({"backbone__image_size": 30}, "recipe.backbone.image_size: .*30"),
        ({"backbone__num_blocks": 3}, "recipe.backbone.num_blocks: .*1 to 2"),
        ({"data__mean": (1.0, 2.0), "data__std": (1.0, 2.0)}, "recipe.data.me"),
        ({"training__batch_size": 50}, "recipe.training.batch_size: .* 40"),
        (
            {"augmentation__mixup": 0.8, "training__accumulation": 10},
            "recipe.training.batch_size: expected 20 or more",
        ),
    ],
)
def test_mistakes_leave_nothing(weights, tmp_path, changes, words):
    with pytest.raises(InputError, match=f"^{words}"):
        finetune(recipe(weights, **changes), tmp_path / "run", quiet)
    assert not (tmp_path / "run").exists()


def test_a_run_is_read_wherever_a_backbone_is(whole, tmp_path, capsys):
    folder, source = str(whole[0]), "--data=bundled:fashion_mnist"
    flags = [f"--backbone={folder}", source, "--limit=20", "--json"]
    assert main(["evaluate", "knn", *flags]) == 0
    assert main(["convert", folder, str(tmp_path / "vit.pth")]) == 0
    capsys.readouterr()
    target = f"--target={tmp_path}/masks.png"
    assert main(["visualize", "masks", f"--run={folder}", target]) == 2
    assert "one of fine-tuning" in capsys.readouterr().err


@pytest.mark.skipif(
    keras.backend.backend() != "jax", reason="two devices of JAX, in a process"
)
def test_two_devices_end_as_one(whole, weights, tmp_path):
    order = tmp_path / "recipe.json"
    order.write_text(json.dumps(recipe(weights, training__ema=0.5).to_dict()))
    script = (
        "import json, sys\n"
        "from keras_attmask import finetune\n"
        "from keras_attmask.recipe import FINETUNING, make_recipe\n"
        "order = make_recipe(json.load(open(sys.argv[1])), FINETUNING)\n"
        "finetune(order, sys.argv[2], strategy='jax')\n"
    )
    flags = os.environ.get("XLA_FLAGS", "")
    flags += " --xla_force_host_platform_device_count=2"
    done = subprocess.run(
        [sys.executable, "-c", script, order, tmp_path / "run"],
        env=os.environ | {"XLA_FLAGS": flags},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "2 CPUs on 1 host" in done.stdout
    pairs = zip(lines_of(tmp_path / "run"), lines_of(whole[0]), strict=True)
    for one, two in pairs:
        # Of 30 images, one or two may lie between two classes.
        rough = 0.07 if "accuracy" in one else 1e-6
        assert one == pytest.approx(two, rel=1e-4, abs=rough)


def test_a_broken_validation_image_is_named_at_once(colour_weights, tmp_path):
    photos = write_photos(tmp_path / "photos")
    other = write_photos(tmp_path / "other")
    (other / "red" / "0.png").write_bytes(b"no picture")
    settings = recipe(
        colour_weights,
        data__train=str(photos),
        data__validation=str(other),
        training__batch_size=4,
    )
    message = "^recipe.data.validation: expected a readable image, got .*0.png"
    with pytest.raises(InputError, match=message):
        finetune(settings, tmp_path / "run", quiet)


def test_int8_weights_are_refused(weights, tmp_path):
    backbone = load_backbone(weights)
    backbone.quantize("int8")
    backbone.save(tmp_path / "int8.keras")
    settings = recipe(tmp_path / "int8.keras")
    with pytest.raises(InputError, match="^recipe.backbone.weights: .*float"):
        finetune(settings, tmp_path / "run", quiet)


def test_curves_of_a_run_are_drawn_again(whole, tmp_path):
    words = [f"--run={whole[0]}", f"--target={tmp_path}/curves.png"]
    assert main(["visualize", "curves", *words]) == 0
    assert (tmp_path / "curves.png").is_file()


def test_the_best_stays_when_a_run_goes_on(tmp_path):
    written = []

    def met(score):
        keeper = KeepBest("r2", tmp_path, written.append)
        keeper.on_epoch_end(len(written), score)

    for score in ({"r2": 0.5}, {}, {"r2": 0.4}, {"r2": 0.5}, {"r2": 0.6}):
        met(score)
    assert written == [tmp_path / "best"] * 2
    assert json.loads((tmp_path / "best.json").read_text())["r2"] == 0.6

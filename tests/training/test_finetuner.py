import keras
import numpy as np
import pytest
from keras import ops

from keras_attmask.augmentation import Augmentation
from keras_attmask.augmentation import AugmentationSettings
from keras_attmask.data import MultiCropViews
from keras_attmask.models import Classifier
from keras_attmask.models import VisionTransformer
from keras_attmask.seeding import seed_all
from keras_attmask.training import AdamW
from keras_attmask.training import Finetuner
from keras_attmask.view_law import ViewLaw

PLAIN = AugmentationSettings(0.0, 1, 0.0, 0.0, 0.0)
RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.integers(0, 256, (16, 8, 8, 1), "uint8")
BATCH = {
    "images": IMAGES,
    "index": np.arange(16, dtype="int32"),
    "target": (IMAGES.mean((1, 2, 3)) > 127).astype("int32"),
}
LAW = ViewLaw(
    global_crops=1,
    local_crops=0,
    global_size=8,
    global_scale=(1.0, 1.0),
    flip_probability=0.0,
    jitter_probability=0.0,
    grey_probability=0.0,
    blur_probability=(0.0, 0.0, 0.0),
    solarize_probability=(0.0, 0.0, 0.0),
    mean=(0.0,),
    std=(1 / 255,),
)


def finetuner(frozen=False, settings=PLAIN, **options):
    seed_all(0)
    backbone = VisionTransformer((8, 8, 1), 4, 1, 2, 8)
    backbone.trainable = not frozen
    model = Finetuner(
        Classifier(backbone, ("dark", "bright")),
        MultiCropViews(LAW),
        Augmentation(settings, (0.5,), (0.25,)),
        **options,
    )
    model.compile(AdamW(0.01), jit_compile=keras.backend.backend() == "jax")
    return model


def fit(model, steps, batch=BATCH):
    """So many steps of the same batch."""
    model.fit(batch, batch_size=16, epochs=steps, shuffle=False, verbose=0)
    return model


def values(model):
    return [ops.convert_to_numpy(v) for v in model.trainable_variables]


def test_it_learns():
    model = fit(finetuner(), 60)
    logits = ops.convert_to_numpy(
        model.student.logits((IMAGES / 255.0 - 0.5) / 0.25)
    )
    assert (logits.argmax(1) == BATCH["target"]).mean() > 0.9
    assert model.steps_made == 60


def test_the_first_loss_is_that_of_knowing_nothing():
    model = finetuner()
    found = model.outcome(
        {n: ops.convert_to_tensor(v) for n, v in BATCH.items()}
    )
    assert float(found["loss"]) == pytest.approx(np.log(2), rel=1e-6)


def test_a_frozen_backbone_stays():
    model = finetuner(frozen=True)
    before = [w.copy() for w in model.student.backbone.get_weights()]
    head = values(model)
    assert len(head) == 2
    fit(model, 3)
    for old, new in zip(before, model.student.backbone.get_weights()):
        np.testing.assert_array_equal(old, new)
    assert all((old != new).any() for old, new in zip(head, values(model)))


def test_parts_of_a_batch_move_the_state_as_the_whole():
    whole, parts = fit(finetuner(), 2), fit(finetuner(accumulation=4), 2)
    for one, two in zip(values(whole), values(parts)):
        np.testing.assert_allclose(one, two, atol=2e-5)


def test_the_mean_of_the_weights_follows():
    model = finetuner(ema=0.5)
    student, mean = model.student, model.average
    assert model.kept is mean and not mean.trainable_variables
    assert mean.backbone is not student.backbone
    start = student.get_weights()
    fit(model, 1)
    # After step 0 the mean keeps min(1/2, (1 + 0) / (10 + 0)) of its own.
    for old, new, found in zip(
        start, student.get_weights(), mean.get_weights()
    ):
        np.testing.assert_allclose(found, 0.1 * old + 0.9 * new, atol=1e-6)


def test_without_a_mean_the_weights_themselves_are_kept():
    model = finetuner()
    assert model.kept is model.student and model.average is None


def test_a_step_that_is_not_finite_moves_nothing():
    model = finetuner(ema=0.5, task="regression")
    before = [*values(model), *model.average.get_weights()]
    bad = {**BATCH, "target": np.full((16, 2), np.nan, "float32")}
    fit(model, 1, bad)
    after = [*values(model), *model.average.get_weights()]
    for old, new in zip(before, after):
        np.testing.assert_array_equal(old, new)
    assert model.steps_made == 1 and int(model.skipped.numpy()) == 1


@pytest.mark.parametrize(
    "settings",
    [PLAIN, AugmentationSettings(9.0, 2, 0.5, 0.8, 1.0)],
    ids=["plain", "all"],
)
@pytest.mark.parametrize("task", ["classification", "multilabel", "regression"])
def test_every_task_with_and_without_augmentation(task, settings):
    model = finetuner(settings=settings, task=task, label_smoothing=0.0)
    batch = BATCH
    if task != "classification":
        target = np.eye(2, dtype="float32")[BATCH["target"]]
        batch = {**BATCH, "target": target}
    found = model.outcome(
        {n: ops.convert_to_tensor(v) for n, v in batch.items()}
    )
    assert np.isfinite(float(found["loss"]))
    expected = {"classification": 2, "multilabel": 2}
    if task in expected:  # a head of zeros knows nothing of mixed labels either
        assert float(found["loss"]) == pytest.approx(np.log(2), rel=1e-5)

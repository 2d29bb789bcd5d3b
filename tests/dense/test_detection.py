import functools
import pathlib
import re
import sys

import keras
import numpy as np
import pytest
from keras import ops

import keras_attmask
from keras_attmask.data import make_scenes
from keras_attmask.dense import CocoMetrics
from keras_attmask.dense import coco_metrics
from keras_attmask.dense import detection_metrics
from keras_attmask.dense import retinanet
from keras_attmask.dense.detection import BOX_FORMATS
from keras_attmask.errors import InputError
from keras_attmask.models import VisionTransformer
from keras_attmask.models import feature_pyramid

BACKEND = keras.backend.backend()
on_tensorflow = pytest.mark.skipif(
    BACKEND != "tensorflow",
    reason="KerasCV wants torchvision on PyTorch, and minutes on JAX",
)


@pytest.fixture
def keras_cv():
    pytest.importorskip("pycocotools", reason="needs keras_attmask[dense]")
    return pytest.importorskip("keras_cv", reason="needs keras_attmask[dense]")


def make_backbone():
    return VisionTransformer((28, 28, 3), 7, 1, 1, 8)


def make_detector(backbone, **settings):
    detector = retinanet(backbone, **{"classes": 10, "width": 8, **settings})
    detector.compile(
        optimizer=keras.optimizers.Adam(0.01),
        box_loss="smoothl1",
        classification_loss="focal",
        jit_compile=False,
    )
    return detector


def examples(count=4):
    scenes = make_scenes("train", count, (35, 49), (1, 2), (0.6, 0.8))
    images = scenes.images.astype("float32") / 255
    return images, {"boxes": scenes.boxes, "classes": scenes.classes}


def test_one_module_knows_kerascv_and_loads_it_when_it_must():
    package = pathlib.Path(keras_attmask.__file__).parent
    lines = {
        path.relative_to(package).as_posix(): line
        for path in package.rglob("*.py")
        for line in path.read_text("utf-8").splitlines()
        if re.match(r"\s*(import|from) keras_cv", line)
    }
    assert lines == {"dense/detection.py": "        import keras_cv"}


@on_tensorflow
def test_it_is_kerascv_s_and_stands_on_the_backbone(keras_cv):
    backbone = make_backbone()
    detector = make_detector(backbone)
    assert isinstance(detector, keras_cv.models.RetinaNet)
    assert detector.backbone.backbone is backbone
    generator = detector.anchor_generator.anchor_generators
    assert [g.stride for g in generator.values()] == [3.5, 7, 14, 28, 56]
    assert [g.sizes for g in generator.values()][0] == 14
    trained = {v.path for v in detector.trainable_variables}
    assert {v.path for v in backbone.trainable_variables} <= trained
    backbone.trainable = False
    count = len(backbone.weights)
    assert len(detector.trainable_variables) == len(trained) - count


@on_tensorflow
def test_places_of_its_maps_are_those_of_its_anchors(keras_cv):
    detector = make_detector(make_backbone())
    images, _ = examples(1)
    answers = detector(images)
    anchors = detector.anchor_generator(image_shape=images.shape[1:])
    # Grids of 10 x 14, 5 x 7, 3 x 4, 2 x 2 and 1 x 1, 9 anchors a place.
    assert sum(len(a) for a in anchors.values()) == 9 * 192
    assert answers["box"].shape == (1, 9 * 192, 4)
    assert answers["classification"].shape == (1, 9 * 192, 10)
    scores = ops.convert_to_numpy(ops.sigmoid(answers["classification"]))
    assert 0.002 < scores.mean() < 0.05  # one in a hundred, before training


@on_tensorflow
def test_it_learns_scenes_and_is_measured_while_it_does(keras_cv, tmp_path):
    images, labels = examples()
    detector = make_detector(make_backbone())
    untrained = detection_metrics(detector, images, labels)
    watcher = CocoMetrics(images, labels, every_epochs=50)
    history = detector.fit(
        images,
        labels,
        batch_size=4,
        epochs=60,
        verbose=0,
        callbacks=[watcher],
    ).history
    assert history["loss"][-1] < 0.5 * history["loss"][0]
    trained = detection_metrics(detector, images, labels)
    assert trained["AP50"] > untrained["AP50"] + 0.1
    assert len(history["val_AP"]) == 2  # of epochs 50 and 60
    assert history["val_AP50"][-1] == pytest.approx(trained["AP50"])
    detector.save_weights(tmp_path / "a.weights.h5")
    twin = make_detector(make_backbone())
    twin.load_weights(tmp_path / "a.weights.h5")
    answers = (model(images)["box"] for model in (detector, twin))
    np.testing.assert_array_equal(*map(ops.convert_to_numpy, answers))


def loss_and_corners(keras_cv, detector):
    """The loss of examples and the boxes found, as corners."""
    images, labels = examples()
    form = detector.bounding_box_format
    convert = functools.partial(
        keras_cv.bounding_box.convert_format, image_shape=images.shape[1:]
    )
    given = {
        "boxes": convert(labels["boxes"], source="xyxy", target=form),
        "classes": labels["classes"].astype("float32"),
    }
    answers = detector(images)
    loss = detector.compute_loss(images, given, answers, None)
    found = detector.decode_predictions(answers, images)["boxes"]
    return float(loss), convert(found, source=form, target="xyxy")


@on_tensorflow
def test_all_formats_of_boxes_say_the_same(keras_cv):
    backbone, settings = make_backbone(), {"score_threshold": 0.0}
    detectors = {
        form: make_detector(backbone, box_format=form, **settings)
        for form in BOX_FORMATS
    }
    weights = detectors["xyxy"].get_weights()
    loss, corners = loss_and_corners(keras_cv, detectors["xyxy"])
    for form, detector in detectors.items():
        detector.set_weights(weights)
        again, found = loss_and_corners(keras_cv, detector)
        assert again == pytest.approx(loss, rel=1e-4), form
        np.testing.assert_allclose(found, corners, rtol=0, atol=1e-3)


@on_tensorflow
def test_kerascv_s_metric_agrees_where_every_image_has_a_box(keras_cv):
    random = np.random.default_rng(0)
    corners = random.uniform(0, 40, (6, 3, 2))
    sides = random.uniform(8, 50, (6, 3, 2))
    boxes = np.concatenate([corners, corners + sides], -1).astype("float32")
    classes = random.integers(0, 3, (6, 3)).astype("float32")
    found = {
        "boxes": boxes + random.normal(0, 3, boxes.shape).astype("float32"),
        "classes": classes,
        "confidence": random.uniform(0.1, 1, (6, 3)).astype("float32"),
    }
    truth = {"boxes": boxes, "classes": classes}
    metric = keras_cv.metrics.BoxCOCOMetrics("xyxy", evaluate_freq=1)
    metric.update_state(truth, found)
    theirs, ours = metric.result(force=True), coco_metrics(truth, found)
    assert 0.05 < ours["AP"] < 0.95
    for name, key in [
        ("AP", "MaP"),
        ("AP75", "MaP@[IoU=75]"),
        ("ARm", "Recall@[area=medium]"),
    ]:
        assert float(theirs[key]) == pytest.approx(ours[name], abs=1e-6)


@on_tensorflow
def test_other_models_of_kerascv_take_the_pyramid(keras_cv):
    backbone = VisionTransformer((32, 32, 3), 16, 1, 1, 8)
    pyramid = feature_pyramid(backbone, width=8)
    images = np.ones((1, 64, 64, 3), "float32")
    segmenter = keras_cv.models.DeepLabV3Plus(pyramid, 4)
    assert segmenter(images).shape == (1, 64, 64, 4)
    detector = keras_cv.models.YOLOV8Detector(
        backbone=pyramid,
        num_classes=3,
        bounding_box_format="xyxy",
        fpn_depth=1,
    )
    assert detector(images)["boxes"].shape == (1, 64 + 16 + 4, 64)


@pytest.mark.skipif(BACKEND == "torch", reason="refused before")
@pytest.mark.parametrize(
    "change, words",
    [
        ({"classes": 0}, "classes: .* got 0"),
        ({"box_format": "corners"}, "box_format: .* got 'corners'"),
        ({"anchor_size": 0}, "anchor_size: .* got 0"),
        ({"score_threshold": 1.0}, "score_threshold: .* got 1.0"),
        ({"backbone": None}, "backbone: .* got NoneType"),
        ({"width": 0}, "width: .* got 0"),
    ],
)
def test_mistakes_are_one_line(keras_cv, change, words):
    with pytest.raises(InputError, match=f"^{words}[^\n]*$"):
        retinanet(**{"backbone": make_backbone(), "classes": 3, **change})


@pytest.mark.skipif(BACKEND == "torch", reason="refused before")
def test_a_missing_kerascv_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "keras_cv", None)
    with pytest.raises(InputError, match=r"^.*attmask\[dense\]'\), got .*$"):
        retinanet(make_backbone(), 3)


@pytest.mark.skipif(BACKEND != "torch", reason="runs there")
def test_pytorch_is_refused_in_one_line():
    with pytest.raises(InputError, match="^KERAS_BACKEND: .* got torch$"):
        retinanet(make_backbone(), 3)

"""Object detection by KerasCV's RetinaNet; nothing else here knows KerasCV.

KerasCV 0.9 is the last of its kind. It runs with Keras 3.15 on TensorFlow and
on JAX; on PyTorch its detectors want torchvision, which has not been tried.
"""

import numbers
import warnings

import keras
import numpy as np

from keras_attmask.dense.coarser_levels import CoarserLevels
from keras_attmask.dense.coco import coco_metrics
from keras_attmask.dense.missing import needing
from keras_attmask.errors import InputError
from keras_attmask.models import feature_pyramid

LEVELS = ("P3", "P4", "P5")
BOX_FORMATS = (
    "xyxy",
    "yxyx",
    "xywh",
    "center_xywh",
    "rel_xyxy",
    "rel_yxyx",
    "rel_xywh",
)
_ASPECT_RATIOS = (0.5, 1.0, 2.0)
_SCALES = (1.0, 2 ** (1 / 3), 2 ** (2 / 3))
_PRIOR = 0.01  # what the fresh classifier believes of every anchor


def _keras_cv():
    """KerasCV, once it is known to be of use."""
    backend = keras.backend.backend()
    if backend not in ("tensorflow", "jax"):
        raise InputError(
            "KERAS_BACKEND: expected tensorflow or jax, on which KerasCV's "
            f"detectors run, got {backend}"
        )
    with needing("keras-cv"):
        import keras_cv
    return keras_cv


def _check(classes, box_format, anchor_size, score_threshold):
    if not isinstance(classes, numbers.Integral) or classes < 1:
        raise InputError(f"classes: expected 1 or more, got {classes!r}")
    if box_format not in BOX_FORMATS:
        raise InputError(
            f"box_format: expected one of {', '.join(BOX_FORMATS)}, got "
            f"{box_format!r}"
        )
    if not anchor_size > 0:
        raise InputError(f"anchor_size: expected above 0, got {anchor_size!r}")
    if not 0 <= score_threshold < 1:
        raise InputError(
            "score_threshold: expected from 0 and below 1, got "
            f"{score_threshold!r}"
        )


def _head(width, outputs, name, bias="zeros"):
    """Three convolutions and one that answers for each place of a map."""
    layers = [
        keras.layers.Conv2D(width, 3, padding="same", activation="relu")
        for _ in range(3)
    ]
    last = keras.layers.Conv2D(
        outputs,
        3,
        padding="same",
        kernel_initializer=keras.initializers.RandomNormal(stddev=0.01),
        bias_initializer=bias,
        dtype="float32",
    )
    return keras.Sequential([*layers, last], name=name)


def retinanet(
    backbone,
    classes,
    box_format="xyxy",
    width=256,
    anchor_size=4.0,
    score_threshold=0.05,
    max_detections=100,
):
    """A KerasCV `RetinaNet` on the simple feature pyramid of a backbone.

    Strides and anchors follow the backbone's patch: from half a patch to
    eight. With patches of 16 pixels they are those of RetinaNet, strides of
    8 to 128 pixels and anchors of 32 to 512 and up to 1.6 times that.

    It is compiled and trained as KerasCV's are. `save_weights` keeps it; its
    `.keras` files do not, since KerasCV's configuration leaves parts out.

    Args:
        backbone: `VisionTransformer`. Its weights are shared, and trained
            unless it is frozen.
        classes: how many; labels are from 0, and -1 fills up.
        box_format: of boxes that go in and come out, one of `BOX_FORMATS`.
        width: channels of pyramid and heads.
        anchor_size: side of the smallest square anchor, in strides.
        score_threshold: boxes found with less confidence are left out.
        max_detections: most boxes found in an image.

    Returns:
        `keras_cv.models.RetinaNet`. `fit` takes normalised images and a
        dict of "boxes" `(n, most, 4)` and "classes" `(n, most)`; `predict`
        gives such a dict, with "confidence" and "num_detections".

    Raises:
        InputError: an argument that cannot be used; the PyTorch backend;
            KerasCV is missing, `keras_attmask[dense]` has it.

    Example:
        >>> detector = retinanet(backbone, classes=10)
        >>> detector.compile(
        ...     optimizer=keras.optimizers.Adam(1e-4, global_clipnorm=10.0),
        ...     box_loss="smoothl1",
        ...     classification_loss="focal",
        ...     jit_compile=False,
        ... )
        >>> detector.fit(images, {"boxes": boxes, "classes": classes})
    """
    keras_cv = _keras_cv()
    _check(classes, box_format, anchor_size, score_threshold)
    pyramid = feature_pyramid(backbone, LEVELS, width)
    strides = [backbone.patch_size * 2.0**i for i in range(-1, 4)]
    anchors = keras_cv.layers.AnchorGenerator(
        bounding_box_format=box_format,
        sizes=[anchor_size * stride for stride in strides],
        aspect_ratios=list(_ASPECT_RATIOS),
        scales=list(_SCALES),
        strides=strides,
        clip_boxes=True,
    )
    decoder = keras_cv.layers.NonMaxSuppression(
        bounding_box_format=box_format,
        from_logits=True,
        confidence_threshold=score_threshold,
        max_detections=max_detections,
    )
    count = len(_ASPECT_RATIOS) * len(_SCALES)
    prior = keras.initializers.Constant(-np.log((1 - _PRIOR) / _PRIOR))
    return keras_cv.models.RetinaNet(
        pyramid,
        classes,
        box_format,
        anchor_generator=anchors,
        prediction_decoder=decoder,
        feature_pyramid=CoarserLevels(width),
        classification_head=_head(width, count * classes, "class_head", prior),
        box_head=_head(width, count * 4, "box_head"),
    )


def _corners(boxes, box_format, image_shape):
    """Boxes of a format as left, top, right and bottom in pixels."""
    converted = _keras_cv().bounding_box.convert_format(
        np.asarray(boxes, "float32"),
        source=box_format,
        target="xyxy",
        image_shape=tuple(image_shape),
    )
    return keras.ops.convert_to_numpy(converted)


def detection_metrics(model, images, labels, batch_size=16):
    """COCO's metrics of a detector.

    Args:
        model: of `retinanet`, or another detector of KerasCV.
        images: normalised float `(n, H, W, C)`.
        labels: dict of "boxes" `(n, most, 4)` in the model's format and
            "classes" `(n, most)`.
        batch_size: images a step.

    Returns:
        Dict of floats, see `coco_metrics`.

    Raises:
        InputError: arrays that do not fit, or a package that is missing.
    """
    with warnings.catch_warnings():
        # Keras finds that the images have no name, and all is well.
        warnings.filterwarnings("ignore", "The structure of `inputs`")
        found = model.predict(images, batch_size, verbose=0)
    form, shape = model.bounding_box_format, images.shape[1:]
    truth = {**labels, "boxes": _corners(labels["boxes"], form, shape)}
    found = {n: keras.ops.convert_to_numpy(v) for n, v in found.items()}
    found["boxes"] = _corners(found["boxes"], form, shape)
    return coco_metrics(truth, found)

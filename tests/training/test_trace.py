"""Four steps of the official training code, replayed by `Distiller`.

Two epochs of two steps on fixed inputs: warm-up, a frozen last layer, the
temperature's rise, clipping, decay, centres and teacher all take part.
"""

import keras
import numpy as np
import official_vectors
import pytest
from gradients import gradients
from keras import ops

from keras_attmask.masking import AttentionGuidedMasking
from keras_attmask.one_program import call_as_one
from keras_attmask.schedules import EpochLinear
from keras_attmask.schedules import WarmupCosine
from keras_attmask.training import AdamW
from keras_attmask.training import Distiller

# Hidden patches (view 0 of both images, then view 1), losses, and how many
# parameters are clipped.
STEPS = [
    (
        [{5, 6, 9, 12}, {1, 2, 8, 9}, {2, 12, 13, 15}, {2, 5, 6, 12}],
        (0.317725, 0.163850, 0.153875),
        1,
    ),
    (
        [{2, 9, 12, 15}, {2, 5, 6, 12}, {2, 5, 6, 9}, {5, 9, 12, 15}],
        (0.335006, 0.173220, 0.161786),
        1,
    ),
    (
        [{2, 12, 13, 15}, {2, 5, 6, 12}, {9, 12, 13, 15}, {2, 3, 5, 6}],
        (10.469619, 5.222477, 5.247142),
        14,
    ),
    (
        [{2, 9, 12, 15}, {2, 5, 6, 12}, {2, 5, 9, 12}, {2, 5, 9, 12}],
        (2.617658, 1.395154, 1.222504),
        12,
    ),
]
CENTER = """.302347 -.269731 .229537 -.182796 .130638 -.074070 .014299
    .047159 -.108441 .167245"""
MASK_TOKEN = """-.012172 -.121480 -.206240 -.266097 -.297726 -.289930 -.223125
    -.142568 -.040584 .051293 .154072 .232252"""
# Sums of absolute values, of the student and of the teacher.
SUMS = {
    "class_token": (1.962685, 2.007800),
    "direction": (15.534634, 15.537481),
    "gain": (9.909547, 9.995623),
    "qkv": (82.410550, 82.386896),
    "patch_bias": (2.182470, 2.302788),
}


class ReadyViews(keras.layers.Layer):
    """Hands on views that a batch holds already."""

    global_crops, num_crops = 2, 4

    def call(self, batch, step_key):
        return {**batch, "global_key": None, "local_key": None}


def batch(step):
    waves = official_vectors.images
    crops = [waves(s + 0.002 * step, 2, 32) for s in (0.013, 0.019)]
    local = [waves(s + 0.001 * step, 2, 16) for s in (0.017, 0.023)]
    return {"global": np.concatenate(crops), "local": np.concatenate(local)}


def make_distiller():
    backbone, head = official_vectors.tiny_pair()
    model = Distiller(
        backbone,
        head,
        ReadyViews(),
        AttentionGuidedMasking("high", mask_ratio=0.3, masking_probability=1),
        teacher_temperature=EpochLinear(0.04, 0.07, 1, 2),
    )
    model.teacher_momentum = WarmupCosine(0.9, 1.0, 4)
    optimizer = AdamW(
        WarmupCosine(1e-2, 1e-6, 4, 2),
        WarmupCosine(0.04, 0.4, 4),
        clip_norm=3.0,
        frozen_steps=2,
    )
    model.compile(optimizer=optimizer)
    return model


def hidden_patches(model, views):
    names = ("class_attention",)
    found = call_as_one(model.teacher, views["global"], outputs=names)
    mask = call_as_one(model.masking, found["class_attention"])
    return [set(np.flatnonzero(row)) for row in ops.convert_to_numpy(mask)]


def count_clipped(model, views):
    views = {name: ops.convert_to_tensor(v) for name, v in views.items()}
    found = gradients(
        lambda: model.distill(views["global"], views["local"], training=False)[
            "loss"
        ],
        model.trainable_variables,
    )
    return sum(np.linalg.norm(g) > 3.0 for g in found)


def watched(backbone, head):
    """Sums of absolute values of some variables."""
    variables = {
        "class_token": backbone.class_token.token,
        "direction": head.class_prototypes.direction,
        "gain": head.class_prototypes.gain,
        "qkv": backbone.blocks[1].attention.qkv.kernel,
        "patch_bias": backbone.patch_embedding.bias,
    }
    return {
        name: np.abs(ops.convert_to_numpy(v)).sum()
        for name, v in variables.items()
    }


def numbers(text):
    return pytest.approx([float(word) for word in text.split()], abs=2e-5)


def test_four_steps_of_the_official_code():
    model = make_distiller()
    for step, (masks, losses, clipped) in enumerate(STEPS):
        views = batch(step)
        assert hidden_patches(model, views) == masks
        if clipped == 14:  # once: JAX compiles this anew for every step
            assert count_clipped(model, views) == clipped
        model.reset_metrics()
        logs = model.train_on_batch(views, return_dict=True)
        found = [logs[name] for name in ("loss", "cls_loss", "patch_loss")]
        assert found == pytest.approx(losses, rel=2e-5)
    center = ops.convert_to_numpy(model.cls_center.centre)
    assert center == numbers(CENTER)
    token = ops.convert_to_numpy(model.student.mask_token.token)
    assert token[0] == numbers(MASK_TOKEN)
    student = watched(model.student, model.student_head)
    teacher = watched(model.teacher, model.teacher_head)
    for name, sums in SUMS.items():
        found = (student[name], teacher[name])
        assert found == pytest.approx(sums, rel=1e-5), name

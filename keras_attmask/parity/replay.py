"""Repeats a recorded training run of the official code, step by step."""

import dataclasses

import keras
import numpy as np

from keras_attmask.errors import InputError
from keras_attmask.masking import AttentionGuidedMasking
from keras_attmask.parity.npz_file import number
from keras_attmask.parity.trace import Recorded
from keras_attmask.parity.trace import weight_errors
from keras_attmask.schedules import Constant
from keras_attmask.training import AdamW
from keras_attmask.training import Distiller

LOSS_LIMIT = 2e-5
WEIGHT_LIMIT = 1e-4
_LOSSES = {"loss_cls": "cls_loss", "loss_patch": "patch_loss"}


@dataclasses.dataclass(frozen=True)
class _Crops:
    """How many views an image has; they come ready."""

    global_crops: int
    num_crops: int


class _Replay(Distiller):
    """A `Distiller` whose batches are recorded views and masks."""

    def outcome(self, batch, training=True):
        return self.distill(
            batch["global"],
            batch["local"],
            patch_mask=batch["mask"],
            training=training,
        )

    def distill(self, global_views, *views, **options):
        found = super().distill(global_views, *views, **options)
        if not self.patch_weight:
            # The official code moves this centre though nothing reads it.
            tokens = self._teacher_pass(global_views)["patch_tokens"]
            vectors = self.teacher_head.bottleneck(tokens)
            targets = self._targets(True, self.patch_center.centre, Constant(1))
            found["patch_logits"] = targets.mean_logits(vectors)
        return found


@dataclasses.dataclass
class Replayed:
    """Absolute errors of one variant.

    Attributes:
        losses: name to a list, one error a step.
        centers: name to the largest error of any step.
        weights: "student" and "teacher" to a dict of name to error.
    """

    losses: dict
    centers: dict
    weights: dict

    def worst(self, part):
        """Largest error of "losses", "centers" or "weights"."""
        values = [
            list(value.values()) if isinstance(value, dict) else value
            for value in getattr(self, part).values()
        ]
        errors = np.concatenate([np.ravel(value) for value in values])
        return float(errors.max()) if np.isfinite(errors).all() else np.inf

    @property
    def passed(self):
        """Whether all errors are within the limits."""
        return (
            self.worst("losses") <= LOSS_LIMIT
            and self.worst("centers") <= WEIGHT_LIMIT
            and self.worst("weights") <= WEIGHT_LIMIT
        )


def replay(checkpoint, arrays, variant):
    """Trains from a checkpoint with recorded inputs, masks and schedules.

    The step is that of `Distiller` and `AdamW`, compiled as in `fit`.

    Args:
        checkpoint: `convert.Checkpoint` with student and teacher. Its
            networks are trained: load it afresh for each variant.
        arrays: what `read_npz` gives for a trace.
        variant: prefix of the recorded results, for example "ibot".

    Returns:
        `Replayed`.

    Raises:
        InputError: for a trace that lacks something or does not fit.
    """
    try:
        model = _model(checkpoint, arrays, variant)
        steps = len(arrays["schedule.lr"])
        losses = {name: [] for name in (*_LOSSES, "loss_total")}
        centers = {"center_cls": 0.0, "center_patch": 0.0}
        for step in range(steps):
            logs = model.train_on_batch(
                _batch(arrays, variant, step), return_dict=True
            )
            model.reset_metrics()
            _compare_losses(logs, model, arrays, variant, step, losses)
            _compare_centers(model, arrays, variant, step, centers)
    except KeyError as error:
        raise InputError(
            f"trace: expected {error.args[0]}, got none"
        ) from error
    weights = {
        name: weight_errors(
            getattr(model, name),
            getattr(model, f"{name}_head"),
            arrays,
            f"{variant}.{name}.",
        )
        for name in ("student", "teacher")
    }
    return Replayed(losses, centers, weights)


def _model(checkpoint, arrays, variant):
    student = checkpoint.networks["student"]
    crops = arrays["inputs_global"].shape[1]
    model = _Replay(
        student.backbone,
        student.head,
        _Crops(crops, crops + arrays["inputs_local"].shape[1]),
        AttentionGuidedMasking("high", mask_ratio=(0.0, 1.0)),
        patch_weight=number(arrays, f"lambda2.{variant}"),
        student_temperature=number(arrays, "hyper.student_temp"),
        teacher_temperature=Recorded(arrays["schedule.teacher_temp"]),
        patch_teacher_temperature=Recorded(
            arrays["schedule.teacher_patch_temp"]
        ),
        center_momentum=number(arrays, "hyper.center_momentum"),
        name="replay",
        dtype="float32",
    )
    checkpoint.restore(model)
    model.teacher_momentum = Recorded(arrays["schedule.momentum"])
    model.compile(
        optimizer=AdamW(
            Recorded(arrays["schedule.lr"]),
            Recorded(arrays["schedule.wd"]),
            clip_norm=number(arrays, "hyper.clip"),
            frozen_steps=_frozen_steps(arrays["schedule.freeze_last_layer"]),
        ),
        jit_compile=keras.backend.backend() == "jax",
    )
    return model


def _frozen_steps(frozen):
    steps = int(np.sum(frozen))
    if not np.all(frozen[:steps]):
        raise InputError(
            "schedule.freeze_last_layer: expected only first steps, got others"
        )
    return steps


def _batch(arrays, variant, step):
    """Views of one step, one after the other: `(views B, H, W, C)`."""
    mask = arrays[f"{variant}.mask"][step]
    batch = {"mask": mask.reshape(mask.shape[0] * mask.shape[1], -1)}
    for kind in ("global", "local"):
        views = arrays[f"inputs_{kind}"][step]
        batch[kind] = views.reshape(-1, *views.shape[2:]).astype("float32")
    return batch


def _compare_losses(logs, model, arrays, variant, step, losses):
    weights = {"loss_cls": model.cls_weight, "loss_patch": model.patch_weight}
    values = {n: logs[ours] * weights[n] for n, ours in _LOSSES.items()}
    values["loss_total"] = logs["loss"]
    for name, value in values.items():
        expected = arrays[f"{variant}.{name}"][step]
        losses[name].append(abs(float(value) - float(expected)))


def _compare_centers(model, arrays, variant, step, centers):
    for name in centers:
        kind = name.removeprefix("center_")
        own = keras.ops.convert_to_numpy(
            getattr(model, f"{kind}_center").centre
        )
        error = np.abs(own - arrays[f"{variant}.{name}"][step]).max()
        centers[name] = float(np.maximum(centers[name], error))

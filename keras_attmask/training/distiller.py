"""Teacher and student, and the step that trains them."""

import keras
from keras import ops

from keras_attmask import counter_random
from keras_attmask.losses import Centering
from keras_attmask.losses import class_loss
from keras_attmask.losses import patch_loss
from keras_attmask.losses import teacher_probabilities
from keras_attmask.schedules import Constant
from keras_attmask.training.networks import MovingAverage
from keras_attmask.training.networks import gather_hidden
from keras_attmask.training.networks import make_teacher
from keras_attmask.training.networks import paired
from keras_attmask.training.networks import rows_in_use


class Distiller(keras.Model):
    """Self-distillation with masked images: AttMask, iBOT and DINO.

    The teacher sees two clean global views of an image; its last block's
    class attention is handed to `masking`, which hides patches from the
    student. The student matches the teacher's class token across views and,
    with `patch_weight` above zero, its patch tokens at the hidden places.
    The teacher is an exponential mean of the student, updated inside the
    compiled step, after the optimizer.

    Every random choice is a function of the seed, the step and the identity
    of the image, so a run does not depend on the number of devices.

    Args:
        backbone: the student `VisionTransformer`; with a mask token if
            `masking` is given.
        head: a `ProjectionHead` for it, built or not.
        views: layer that turns a batch into views, see `data.MultiCropViews`.
        masking: a `MaskingStrategy`, or None to hide nothing.
        cls_weight: weight of the class-token loss.
        patch_weight: weight of the patch loss; 0 leaves it out (DINO).
        student_temperature: number.
        teacher_temperature: number or schedule for class targets.
        patch_teacher_temperature: the same for patch targets; None takes
            `teacher_temperature`.
        center_momentum: share of the old centres that a step keeps.
        seed: integer that all random choices are derived from.

    Call arguments:
        inputs: a batch as `views` takes it, returned as it is; or
            normalised images `(B, H, W, C)` outside of training.

    Returns:
        For images, the teacher's class tokens `(B, D)`.

    Raises:
        ValueError: for a `masking` without mask token in the backbone, or a
            patch loss without `masking`.

    References: arXiv 2203.12719 (AttMask), 2111.07832 (iBOT), 2104.14294
    (DINO).
    """

    def __init__(
        self,
        backbone,
        head,
        views,
        masking=None,
        cls_weight=1.0,
        patch_weight=1.0,
        student_temperature=0.1,
        teacher_temperature=0.04,
        patch_teacher_temperature=None,
        center_momentum=0.9,
        seed=0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        _check(backbone, masking, patch_weight)
        self.views = views
        self.masking = masking
        self.cls_weight = cls_weight
        self.patch_weight = patch_weight
        self.student_temperature = student_temperature
        self.teacher_temperature = _schedule(teacher_temperature)
        self.patch_teacher_temperature = _schedule(
            patch_teacher_temperature or teacher_temperature
        )
        self.teacher_momentum = Constant(0.996)
        self.seed = seed
        if not head.built:
            head.build((None, backbone.hidden_dim))
        self.student, self.student_head = backbone, head
        self.teacher, self.teacher_head = make_teacher(backbone, head)
        self._average = MovingAverage(
            paired(self.student, self.teacher)
            + paired(self.student_head, self.teacher_head)
        )
        self.cls_center, self.patch_center = (
            Centering(head.num_prototypes, center_momentum, name=name)
            for name in ("cls_center", "patch_center")
        )
        self.step = self.add_weight(
            name="step",
            shape=(),
            dtype="int32",
            initializer="zeros",
            trainable=False,
            aggregation="only_first_replica",
        )
        self.cls_tracker = keras.metrics.Mean(name="cls_loss")
        self.patch_tracker = keras.metrics.Mean(name="patch_loss")
        self.built = True

    def compile(self, optimizer="rmsprop", **kwargs):
        """Keras' `compile`; makes the optimizer's variables at once.

        Made later, inside the first step, they would have TensorFlow trace
        that step twice.
        """
        super().compile(optimizer=optimizer, **kwargs)
        self.optimizer.build(self.trainable_variables)

    def call(self, inputs, training=False):
        if training or isinstance(inputs, dict):
            return inputs
        return self.teacher(inputs)["class_token"]

    def compute_loss(
        self, x=None, y=None, y_pred=None, sample_weight=None, training=True
    ):
        step_key = counter_random.fold_in(self.seed, self.step)
        views = self.views(x, step_key=step_key)
        return self.distillation_loss(
            views["global"],
            views["local"],
            views["global_key"],
            views["local_key"],
            step_key,
            training=training,
        )

    def distillation_loss(
        self,
        global_views,
        local_views=None,
        global_key=None,
        local_key=None,
        step_key=None,
        patch_mask=None,
        training=True,
    ):
        """The loss of ready views; also moves the centres.

        Args:
            global_views: normalised `(G B, H, W, C)`, first view of all
                images, then second.
            local_views: `(L B, h, w, C)` likewise, or None.
            global_key: int32 `(G B,)`, see `counter_random`.
            local_key: int32 `(L B,)`.
            step_key: int32 scalar.
            patch_mask: bool `(G B, N)` to use instead of drawing one.
            training: turns stochastic depth on and moves the centres.

        Returns:
            Scalar float32.
        """
        teacher = self._teacher_pass(global_views)
        if patch_mask is None and self.masking is not None:
            patch_mask = self.masking(
                teacher["class_attention"],
                grid=self.student.patch_embedding.grid(global_views.shape[1:3]),
                sample_key=global_key,
                step_key=step_key,
            )
        student = self.student(
            global_views,
            patch_mask=patch_mask,
            sample_key=global_key,
            training=training,
        )
        tokens = [student["class_token"]]
        if local_views is not None:
            local = self.student(
                local_views,
                outputs=("class_token",),
                sample_key=local_key,
                training=training,
            )
            tokens.append(local["class_token"])
        cls = self._class_part(ops.concatenate(tokens), teacher, training)
        patch = 0.0
        if self.patch_weight:
            patch = self._patch_part(student, teacher, patch_mask, training)
        self.cls_tracker.update_state(cls)
        self.patch_tracker.update_state(patch)
        return self.cls_weight * cls + self.patch_weight * patch

    def _teacher_pass(self, views):
        outputs = ["class_token", "patch_tokens"]
        if self.masking is not None:
            outputs.append("class_attention")
        tokens = self.teacher(views, outputs=tuple(outputs))
        return {k: ops.stop_gradient(v) for k, v in tokens.items()}

    def _temperature(self, schedule):
        return schedule(ops.cast(self.step, "float32"), ops)

    def _class_part(self, student_tokens, teacher, training):
        """Class loss; tokens are `(V B, D)`, view by view."""
        head = self.teacher_head
        logits = head.class_logits(head.bottleneck(teacher["class_token"]))
        targets = teacher_probabilities(
            logits,
            self.cls_center.centre,
            self._temperature(self.teacher_temperature),
        )
        student = self.student_head(student_tokens)
        prototypes = student.shape[-1]
        crops, views = self.views.global_crops, self.views.num_crops
        batch = ops.shape(logits)[0] // crops
        loss = class_loss(
            ops.reshape(student, (views, batch, prototypes)),
            ops.reshape(targets, (crops, batch, prototypes)),
            self.student_temperature,
        )
        if training:
            self.cls_center.update(ops.mean(logits, axis=0))
        return loss

    def _patch_part(self, student, teacher, mask, training):
        """Patch loss on the hidden places only.

        The last layer is linear, so the centre's mean over all patches is
        taken before it: wide teacher logits exist for hidden places only.
        """
        head = self.teacher_head
        vectors = head.bottleneck(teacher["patch_tokens"])
        found, wanted, share = student["patch_tokens"], vectors, 1.0
        rows, capacity = rows_in_use(
            mask, self.masking.capacity(mask.shape[-1])
        )
        if rows is not None:
            share = rows.shape[0] / mask.shape[0]
            found, wanted, mask = (
                ops.take(x, rows, axis=0) for x in (found, wanted, mask)
            )
        tokens, weights, places = gather_hidden(found, mask, capacity)
        hidden = ops.take_along_axis(wanted, places, axis=1)
        targets = teacher_probabilities(
            head.patch_logits(hidden),
            self.patch_center.centre,
            self._temperature(self.patch_teacher_temperature),
        )
        logits = self.student_head(tokens, patches=True)
        loss = patch_loss(logits, targets, weights, self.student_temperature)
        loss = loss * share  # rows left out count as zero
        if training:
            self._move_patch_center(vectors)
        return loss

    def _move_patch_center(self, vectors):
        """Follows the teacher's unit vectors `(M, N, D)` of all patches."""
        mean = ops.mean(ops.cast(vectors, "float32"), axis=(0, 1))
        mean = self.teacher_head.patch_logits(ops.expand_dims(mean, 0))[0]
        self.patch_center.update(mean)

    def update_teacher(self):
        """Moves the teacher towards the student and counts the step."""
        step = ops.cast(self.step, "float32")
        self._average.update(self.teacher_momentum(step, ops))
        self.step.assign(self.step + 1)

    def train_step(self, *args, **kwargs):
        if keras.backend.backend() == "jax":
            return self._stateless_train_step(*args, **kwargs)
        logs = super().train_step(*args, **kwargs)
        self.update_teacher()
        return logs

    def _stateless_train_step(self, state, data):
        """The step for JAX: values come in and go out as lists."""
        logs, state = super().train_step(state, data)
        trainable, non_trainable, optimizer, metrics = state
        mapping = list(zip(self.trainable_variables, trainable))
        mapping += zip(self.non_trainable_variables, non_trainable)
        with keras.StatelessScope(state_mapping=mapping) as scope:
            self.update_teacher()
        non_trainable = [
            scope.get_current_value(v) for v in self.non_trainable_variables
        ]
        return logs, (trainable, non_trainable, optimizer, metrics)


def _schedule(value):
    return value if callable(value) else Constant(value)


def _check(backbone, masking, patch_weight):
    if masking is not None and not backbone.use_mask_token:
        raise ValueError(
            "`masking` needs a student with a mask token: expected a "
            "backbone with use_mask_token=True, got False."
        )
    if patch_weight and masking is None:
        raise ValueError(
            "`patch_weight` needs hidden patches: expected a `masking` "
            "strategy, or patch_weight=0, got masking=None."
        )

"""Teacher and student, and the step that trains them."""

from keras import ops

from keras_attmask import counter_random
from keras_attmask.losses import Centering
from keras_attmask.schedules import Constant
from keras_attmask.training import monitors
from keras_attmask.training.hidden import gather_hidden
from keras_attmask.training.networks import MovingAverage
from keras_attmask.training.networks import make_teacher
from keras_attmask.training.networks import paired
from keras_attmask.training.objective import Scorer
from keras_attmask.training.objective import Targets
from keras_attmask.training.objective import class_part
from keras_attmask.training.objective import patch_part
from keras_attmask.training.step_mean import StepMean
from keras_attmask.training.stepper import Stepper


class Distiller(Stepper):
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
        accumulation: parts that a batch is worked through in, for memory;
            they move the state once, together, as the whole would.
        chunk_tokens: tokens whose scores over prototypes exist at once; 0
            for all.

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
        accumulation=1,
        chunk_tokens=4096,
        **kwargs,
    ):
        super().__init__(**kwargs)
        _check(backbone, masking, patch_weight)
        self.accumulation = accumulation
        self.chunk_tokens = chunk_tokens
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
        self.make_counters()
        self.cls_tracker = StepMean(name="cls_loss")
        self.patch_tracker = StepMean(name="patch_loss")
        names = [*monitors.NAMES]
        names += [monitors.OF_ATTENTION] * (masking is not None)
        self.monitor_trackers = [StepMean(name=name) for name in names]
        self.built = True

    @property
    def kept(self):
        """The network that all is done for: the teacher's backbone."""
        return self.teacher

    @property
    def looped(self):
        """Variables that a loop over the student's blocks takes as one."""
        return getattr(self.student, "looped", ())

    def zero_outcome(self):
        """The outcome of nothing, in the form of `outcome`."""
        names = ["loss", *(tracker.name for tracker in self.monitor_trackers)]
        outcome = {name: ops.zeros((), "float32") for name in names}
        for name in ["cls"] + ["patch"] * bool(self.patch_weight):
            centre = getattr(self, f"{name}_center").centre
            outcome[f"{name}_loss"] = ops.zeros((), "float32")
            outcome[f"{name}_logits"] = ops.zeros(centre.shape, "float32")
        return outcome

    def call(self, inputs, training=False):
        if training or isinstance(inputs, dict):
            return inputs
        return self.teacher(inputs)["class_token"]

    def compute_loss(
        self, x=None, y=None, y_pred=None, sample_weight=None, training=True
    ):
        """The loss of a batch, as `evaluate` asks for it."""
        outcome = self.outcome(x, training)
        self._track(outcome)
        return outcome["loss"]

    def outcome(self, batch, training=True):
        """What a batch amounts to; moves nothing.

        Args:
            batch: as `views` takes it.
            training: turns stochastic depth on.

        Returns:
            The dict of `distill`.
        """
        step_key = counter_random.fold_in(self.seed, self.step)
        views = self.views(batch, step_key=step_key)
        return self.distill(
            views["global"],
            views["local"],
            views["global_key"],
            views["local_key"],
            step_key,
            training=training,
        )

    def distill(
        self,
        global_views,
        local_views=None,
        global_key=None,
        local_key=None,
        step_key=None,
        patch_mask=None,
        training=True,
    ):
        """What ready views amount to; moves nothing.

        Args:
            global_views: normalised `(G B, H, W, C)`, first view of all
                images, then second.
            local_views: `(L B, h, w, C)` likewise, or None.
            global_key: int32 `(G B,)`, see `counter_random`.
            local_key: int32 `(L B,)`.
            step_key: int32 scalar.
            patch_mask: bool `(G B, N)` to use instead of drawing one.
            training: turns stochastic depth on.

        Returns:
            A dict of float32 means over the batch: scalars "loss",
            "cls_loss", "patch_loss" (with a patch loss) and what
            `monitors.monitored` finds; and the teacher's logits `(K,)`,
            "cls_logits" and "patch_logits" (likewise).
        """
        teacher = self._teacher_pass(global_views)
        if patch_mask is None and self.masking is not None:
            patch_mask = self.masking(
                teacher["class_attention"],
                grid=self.student.patch_embedding.grid(global_views.shape[1:3]),
                sample_key=global_key,
                step_key=step_key,
                num_views=self.views.global_crops,
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
        found = self._class_part(ops.concatenate(tokens), teacher)
        if self.patch_weight:
            found |= self._patch_part(student, teacher, patch_mask)
        loss = self.cls_weight * found["cls_loss"]
        if self.patch_weight:
            loss = loss + self.patch_weight * found["patch_loss"]
        return {"loss": loss, **found}

    def _teacher_pass(self, views):
        outputs = ["class_token", "patch_tokens"]
        if self.masking is not None:
            outputs.append("class_attention")
        tokens = self.teacher(views, outputs=tuple(outputs))
        return {k: ops.stop_gradient(v) for k, v in tokens.items()}

    def _targets(self, patches, centre, schedule):
        temperature = schedule(ops.cast(self.step, "float32"), ops)
        return Targets(self.teacher_head, patches, centre, temperature)

    def _class_part(self, tokens, teacher):
        """Tokens are `(V B, D)`, view by view."""
        targets = self._targets(
            False, self.cls_center.centre, self.teacher_temperature
        )
        vectors = self.teacher_head.bottleneck(teacher["class_token"])
        crops, views = self.views.global_crops, self.views.num_crops
        loss = class_part(
            Scorer(self.student_head, patches=False),
            ops.reshape(tokens, (views, -1, tokens.shape[-1])),
            targets,
            ops.reshape(vectors, (crops, -1, vectors.shape[-1])),
            self.student_temperature,
            self.chunk_tokens,
        )
        watched = monitors.monitored(
            teacher["class_token"],
            targets(vectors),
            teacher.get("class_attention"),
        )
        logits = targets.mean_logits(vectors)
        return {"cls_loss": loss, "cls_logits": logits, **watched}

    def _patch_part(self, student, teacher, mask):
        targets = self._targets(
            True, self.patch_center.centre, self.patch_teacher_temperature
        )
        vectors = self.teacher_head.bottleneck(teacher["patch_tokens"])
        views = self.views.global_crops
        hidden = gather_hidden(
            student["patch_tokens"],
            vectors,
            mask,
            self.masking.capacity(mask.shape[-1]),
            views,
            self.masking.masked_views(views),
        )
        loss = patch_part(
            Scorer(self.student_head, patches=True),
            hidden,
            targets,
            self.student_temperature,
            self.chunk_tokens,
        )
        return {
            "patch_loss": loss,
            "patch_logits": targets.mean_logits(vectors),
        }

    def follow(self, outcome):
        """Moves centres, teacher, step and metrics, after the student.

        After a step that is not finite, the step's number and the count of
        steps left out move alone.

        Args:
            outcome: what `distill` gave, or the mean of several, and
                "finite": 1 where all of it and the gradients are.
        """
        step = ops.cast(self.step, "float32")
        finite = self.count(outcome)
        self.move_centers(outcome, finite)
        momentum = self.teacher_momentum(step, ops)
        self._average.update(ops.where(finite, momentum, 1.0))
        self._track(outcome, finite)

    def _track(self, outcome, finite=True):
        self.track(self.cls_tracker, outcome["cls_loss"], finite)
        self.track(self.patch_tracker, outcome.get("patch_loss", 0.0), finite)
        for tracker in self.monitor_trackers:
            self.track(tracker, outcome[tracker.name], finite)

    def move_centers(self, outcome, finite=True):
        """Moves the centres towards the mean logits of a finite outcome."""
        self.cls_center.update(outcome["cls_logits"], finite)
        if "patch_logits" in outcome:
            self.patch_center.update(outcome["patch_logits"], finite)


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

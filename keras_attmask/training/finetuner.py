"""The step that fine-tunes a classifier."""

from keras import ops

from keras_attmask import counter_random
from keras_attmask.losses.supervised import desired
from keras_attmask.losses.supervised import supervised_loss
from keras_attmask.training.networks import MovingAverage
from keras_attmask.training.networks import clone
from keras_attmask.training.stepper import Stepper


class Finetuner(Stepper):
    """Supervised training of a classifier, or of its head alone.

    Every random choice is a function of the seed, the step and the identity
    of the image, as in `Distiller`, and the update is the same. Only with
    whom an image is mixed depends on the part of the batch that a device
    works on.

    Args:
        classifier: `models.Classifier`; what is not trainable in it stays.
        views: layer that cuts one view of each image, see
            `data.MultiCropViews`; its pixels come from 0 to 255.
        augmentation: called with those views `(B, H, W, C)`, float32 targets
            `(B, K)` and int32 keys `(B,)`; returns normalised images and
            targets, see `augmentation.Augmentation`.
        task: "classification", "multilabel" or "regression".
        label_smoothing: see `losses.supervised.desired`.
        ema: share of the old value that a step keeps in the mean of the
            weights; 0 keeps no mean. In the first steps the mean follows
            faster, as min(ema, (1 + step) / (10 + step)).
        accumulation: parts that a batch is worked through in.
        seed: integer that all random choices are derived from.

    Call arguments:
        inputs: a batch: a dict as `views` takes it, with "target" int `(B,)`
            or float `(B, K)`.

    Returns:
        The batch, unchanged.
    """

    def __init__(
        self,
        classifier,
        views,
        augmentation,
        task="classification",
        label_smoothing=0.0,
        ema=0.0,
        accumulation=1,
        seed=0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.student, self.views = classifier, views
        self.augmentation = augmentation
        self.task, self.label_smoothing = task, label_smoothing
        self.ema, self.accumulation, self.seed = ema, accumulation, seed
        self.average, self._average = None, None
        if ema:
            # A backbone of its own: `clone` hands on what it finds.
            backbone = clone(classifier.backbone, name="average_backbone")
            self.average = clone(classifier, name="average", backbone=backbone)
            self.average.trainable = False
            pairs = list(zip(classifier.weights, self.average.weights))
            for new, old in pairs:
                # A real copy: JAX refuses to donate one buffer twice.
                old.assign(ops.convert_to_numpy(new))
            self._average = MovingAverage(pairs)
        self.make_counters()
        self.built = True

    @property
    def kept(self):
        """The classifier that is measured and kept."""
        return self.student if self.average is None else self.average

    @property
    def looped(self):
        return self.student.looped

    def call(self, inputs, training=False):
        return inputs

    def compute_loss(
        self, x=None, y=None, y_pred=None, sample_weight=None, training=True
    ):
        """The loss of a batch, as `evaluate` asks for it."""
        loss = self.outcome(x, training)["loss"]
        self.track(self._loss_tracker, loss)
        return loss

    def zero_outcome(self):
        """The outcome of nothing, in the form of `outcome`."""
        return {"loss": ops.zeros((), "float32")}

    def outcome(self, batch, training=True):
        """What a batch amounts to; moves nothing.

        Args:
            batch: see the class.
            training: turns stochastic depth on.

        Returns:
            A dict of "loss", a float32 scalar.
        """
        step_key = counter_random.fold_in(self.seed, self.step)
        views = self.views(batch, step_key=step_key)
        count = len(self.student.names)
        targets = desired(
            batch["target"], count, self.task, self.label_smoothing
        )
        keys = views["global_key"]
        # RandAugment looks tones up by whole numbers, as of bytes.
        pixels = ops.round(views["global"])
        images, targets = self.augmentation(pixels, targets, keys)
        logits = self.student.logits(images, keys, training)
        return {"loss": supervised_loss(targets, logits, self.task)}

    def follow(self, outcome):
        """Counts the step and moves the mean of the weights.

        Args:
            outcome: what `outcome` gave, or the mean of several, and
                "finite": 1 where all of it and the gradients are.
        """
        step = ops.cast(self.step, "float32")
        finite = self.count(outcome)
        if self._average is not None:
            momentum = ops.minimum(self.ema, (1.0 + step) / (10.0 + step))
            self._average.update(ops.where(finite, momentum, 1.0))

"""Warns of a teacher that says the same of every image."""

import math

import keras
from rich.console import Console

# Of the largest possible value.
_UNIFORM, _NOTHING = 0.995, 0.01
_LINE = 1.02  # directions; healthy runs begin at 1.2


class CollapseMonitor(keras.callbacks.Callback):
    """Watches for the ways in which self-distillation collapses.

    At the end of an epoch it looks at the epoch's means of what
    `monitors.monitored` finds, and warns with the setting to change. A
    network that has learned little yet looks collapsed too: nothing is said
    before `patience` steps.

    Args:
        patience: steps before the first warning.
        console: where to print; standard error by default.

    Attributes:
        warnings: those given so far, a list of text.
    """

    def __init__(self, patience=0, console=None):
        super().__init__()
        self.patience = patience
        self.console = console or Console(stderr=True, highlight=False)
        self.warnings = []

    def on_epoch_end(self, epoch, logs=None):
        if self.model.steps_made < self.patience or not logs:
            return
        prototypes = self.model.cls_center.num_prototypes
        for text in signs(logs, prototypes):
            if text not in self.warnings:  # once each, not every epoch
                self.warnings.append(text)
                self.console.print(
                    f"warning: {text}", markup=False, soft_wrap=True
                )


def signs(logs, prototypes):
    """What speaks for a collapse, each with what to change.

    Args:
        logs: of an epoch: "cls_loss", "teacher_entropy",
            "teacher_diversity", "feature_rank" and maybe "attention_entropy".
        prototypes: K.

    Returns:
        List of text.
    """
    most, found = math.log(prototypes), []
    sure = logs["teacher_entropy"] / most
    alike = logs["teacher_diversity"] < _NOTHING * most
    if sure > _UNIFORM and logs["cls_loss"] > _UNIFORM * most:
        found.append(
            "the teacher's outputs are uniform, and the class loss is ln K; "
            "lower objective.teacher_temperature, start teacher.momentum "
            "lower (0.99) or take fewer head.num_prototypes"
        )
    elif alike and sure < _NOTHING:
        found.append(
            "the teacher gives every image the same output; lower "
            "objective.center_momentum, raise objective.teacher_temperature "
            "or training.batch_size"
        )
    elif alike:
        found.append(
            "the teacher's outputs hardly differ between images; lower "
            "optimizer.learning_rate or lengthen optimizer.warmup_epochs"
        )
    if logs["feature_rank"] < _LINE:
        found.append(
            "class tokens differ along one direction at most; lower "
            "optimizer.learning_rate or raise training.batch_size"
        )
    attention = logs.get("attention_entropy", 0.5)
    if attention > 1 - 1e-4:
        found.append(
            "the class attention is the same for all patches and cannot guide "
            "a mask; masking.strategy=random asks nothing of it"
        )
    elif attention < _NOTHING:
        found.append(
            "the class attention rests on one patch; lower "
            "optimizer.learning_rate, or take backbone.num_registers=4"
        )
    return found

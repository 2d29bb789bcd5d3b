"""Values that change over a run: plain functions of the step.

A schedule is a frozen dataclass that is called with a step. `ops` is the
array library that does it: NumPy on the host, `keras.ops` inside a compiled
step; so a schedule is written once, and this file imports no framework.
Durations are steps here; epochs become steps in one place, when a recipe is
built.
"""

import dataclasses
import math

import numpy as np


class Schedule:
    """What all schedules share: their settings, ready for JSON."""

    def get_config(self):
        return dataclasses.asdict(self)

    @classmethod
    def from_config(cls, config):
        return cls(**config)


@dataclasses.dataclass(frozen=True)
class Constant(Schedule):
    """The same value at every step."""

    value: float

    def __call__(self, step, ops=np):
        return step * 0.0 + self.value


@dataclasses.dataclass(frozen=True)
class WarmupCosine(Schedule):
    """A straight line from zero, then half a cosine.

    The warm-up reaches `peak` at its last step, and the cosine starts at
    `peak` on the next one (the schedule of DINO, iBOT and AttMask).

    Attributes:
        peak: value after the warm-up.
        end: value that the cosine approaches.
        total_steps: steps of the run, warm-up included.
        warmup_steps: steps of the straight line.
    """

    peak: float
    end: float
    total_steps: int
    warmup_steps: int = 0

    def __call__(self, step, ops=np):
        step = step * 1.0
        line = self.peak * step / max(self.warmup_steps - 1, 1)
        length = max(self.total_steps - self.warmup_steps, 1)
        share = ops.clip((step - self.warmup_steps) / length, 0.0, 1.0)
        swing = 0.5 * (self.peak - self.end)
        cosine = self.end + swing * (1.0 + ops.cos(math.pi * share))
        return ops.where(step < self.warmup_steps, line, cosine)


@dataclasses.dataclass(frozen=True)
class EpochLinear(Schedule):
    """Rises from epoch to epoch, then stays.

    Attributes:
        start: value of the first epoch.
        end: value from epoch `warmup_epochs - 1` on (of two or more).
        warmup_epochs: epochs of the rise.
        steps_per_epoch: steps an epoch.
    """

    start: float
    end: float
    warmup_epochs: int
    steps_per_epoch: int

    def __call__(self, step, ops=np):
        # Half a step from the boundary: XLA multiplies by the rounded inverse
        # of the length, which may fall short of a whole number of epochs.
        epoch = ops.floor((step + 0.5) / self.steps_per_epoch)
        length = max(self.warmup_epochs - 1, 1)
        share = ops.clip(epoch / length, 0.0, 1.0)
        if self.warmup_epochs == 0:
            share = share * 0.0 + 1.0
        return self.start + (self.end - self.start) * share

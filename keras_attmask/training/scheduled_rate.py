"""Schedules of this package, for optimizers of Keras."""

import keras
from keras import ops
from keras.optimizers.schedules import LearningRateSchedule

from keras_attmask import schedules

_register = keras.saving.register_keras_serializable("keras_attmask")
for _kind in (
    schedules.Constant,
    schedules.WarmupCosine,
    schedules.EpochLinear,
):
    _register(_kind)


@_register
class ScheduledRate(LearningRateSchedule):
    """Lets a Keras optimizer read a schedule of `keras_attmask.schedules`.

    Args:
        schedule: callable `(step, ops) -> value` of the update's number.
        accumulation: micro-steps an update; Keras hands over micro-steps.
    """

    def __init__(self, schedule, accumulation=None):
        self.schedule = schedule
        self.accumulation = accumulation

    def __call__(self, step):
        if self.accumulation:
            step = ops.floor_divide(step, self.accumulation)
        return self.schedule(ops.cast(step, "float32"), ops)

    def get_config(self):
        schedule = keras.saving.serialize_keras_object(self.schedule)
        return {"schedule": schedule, "accumulation": self.accumulation}

    @classmethod
    def from_config(cls, config):
        schedule = keras.saving.deserialize_keras_object(config["schedule"])
        return cls(schedule, config["accumulation"])

"""The teacher's momentum: given here, followed in the compiled step."""

import keras

from keras_attmask.schedules import Constant


class TeacherEMA(keras.callbacks.Callback):
    """Gives a `Distiller` the schedule of its teacher's momentum.

    The update itself belongs to the compiled step, where weights need not
    leave the device; this callback hands the schedule over before the step
    is traced, and adds the value of each step to the logs.

    Args:
        momentum: number, or schedule `(step, ops) -> value` of
            `keras_attmask.schedules`.
    """

    def __init__(self, momentum=0.996):
        super().__init__()
        self.schedule = momentum if callable(momentum) else Constant(momentum)
        self._step = 0

    def set_model(self, model):
        super().set_model(model)
        if model.teacher_momentum != self.schedule:
            model.teacher_momentum = self.schedule
            model.train_function = None  # an older step keeps its schedule

    def on_train_begin(self, logs=None):
        self._step = self.model.steps_made

    def _log(self, step, logs):
        if logs is not None:
            logs["teacher_momentum"] = float(self.schedule(step))

    def on_train_batch_end(self, batch, logs=None):
        self._log(self._step, logs)
        self._step += 1

    def on_epoch_end(self, epoch, logs=None):
        self._log(max(self._step - 1, 0), logs)

"""The callbacks of a run."""

from keras_attmask import build
from keras_attmask import callbacks
from keras_attmask.data.order import BatchOrder
from keras_attmask.pretraining.mask_pictures import MaskPictures


class Watchers:
    """What watches, logs and saves a run; of a host beside the chief, less.

    Args:
        recipe: a `recipe.Recipe`.
        source: the training images.
        steps: steps an epoch.
        folder: the run folder, a `pathlib.Path`.
        devices: `distribution.Devices`.
        online: `OnlineKNN`, or None.
        unreadable: `data.Unreadable`.
        waiting: `data.Waiting`, or None where nobody can tell.

    Attributes:
        all: the callbacks, in their order.
        stop: `StopOnSignal`, to be entered.
        progress: `ProgressBar`, likewise.
        log: `RunLog`.
        throughput: `Throughput`.
        checkpoint: `Checkpoint`.
    """

    def __init__(
        self,
        recipe,
        source,
        steps,
        folder,
        devices,
        online,
        unreadable,
        waiting,
    ):
        part, plan = recipe.training, build.schedules(recipe, steps)
        self.throughput = callbacks.Throughput(part.batch_size, waiting)
        self.log = callbacks.RunLog(
            folder,
            part.log_every,
            {n: getattr(plan, n) for n in ("learning_rate", "weight_decay")},
        )
        self.progress = callbacks.ProgressBar(
            part.epochs, steps, quiet=not devices.is_chief
        )
        self.stop = callbacks.StopOnSignal(devices)
        self.checkpoint = callbacks.Checkpoint(
            folder,
            part.save_minutes,
            part.keep,
            self.stop,
            self.log if devices.is_chief else None,
            devices=devices,
        )
        order = BatchOrder(len(source), part.batch_size, part.seed)
        finite = callbacks.StopOnNonFinite(
            part.skip_nonfinite,
            lambda step: [
                source.name_of(index)
                for index in order.indices(*divmod(step, steps))
            ],
            self.checkpoint.save,
            self.progress.say,
        )
        self.all = [callbacks.TeacherEMA(plan.teacher_momentum), finite]
        self.all += [self.throughput]
        if devices.is_chief:
            patience = max(100, part.epochs * steps // 20)
            self.all += [callbacks.CollapseMonitor(patience)]
            self.all += [online] * (online is not None)
            self.all += [callbacks.UnreadableReport(unreadable, folder)]
            self.all += [self.progress, self.log]
            drawn = online.data[1] if online else source
            self.all += [MaskPictures(recipe, drawn, folder, self.log, devices)]
        self.all += [self.checkpoint]  # last: what was logged is saved

    def share_of_saving(self):
        """Share of the time of training that checkpoints took, 0 to 1."""
        total = self.throughput.seconds + self.checkpoint.seconds
        return self.checkpoint.seconds / total if total else 0.0

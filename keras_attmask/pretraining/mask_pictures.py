"""Pictures of attention and masks while a run goes on."""

import gc

import keras

from keras_attmask.pretraining.pictures import draw_masks


class MaskPictures(keras.callbacks.Callback):
    """Draws what the teacher looks at and what masks would hide.

    Now and then, as the recipe says, and at the end of the last epoch.

    `masks.png` in the run folder is always the latest; TensorBoard keeps
    them all, of the same images.

    Args:
        recipe: a `recipe.Recipe`.
        source: images to draw.
        folder: the run folder, a `pathlib.Path`.
        log: `RunLog`, which is in front of this callback.
        devices: `distribution.Devices`; this is for their chief.
    """

    def __init__(self, recipe, source, folder, log, devices):
        super().__init__()
        self._recipe, self._source, self._log = recipe, source, log
        self._target, self._devices = folder / "masks.png", devices
        self._own = None

    def on_epoch_end(self, epoch, logs=None):
        part = self._recipe.training
        every = part.picture_epochs or part.epochs
        if (epoch + 1) % every and epoch + 1 != part.epochs:
            return
        with self._devices.alone():
            if self._own is None:
                self._own = self._devices.own(self.model.teacher)
            self._own.refresh()
            draw_masks(
                self._own.network, self._recipe, self._source, self._target
            )
        self._log.picture("masks", self._target)
        gc.collect()  # a figure is large, and full of references to itself

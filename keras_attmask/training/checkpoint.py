"""The state of a run on disk."""

import keras

from keras_attmask.training.run_folder import save_weights


class Checkpoint(keras.callbacks.Callback):
    """Saves the distiller after each epoch.

    `checkpoint.weights.h5` holds student, teacher, heads, centres, optimizer
    and step; `backbone.weights.h5` the teacher's backbone alone. Each is
    replaced as a whole.

    Args:
        folder: run folder, a `pathlib.Path`.
    """

    def __init__(self, folder):
        super().__init__()
        self.folder = folder

    def save(self):
        """Writes both files."""
        save_weights(self.model, self.folder / "checkpoint.weights.h5")
        save_weights(self.model.teacher, self.folder / "backbone.weights.h5")

    def on_epoch_end(self, epoch, logs=None):
        self.save()

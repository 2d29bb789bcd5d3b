"""COCO's metrics while a detector trains."""

import keras

from keras_attmask.dense.detection import detection_metrics


class CocoMetrics(keras.callbacks.Callback):
    """Measures a detector at the end of epochs.

    Adds "val_AP" and the other metrics of `coco_metrics` to the logs.

    Args:
        images: normalised float `(n, H, W, C)`.
        labels: dict of "boxes" and "classes", as `fit` takes them.
        batch_size: images a step.
        every_epochs: epochs between two measurements; the last epoch is
            always measured.
    """

    def __init__(self, images, labels, batch_size=16, every_epochs=1):
        super().__init__()
        self.images = images
        self.labels = labels
        self.batch_size = batch_size
        self.every_epochs = every_epochs

    def on_epoch_end(self, epoch, logs=None):
        last = epoch + 1 == self.params["epochs"]
        if last or (epoch + 1) % self.every_epochs == 0:
            found = detection_metrics(
                self.model, self.images, self.labels, self.batch_size
            )
            logs.update({f"val_{name}": v for name, v in found.items()})

"""The best network of a run, beside the last."""

import json

import keras

from keras_attmask.training.run_folder import write_json


class KeepBest(keras.callbacks.Callback):
    """Writes the network whenever it has a better score than before.

    Put it behind what measures. What was best is remembered in the run
    folder, so a run that goes on keeps it.

    Args:
        score: key of the logs; higher is better.
        folder: the run folder, a `pathlib.Path`; gets `best/` and
            `best.json`.
        write: function that writes the network to a folder.
    """

    def __init__(self, score, folder, write):
        super().__init__()
        self._score, self._write = score, write
        self._folder, self._record = folder / "best", folder / "best.json"

    def on_epoch_end(self, epoch, logs=None):
        found = (logs or {}).get(self._score)
        if found is None or not found > self._best():
            return
        self._write(self._folder)
        write_json({self._score: found, "epoch": epoch + 1}, self._record)

    def _best(self):
        if not self._record.is_file():
            return float("-inf")
        return json.loads(self._record.read_text("utf-8"))[self._score]

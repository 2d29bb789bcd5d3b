"""Ctrl-C and SIGTERM end training after the current step."""

import signal
import threading

import keras


class StopOnSignal(keras.callbacks.Callback):
    """Turns SIGINT and SIGTERM into an orderly end of `fit`.

    The first signal lets the running step finish; then `fit` returns and
    the caller saves. A second one interrupts at once. Does nothing outside
    the main thread, where Python cannot receive signals.

    Attributes:
        stopped: True once a signal has come.
    """

    def __init__(self):
        super().__init__()
        self.stopped = False
        self._former = {}

    def _receive(self, number, frame):
        if self.stopped:
            raise KeyboardInterrupt
        self.stopped = True

    def __enter__(self):
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._former[number] = signal.signal(number, self._receive)
        return self

    def __exit__(self, *error):
        for number, former in self._former.items():
            signal.signal(number, former)

    def on_train_batch_end(self, batch, logs=None):
        if self.stopped:
            self.model.stop_training = True

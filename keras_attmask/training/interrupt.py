"""Ctrl-C and SIGTERM end training after the current step."""

import signal
import threading

import keras

from keras_attmask.distribution import Devices


class StopOnSignal(keras.callbacks.Callback):
    """Turns SIGINT and SIGTERM into an orderly end of `fit`.

    The first signal lets the running step finish; then `fit` returns and
    the caller saves. A second one interrupts at once. Does nothing outside
    the main thread, where Python cannot receive signals.

    Args:
        devices: `distribution.Devices`; where they have several hosts, a
            signal to one of them ends all.

    Attributes:
        stopped: True once a signal has come.
    """

    def __init__(self, devices=Devices()):
        super().__init__()
        self._devices = devices
        self._received = self._agreed = False
        self._former = {}

    @property
    def stopped(self):
        return self._received or self._agreed

    def _receive(self, number, frame):
        if self._received:
            raise KeyboardInterrupt
        self._received = True

    def __enter__(self):
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._former[number] = signal.signal(number, self._receive)
        return self

    def __exit__(self, *error):
        for number, former in self._former.items():
            signal.signal(number, former)

    def agree(self):
        """Whether any host is to stop; all must ask after the same step."""
        self._agreed = bool(self._devices.sum([self._received])[0])
        return self._agreed

    def on_train_batch_end(self, batch, logs=None):
        if self.agree():
            self.model.stop_training = True

"""A process that trains for 20 steps and writes down where it came to.

usage: twenty_steps.py STRATEGY FILE [LOGICAL_CPUS]
"""

import sys

import keras
import numpy as np
import small_distiller as small

from keras_attmask.data import ArraySource
from keras_attmask.data import array_dataset
from keras_attmask.distribution import set_up
from keras_attmask.training import AdamW

STEPS, BATCH = 20, 8


class Losses(keras.callbacks.Callback):
    """Of each step: Keras logs the mean since the epoch began."""

    def __init__(self):
        super().__init__()
        self.sums = []

    def on_train_batch_end(self, batch, logs=None):
        self.sums.append(float(logs["loss"]) * (batch + 1))


def train(devices, file):
    keras.utils.set_random_seed(0)
    with devices.scope():
        model = small.compiled(
            optimizer=AdamW(1e-3, 0.04, clip_norm=3.0),
            depth_rate=0.3,
            accumulation=2 if devices.count == 4 else 1,
        )
    images = np.random.default_rng(0).integers(0, 256, (40, 20, 20, 3), "uint8")
    epochs = STEPS // (len(images) // BATCH)
    dataset = array_dataset(
        ArraySource(images), BATCH, 0, epochs, share=devices.share
    )
    losses = Losses()
    with devices.fitting():
        model.fit(
            devices.feed(dataset, BATCH // devices.hosts),
            steps_per_epoch=STEPS,
            shuffle=False,
            verbose=0,
            callbacks=[losses],
        )
    values = {v.path: v.numpy() for v in model.variables}
    values |= {v.path: v.numpy() for v in model.optimizer.variables}
    values["losses"] = np.diff(losses.sums, prepend=0.0)
    if devices.is_chief:
        np.savez(file, **{k.replace("/", "|"): v for k, v in values.items()})
    devices.sum([0])  # wait for each other


def split_cpu(count):
    import tensorflow as tf

    cpu = tf.config.list_physical_devices("CPU")[0]
    logical = [tf.config.LogicalDeviceConfiguration()] * count
    tf.config.set_logical_device_configuration(cpu, logical)


if __name__ == "__main__":
    name, file, *count = sys.argv[1:]
    if count:
        split_cpu(int(count[0]))
    train(set_up(name), file)

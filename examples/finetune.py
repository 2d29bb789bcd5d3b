"""Fine-tunes the backbone of a run, beside the same network from scratch.

    python examples/finetune.py runs/quickstart-... [IMAGES]

The pictures are the bundled Fashion-MNIST, IMAGES (2000) of them with labels,
for 400 steps of 50. `KERAS_BACKEND` chooses the framework; the run may come
from another one.
"""

import sys

import keras
import numpy as np

import keras_attmask
from keras_attmask.applications import load_backbone
from keras_attmask.applications import load_preprocessing
from keras_attmask.data import open_source

STEPS, BATCH = 400, 50
run, count = sys.argv[1], int((sys.argv[2:] or [2000])[0])
prepare = load_preprocessing(run)
train = open_source("bundled:fashion_mnist/train")
test = open_source("bundled:fashion_mnist/test")
chosen = np.random.default_rng(0).permutation(len(train))[:count]
images = np.asarray(prepare(train.images[chosen]))
labels = train.labels[chosen]


def accuracy(backbone, rate_scales):
    pixels = keras.Input(backbone.image_shape)
    token = backbone(pixels)["class_token"]
    model = keras.Model(pixels, keras.layers.Dense(10, "softmax")(token))
    rate = keras_attmask.schedules.WarmupCosine(1e-3, 1e-6, STEPS, STEPS // 10)
    optimizer = keras_attmask.AdamW(rate, 0.05, rate_scales=rate_scales)
    model.compile(
        optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    epochs = STEPS // (len(images) // BATCH)
    model.fit(images, labels, BATCH, epochs, verbose=0)
    pixels, known = np.asarray(prepare(test.images)), test.labels
    return model.evaluate(pixels, known, 200, verbose=0)[1]


backbone = load_backbone(run)
scratch = type(backbone).from_config(backbone.get_config())
rate_scales = keras_attmask.layer_decay(backbone, 0.75)
print(f"pretrained: {100 * accuracy(backbone, rate_scales):.1f} %")
print(f"from scratch: {100 * accuracy(scratch, None):.1f} %")

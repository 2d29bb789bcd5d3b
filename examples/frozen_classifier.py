"""Trains a linear classifier on the frozen backbone of a run.

    python examples/frozen_classifier.py runs/quickstart-...

The pictures are the bundled Fashion-MNIST. `KERAS_BACKEND` chooses the
framework; the run may come from another one.
"""

import sys

import keras

from keras_attmask.applications import load_backbone
from keras_attmask.applications import load_preprocessing
from keras_attmask.data import open_source

run = sys.argv[1]
backbone, prepare = load_backbone(run), load_preprocessing(run)
backbone.trainable = False
images = keras.Input(backbone.image_shape)
scores = keras.layers.Dense(10, "softmax")(backbone(images)["class_token"])
classifier = keras.Model(images, scores)
train = open_source("bundled:fashion_mnist/train")
test = open_source("bundled:fashion_mnist/test")
loss = "sparse_categorical_crossentropy"
classifier.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"])
x, y = prepare(train.images), train.labels
classifier.fit(x, y, batch_size=200, epochs=3, verbose=2)
x, y = prepare(test.images), test.labels
print(classifier.evaluate(x, y, batch_size=200, return_dict=True, verbose=0))

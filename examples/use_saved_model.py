"""Features from an exported backbone, in a program that has TensorFlow only.

    python examples/use_saved_model.py saved_models/quickstart/saved_model

Pictures go in as they are, bytes of any size: the SavedModel resizes and
normalises them itself.
"""

import sys

import tensorflow as tf

model = tf.saved_model.load(sys.argv[1])
extract, attend = (model.signatures[name] for name in ("tokens", "attention"))
channels = extract.structured_input_signature[1]["images"].shape[-1]
images = tf.random.uniform((2, 120, 160, channels), 0, 256, tf.int32)
images = tf.cast(images, tf.uint8)  # two pictures of your own
for signature in (extract, attend):
    for name, values in signature(images=images).items():
        print(name, tuple(values.shape))

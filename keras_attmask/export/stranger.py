"""Uses a SavedModel as a stranger would: TensorFlow and NumPy, no more.

Started as a script, in a process of its own:
`python stranger.py SAVED_MODEL IMAGES.npy ANSWERS.npz FACTS.json`.
"""

import json
import sys

import numpy as np
import tensorflow as tf


def ask(loaded, images):
    """Every answer to the images, under "signature.output"; "pixels"."""
    images = tf.constant(images)
    answers = {"pixels": loaded.prepare(images).numpy()}
    for signature, serve in loaded.signatures.items():
        for output, values in serve(images=images).items():
            answers[f"{signature}.{output}"] = values.numpy()
    return answers


def describe(loaded):
    """TensorFlow's version; shapes by signature and output."""
    signatures = {
        signature: {
            output: list(spec.shape)
            for output, spec in sorted(serve.structured_outputs.items())
        }
        for signature, serve in loaded.signatures.items()
    }
    return {"tensorflow": tf.__version__, "signatures": signatures}


def main(saved_model, images_file, answers_file, facts_file):
    loaded = tf.saved_model.load(saved_model)
    np.savez(answers_file, **ask(loaded, np.load(images_file)))
    if "keras_attmask" in sys.modules:
        raise RuntimeError("the SavedModel must run without keras_attmask")
    with open(facts_file, "w", encoding="utf-8") as file:
        json.dump(describe(loaded), file)


if __name__ == "__main__":
    main(*sys.argv[1:])

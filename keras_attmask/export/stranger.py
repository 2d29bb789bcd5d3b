"""Uses an exported backbone as a stranger would, with nothing of ours.

Started as a script, in a process of its own:
`python stranger.py FORM FOLDER IMAGES.npy ANSWERS.npz FACTS.json`.

Each form is a function of folder and images. It returns the answers, under
"signature.output", with "pixels", what the backbone saw; their shapes by
signature and output, None where any number goes; and the runtime's version.
"""

import json
import sys

import numpy as np


def saved_model(folder, images):
    """By TensorFlow alone."""
    import tensorflow as tf

    loaded = tf.saved_model.load(folder)
    images = tf.constant(images)
    answers = {"pixels": loaded.prepare(images).numpy()}
    shapes = {}
    for signature, serve in loaded.signatures.items():
        for output, values in serve(images=images).items():
            answers[f"{signature}.{output}"] = values.numpy()
        shapes[signature] = {
            output: list(spec.shape)
            for output, spec in sorted(serve.structured_outputs.items())
        }
    return answers, shapes, {"tensorflow": tf.__version__}


def _check_nobody_helped(versions):
    helpers = ["keras_attmask"]
    if "tensorflow" not in versions:  # which loads Keras by itself
        helpers += ["keras", "tensorflow"]
    for name in helpers:
        if name in sys.modules:
            raise RuntimeError(f"what is exported must run without {name}")


FORMS = {"saved_model": saved_model}


def main(form, folder, images_file, answers_file, facts_file):
    answers, signatures, versions = FORMS[form](folder, np.load(images_file))
    _check_nobody_helped(versions)
    np.savez(answers_file, **answers)
    with open(facts_file, "w", encoding="utf-8") as file:
        json.dump({"versions": versions, "signatures": signatures}, file)


if __name__ == "__main__":
    main(*sys.argv[1:])

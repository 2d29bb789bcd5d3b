"""Uses an exported backbone as a stranger would, with nothing of ours.

Started as a script, in a process of its own:
`python stranger.py FORM FOLDER IMAGES.npy ANSWERS.npz FACTS.json`.

Each form is a function of folder and images. It returns the answers, under
"signature.output", with "pixels", what the backbone saw; their shapes by
signature and output, None where any number goes; and the runtime's version.
"""

import json
import os
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


def onnx(folder, images):
    """By onnxruntime alone."""
    import onnxruntime

    def ask(name):
        session = onnxruntime.InferenceSession(
            os.path.join(folder, f"{name}.onnx"),
            providers=["CPUExecutionProvider"],
        )
        return session, session.run(None, {"images": images})

    session, found = ask("backbone")
    signature = session.get_modelmeta().graph_name
    answers, sides = {"pixels": ask("prepare")[1][0]}, {}
    for output, values in zip(session.get_outputs(), found):
        answers[f"{signature}.{output.name}"] = values
        sides[output.name] = [
            side if isinstance(side, int) else None for side in output.shape
        ]
    versions = {"onnxruntime": onnxruntime.__version__}
    return answers, {signature: sides}, versions


def litert(folder, images):
    """By LiteRT alone, or by the one in TensorFlow where there is none."""
    interpreter, versions = _interpreter()

    def ask(name):
        loaded = interpreter(os.path.join(folder, f"{name}.tflite"))
        (signature,) = loaded.get_signature_list()
        runner = loaded.get_signature_runner(signature)
        return signature, runner, runner(images=images)

    signature, runner, found = ask("backbone")
    (pixels,) = ask("prepare")[2].values()
    answers, sides = {"pixels": pixels}, {}
    for output, details in runner.get_output_details().items():
        answers[f"{signature}.{output}"] = found[output]
        sides[output] = [
            int(side) if side > 0 else None
            for side in details["shape_signature"]
        ]
    return answers, {signature: sides}, versions


def _interpreter():
    try:
        import ai_edge_litert
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        import tensorflow as tf

        return tf.lite.Interpreter, {"tensorflow": tf.__version__}
    return Interpreter, {"ai_edge_litert": ai_edge_litert.__version__}


def _check_nobody_helped(versions):
    helpers = ["keras_attmask"]
    if "tensorflow" not in versions:  # which loads Keras by itself
        helpers += ["keras", "tensorflow"]
    for name in helpers:
        if name in sys.modules:
            raise RuntimeError(f"what is exported must run without {name}")


FORMS = {"saved_model": saved_model, "onnx": onnx, "litert": litert}


def main(form, folder, images_file, answers_file, facts_file):
    answers, signatures, versions = FORMS[form](folder, np.load(images_file))
    _check_nobody_helped(versions)
    np.savez(answers_file, **answers)
    with open(facts_file, "w", encoding="utf-8") as file:
        json.dump({"versions": versions, "signatures": signatures}, file)


if __name__ == "__main__":
    main(*sys.argv[1:])

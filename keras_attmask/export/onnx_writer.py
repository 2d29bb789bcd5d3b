"""Writes ONNX files. Runs under Keras' TensorFlow backend only."""

import json
import os

import numpy as np

from keras_attmask.export.traced import traced_module

_OPSET = 17


def write_onnx(keras_file, preprocessing_file, target, signatures):
    """Turns a `.keras` file and a preprocessing into ONNX files.

    Args:
        keras_file: path of a `VisionTransformer`, or of a model that stands
            on one, saved by Keras.
        preprocessing_file: path of its `Preprocessing` config as JSON.
        target: folder to make; gets `backbone.onnx`, and `prepare.onnx` for
            what the backbone sees of images.
        signatures: JSON of a dict: the one to write, and its outputs.
    """
    (signature,) = signatures = json.loads(signatures)
    module, functions = traced_module(
        keras_file, preprocessing_file, signatures
    )
    os.mkdir(target)
    _convert(functions[signature], signature, f"{target}/backbone.onnx")
    _convert(module.prepare, "prepare", f"{target}/prepare.onnx")


def _convert(function, name, path):
    import onnx
    import tf2onnx

    model, _ = tf2onnx.convert.from_function(
        function,
        function.input_signature,
        opset=_OPSET,
        custom_op_handlers={"Erfc": (_erfc, [])},
    )
    model.graph.name = name
    model.graph.doc_string = "written by keras_attmask"
    _name_sides(model.graph)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def _erfc(graph, node, name, _):
    """1 - erf(x) for erfc(x), which ONNX lacks and exact GELU asks for."""
    shape, dtype = (ask(name) for ask in (graph.get_shape, graph.get_dtype))
    one = graph.make_const(f"{node.name}_one", np.ones((), "float32"))
    erf = graph.make_node("Erf", [node.input[0]])
    inputs, outputs = [one.output[0], erf.output[0]], node.output
    graph.remove_node(node.name)
    graph.make_node(
        "Sub", inputs, outputs=outputs, shapes=[shape], dtypes=[dtype]
    )


def _name_sides(graph):
    """Says what the sides are that may be of any length."""
    names = ("batch", "height", "width")
    for value in [*graph.input, *graph.output]:
        for side, name in zip(value.type.tensor_type.shape.dim, names):
            if not side.HasField("dim_value"):
                side.dim_param = name

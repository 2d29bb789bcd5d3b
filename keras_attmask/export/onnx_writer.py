"""Writes ONNX files. Runs under Keras' TensorFlow backend only."""

import json
import os

import keras
import numpy as np

from keras_attmask.export.traced import image_spec
from keras_attmask.export.traced import loaded
from keras_attmask.export.traced import serving

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
    ((signature, names),) = json.loads(signatures).items()
    model, preprocessing = loaded(keras_file, preprocessing_file)
    serve = serving(model, preprocessing, names)
    images = image_spec(preprocessing.image_shape[-1])
    os.mkdir(target)
    variables = model.variables
    _convert(serve, images, variables, signature, f"{target}/backbone.onnx")
    _convert(preprocessing, images, [], "prepare", f"{target}/prepare.onnx")


def _convert(function, images, variables, name, path):
    import onnx
    import tf2onnx

    traced, specs = _of_weights(function, images, variables)
    model, _ = tf2onnx.convert.from_function(
        traced,
        specs,
        opset=_OPSET,
        custom_op_handlers={"Erfc": (_erfc, [])},
    )
    model.graph.name = name
    model.graph.doc_string = "written by keras_attmask"
    _fill_in(model.graph, variables)
    _name_sides(model.graph)
    onnx.save(model, path)
    onnx.checker.check_model(path)


def _of_weights(function, images, variables):
    """The function with the values of variables as further arguments.

    As constants tf2onnx copies them in every pass over the graph: weights of
    0.3 GB took 12.
    """
    import tensorflow as tf

    specs = [images] + [
        tf.TensorSpec(variable.shape, variable.dtype, f"weight_{index}")
        for index, variable in enumerate(variables)
    ]

    def traced(images, *weights):
        mapping = list(zip(variables, weights))
        with keras.StatelessScope(state_mapping=mapping):
            return function(images)

    return tf.function(traced, input_signature=specs, autograph=False), specs


def _fill_in(graph, variables):
    """Puts the values of variables in the place of arguments."""
    from onnx import numpy_helper

    arguments = [x for x in graph.input if x.name.startswith("weight_")]
    for argument in arguments:
        variable = variables[int(argument.name.removeprefix("weight_"))]
        value = keras.ops.convert_to_numpy(variable)
        graph.initializer.append(numpy_helper.from_array(value, argument.name))
        graph.input.remove(argument)


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

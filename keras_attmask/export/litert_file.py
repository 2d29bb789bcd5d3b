"""A backbone with its preprocessing as a verified LiteRT file."""

from keras_attmask.export.litert_writer import write_litert
from keras_attmask.export.one_file import OneFile

# LiteRT's converter has no product of int8 and int8 as Keras writes it.
_FORM = OneFile(
    "litert", ".tflite", ("tensorflow",), write_litert, floats_only=True
)


def export_litert(
    backbone,
    preprocessing,
    target,
    signature="features",
    check_images=None,
    tolerance=1e-5,
):
    """Writes a LiteRT file (once TensorFlow Lite), with its builtins only.

    It takes what an ONNX file takes and answers the same, through a
    signature of the same name: `Interpreter.get_signature_runner()` gives it
    to call, and it fits itself to the size and number of the images.

    Args:
        backbone: see `export_onnx`, like all but these:
        preprocessing: likewise.
        target: path that ends in `.tflite`; replaced as a whole at the end.
        signature: likewise.
        check_images: uint8 `(B, h, w, C)` for the comparison of LiteRT (of
            `ai_edge_litert`, or else of TensorFlow) with the live model;
            None takes 8 of the bundled pictures.
        tolerance: likewise.

    Returns:
        The greatest absolute difference over all outputs.

    Raises:
        InputError: an argument that cannot be used, a backbone after
            `quantize`, or no TensorFlow.
        ExportError: a child process failed, or the difference is too
            great; nothing is left behind.
    """
    return _FORM.export(
        backbone, preprocessing, target, signature, check_images, tolerance
    )

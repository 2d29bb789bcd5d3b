"""A backbone with its preprocessing as a verified ONNX file."""

from keras_attmask.export.one_file import OneFile
from keras_attmask.export.onnx_writer import write_onnx

_FORM = OneFile(
    "onnx",
    ".onnx",
    ("tensorflow", "tf2onnx", "onnx", "onnxruntime"),
    write_onnx,
)


def export_onnx(
    backbone,
    preprocessing,
    target,
    signature="features",
    check_images=None,
    tolerance=1e-5,
):
    """Writes an ONNX file that needs an ONNX runtime and nothing else.

    It takes uint8 `images` `(B, h, w, C)` of any size and number, and
    resizes and normalises them itself. `target` + ".json" tells what was
    measured and how images are prepared.

    Args:
        backbone: `VisionTransformer`, or a model that stands on one; a
            mixed-precision one is served in float32. It is not changed.
        preprocessing: `data.preprocessing.Preprocessing`.
        target: path that ends in `.onnx`; replaced as a whole at the end.
        signature: what it answers: "features" is "class_token" `(B, D)`;
            "tokens" is that and "patch_tokens" `(B, N, D)`; "attention" is
            "class_attention" `(B, rows, columns)`; "classifier", where there
            is a head, is "scores" `(B, K)`.
        check_images: uint8 `(B, h, w, C)` for the comparison of onnxruntime
            with the live model; None takes 8 of the bundled pictures.
        tolerance: greatest absolute difference that passes.

    Returns:
        The greatest absolute difference over all outputs.

    Raises:
        InputError: an argument that cannot be used, or a package that is
            missing; `keras_attmask[export]` has them all.
        ExportError: a child process failed, or the difference is too
            great; nothing is left behind.
    """
    return _FORM.export(
        backbone, preprocessing, target, signature, check_images, tolerance
    )

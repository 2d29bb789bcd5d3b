"""Weights of other libraries, through what `attmask convert` reads."""

from keras_attmask.convert import load_checkpoint
from keras_attmask.errors import InputError

_ENDINGS = (".pth", ".pt", ".bin", ".safetensors")
_IN_FOLDER = ("model.safetensors", "pytorch_model.bin")


def is_checkpoint(path):
    """Whether a path is to be read by `convert`.

    Args:
        path: `pathlib.Path` of a file or folder.
    """
    if path.is_dir():
        return any((path / name).is_file() for name in _IN_FOLDER)
    return path.suffix in _ENDINGS


def read_checkpoint(path, argument, num_heads=None):
    """Reads the teacher, or the only network, of a checkpoint.

    Args:
        path: of a file or folder for which `is_checkpoint` holds.
        argument: what an error should call it.
        num_heads: attention heads, where the checkpoint does not tell.

    Returns:
        `(backbone, classifier)`: `VisionTransformer`, and kernel and bias of
        the classifier on its class token or None.

    Raises:
        InputError: for a file that is broken or of another network.
    """
    try:
        network = load_checkpoint(path, num_heads=num_heads).network
    except InputError as error:
        raise InputError(f"{argument}: {error}") from error
    kernel = network.aside.get("classifier.weight")
    bias = network.aside.get("classifier.bias")
    width = network.backbone.hidden_dim
    if kernel is None or bias is None or kernel.shape[1] != width:
        return network.backbone, None
    return network.backbone, [kernel.T, bias]

"""Writes networks of ours in the formats of others."""

import pathlib

from keras_attmask.atomic import whole
from keras_attmask.convert.checkpoint import Checkpoint
from keras_attmask.convert.checkpoint import Network
from keras_attmask.convert.dialects import DIALECTS
from keras_attmask.convert.full_checkpoint import full_checkpoint
from keras_attmask.convert.hugging_face import write_folder
from keras_attmask.convert.num_heads import find_num_heads
from keras_attmask.convert.report import Left
from keras_attmask.convert.report import Report
from keras_attmask.convert.safetensors_file import write_safetensors
from keras_attmask.convert.state_dicts import backbone_state
from keras_attmask.convert.torch_writer import require_torch
from keras_attmask.convert.torch_writer import write_state_dict
from keras_attmask.convert.torch_writer import write_torch_file
from keras_attmask.errors import InputError

_TORCH = (".pth", ".pt", ".bin")
_TORCH_ONLY = ("official", "backbone")


def guess_format(path, network):
    """The format that goes with the name of a target.

    Args:
        path: `.safetensors` is timm's, `.pth` and `.pt` the official
            backbone file; without an ending, a folder of transformers.
        network: `Network` to write.

    Returns:
        A name in `DIALECTS`.

    Raises:
        InputError: for another ending.
    """
    suffix = pathlib.Path(path).suffix
    if suffix == ".safetensors":
        return "timm"
    if suffix in _TORCH:
        return "backbone"
    if suffix:
        raise InputError(
            f"{path}: expected a name that ends in .pth, .pt or "
            f".safetensors, or a folder, got {suffix}"
        )
    backbone = network.backbone
    gains = backbone.layer_scale is not None or backbone.num_registers
    return "hf_dinov2" if gains else "hf_vit"


def save_checkpoint(checkpoint, path, format=None):
    """Writes a checkpoint so that another library loads it strictly.

    The numbers are written as they are: reading them again gives the same
    bits. The target appears whole or not at all.

    Args:
        checkpoint: `Checkpoint`, or a `VisionTransformer`.
        path: file or folder to write.
        format: a name in `DIALECTS`; None goes by the name, see
            `guess_format`.

    Returns:
        `Report` of what was written and what the format has no place for.

    Raises:
        InputError: when the format cannot hold the network, PyTorch is
            missing for a `.pth` file, or the target cannot be written.
    """
    if not isinstance(checkpoint, Checkpoint):
        checkpoint = Checkpoint("keras", {"teacher": Network(checkpoint)})
    format = format or guess_format(path, checkpoint.network)
    if format not in DIALECTS:
        raise InputError(
            f"format: expected one of {', '.join(DIALECTS)}, got {format!r}"
        )
    report = Report()
    _compare(checkpoint.backbone, format, pathlib.Path(path).name, report)
    if format == "official":
        entries = full_checkpoint(checkpoint, report)
        require_torch()
        with whole(path) as file:
            write_torch_file(entries, file)
    else:
        _write_backbone(checkpoint, path, format, report)
    return report


def _write_backbone(checkpoint, path, form, report):
    network = checkpoint.network
    state = backbone_state(network, form, DIALECTS[form], report)
    if network.head is not None:
        report.left.append(Left("head", f"{form} holds the backbone alone"))
    if checkpoint.centers:
        report.left.append(Left("centers", f"{form} holds the backbone alone"))
    if form.startswith("hf_"):
        with whole(path, folder=True) as folder:
            write_folder(state, network.backbone, form, folder)
        return
    safe = pathlib.Path(path).suffix == ".safetensors"
    if safe and form not in _TORCH_ONLY:
        with whole(path) as file:
            write_safetensors(state, file)
        return
    require_torch()
    with whole(path) as file:
        if form == "backbone":
            write_torch_file({"state_dict": state}, file)
        else:
            write_state_dict(state, file)


def _compare(backbone, form, file, report):
    """Notes what the format does not record about a network."""
    dialect = DIALECTS[form]
    rule = dialect.rule(backbone.num_registers)
    if backbone.position_rule != rule:
        report.notes.append(
            f"{form} resizes positions by rule {rule}, this "
            f"network by {backbone.position_rule}: they differ away from the "
            f"grid {backbone.grid[0]}x{backbone.grid[1]}"
        )
    if form.startswith("hf_"):
        return
    if backbone.norm_epsilon != dialect.norm_epsilon:
        report.notes.append(
            f"{form} does not record the norm epsilon "
            f"{backbone.norm_epsilon:g}; its own is {dialect.norm_epsilon:g}"
        )
    found, _ = find_num_heads(backbone.hidden_dim, file=file)
    if found != backbone.num_heads and form != "official":
        report.notes.append(
            f"{form} does not record the {backbone.num_heads} attention "
            "heads: name them when it is read"
        )

"""Loads a checkpoint of any known source into Keras networks."""

import os
import pathlib

from keras_attmask.convert.checkpoint import Checkpoint
from keras_attmask.convert.checkpoint import Network
from keras_attmask.convert.dialects import DIALECTS
from keras_attmask.convert.files import open_source
from keras_attmask.convert.hints import check_config
from keras_attmask.convert.hints import find_hints
from keras_attmask.convert.named_tensors import NamedTensors
from keras_attmask.convert.network_reader import read_backbone
from keras_attmask.convert.network_reader import read_head
from keras_attmask.convert.report import Left
from keras_attmask.convert.report import Mapped
from keras_attmask.convert.report import Report
from keras_attmask.errors import InputError

WHICH = ("teacher", "student", "both")
CENTERS = {"center": "cls", "center2": "patch"}
ASIDE = ("classifier", "pooler")


def load_checkpoint(
    path, which="teacher", num_heads=None, image_size=None, format=None
):
    """Loads weights of the official code, DINO, timm or transformers.

    Nothing is unpickled without restriction, and PyTorch is not needed.
    Sizes come from the tensors; for the number of heads see
    `num_heads.find_num_heads`.

    Args:
        path: file or folder, see `files.open_source`.
        which: "teacher", "student" or "both", that is all there are, of a
            full checkpoint; a file with one network leaves no choice.
        num_heads: attention heads, where the file does not tell.
        image_size: `(height, width)` of the position table; needed only
            where it is not square.
        format: a name in `DIALECTS` instead of the one that is found.

    Returns:
        `Checkpoint`.

    Raises:
        InputError: one line that names the file and the tensor or reason.

    Example:
        >>> checkpoint = load_checkpoint("dino_deitsmall16_pretrain.pth")
        >>> checkpoint.backbone.hidden_dim
        384
    """
    _check_name("which", which, WHICH)
    if format is not None:
        _check_name("format", format, DIALECTS)
    source = open_source(path)
    if format is not None:
        source.format = format
    name = pathlib.Path(path).name
    hints = find_hints(source, name, num_heads, image_size)
    try:
        return _load(source, which, hints)
    except InputError as error:
        raise InputError(f"{os.fspath(path)}: {error}") from error


def _check_name(argument, value, known):
    if value not in known:
        raise InputError(
            f"{argument}: expected one of {', '.join(known)}, got {value!r}"
        )


def _load(source, which, hints):
    report = Report(left=list(source.left))
    chosen = _choose(source, which, report)
    networks = {
        name: _network(
            tensors, name if len(chosen) > 1 else "", source, hints, report
        )
        for name, tensors in chosen.items()
    }
    head = next(iter(networks.values())).head
    return Checkpoint(
        source.format,
        networks,
        _centers(source.losses, head, report),
        source.epoch,
        source.arguments,
        report,
    )


def _choose(source, which, report):
    """The networks that were asked for, by name."""
    found = source.networks
    if "network" in found:
        name = "teacher" if which == "both" else which
        return {name: found["network"]}
    wanted = tuple(found) if which == "both" else (which,)
    for name in wanted:
        if name not in found:
            raise InputError(
                f"{name}: expected in the file, got only {', '.join(found)}"
            )
    report.left += [
        Left(name, "not asked for") for name in found if name not in wanted
    ]
    return {name: found[name] for name in wanted}


def _network(tensors, name, source, hints, report):
    dialect = DIALECTS[source.format]
    heads = {n for n in tensors if n.startswith(("head.mlp.", "head.last_"))}
    named = NamedTensors(
        {n: t for n, t in tensors.items() if n not in heads}, dialect.names
    )
    backbone, rows, notes = read_backbone(named, dialect, hints)
    check_config(backbone, source.config)
    aside, head = _read_aside(named, report), None
    unused = named.unused()
    if heads:
        inner = NamedTensors(
            {n: tensors[n] for n in heads}, lambda ours: (f"head.{ours}",)
        )
        fixed = source.arguments.get("norm_last_layer")
        gain = None if fixed is None else not fixed
        head, more = read_head(inner, backbone.hidden_dim, gain)
        rows += more
        unused += inner.unused()
    if unused:
        raise InputError(
            f"tensor {unused[0]}: expected no such tensor in a "
            f"{source.format} file, got {len(unused)} that have no place"
        )
    if not notes:
        raise InputError(
            "number of heads: expected --num-heads, since a width of "
            f"{backbone.hidden_dim} does not tell it, got none"
        )
    report.mapped += [row.within(name) for row in rows]
    report.notes += [n for n in notes if n not in report.notes]
    biased = "blocks.0.attn.qkv.bias" in named
    return Network(backbone, head, aside, biased)


def _read_aside(named, report):
    """Arrays of the layers behind a backbone that it has no place for."""
    aside = {}
    for layer in ASIDE:
        for ours in (f"{layer}.weight", f"{layer}.bias"):
            if ours in named:
                aside[ours] = named.array(ours)
                reason = f"{layer}, kept beside the backbone"
                report.left.append(Left(named.names(ours)[0], reason))
    return aside


def _centers(losses, head, report):
    centers = {}
    for name, tensor in losses.items():
        if name not in CENTERS:
            raise InputError(
                f"tensor {name}: expected {' or '.join(CENTERS)}, got another"
            )
        value = tensor.array(name).reshape(-1)
        if head is None or len(value) != head.num_prototypes:
            raise InputError(
                f"tensor {name}: expected one number for each prototype of "
                f"a head, got shape {tensor.shape}"
            )
        centers[CENTERS[name]] = value
        variable = f"{CENTERS[name]}_center/centre"
        report.mapped.append(Mapped((name,), variable, tensor.shape))
    return centers

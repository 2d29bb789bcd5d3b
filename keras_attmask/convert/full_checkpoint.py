"""The full checkpoint of the official code, to go on training there."""

import numpy as np

from keras_attmask.convert.checkpoint import Network
from keras_attmask.convert.dialects import DIALECTS
from keras_attmask.convert.num_heads import ARCHITECTURES
from keras_attmask.convert.report import Mapped
from keras_attmask.convert.report import Report
from keras_attmask.convert.state_dicts import backbone_state
from keras_attmask.convert.state_dicts import head_state
from keras_attmask.errors import InputError


def full_checkpoint(checkpoint, report):
    """Its entries: student, teacher, epoch, args and centres.

    A checkpoint with one network gives it to student and teacher.

    Args:
        checkpoint: `Checkpoint` whose networks have heads.
        report: `Report`; rows are added.

    Returns:
        Dict as `torch_writer.write_torch_file` takes it.

    Raises:
        InputError: for a network without a head, or with parts that the
            official code does not have.
    """
    entries, several = {}, len(checkpoint.networks) > 1
    for name, prefix in (("student", "module."), ("teacher", "")):
        network = checkpoint.networks.get(name, checkpoint.network)
        entries[name] = _state(network, name, prefix, report, several)
    entries["epoch"] = checkpoint.epoch or 0
    entries["args"] = checkpoint.arguments or _arguments(checkpoint, report)
    centers = {}
    if "cls" in checkpoint.centers:
        centers["center"] = checkpoint.centers["cls"][None]
    if "patch" in checkpoint.centers:
        centers["center2"] = checkpoint.centers["patch"][None, None]
    for name, value in centers.items():
        variable = "cls_center" if name == "center" else "patch_center"
        report.mapped.append(
            Mapped((f"ibot_loss.{name}",), f"{variable}/centre", value.shape)
        )
    if centers:
        entries["ibot_loss"] = centers
    return entries


def _state(network, name, prefix, report, several):
    if network.head is None:
        raise InputError(
            "official: expected a network with its projection head, got a "
            "backbone alone; the format backbone holds one"
        )
    part = Report()
    state = backbone_state(
        Network(network.backbone), "official", DIALECTS["official"], part
    )
    if name == "student":  # always hides patches, so it needs the token
        blank = np.zeros((1, network.backbone.hidden_dim), "float32")
        state.setdefault("masked_embed", blank)
    state = {f"{prefix}backbone.{n}": v for n, v in state.items()}
    head = head_state(network.head, part)
    state |= {f"{prefix}head.{n}": v for n, v in head.items()}
    if name == "teacher":
        # The official teacher has no mask token; its loader would refuse.
        state.pop("backbone.masked_embed", None)
    for row in part.mapped:
        where = "backbone" if row.variable.startswith("backbone") else "head"
        names = tuple(f"{prefix}{where}.{n}" for n in row.tensors)
        if names[0] in state:
            row = Mapped(names, row.variable, row.shape)
            report.mapped.append(row.within(name if several else ""))
    return state


def _arguments(checkpoint, report):
    """What the official code has to be told about the networks."""
    backbone, head = checkpoint.backbone, checkpoint.head
    names = {heads: name for name, heads in ARCHITECTURES.items()}
    arguments = {
        "patch_size": backbone.patch_size,
        "out_dim": head.num_prototypes,
        "patch_out_dim": head.num_prototypes,
        "shared_head": head.shared,
        "shared_head_teacher": head.shared,
        "norm_last_layer": not head.trainable_gain,
        "use_masked_im_modeling": True,
    }
    if backbone.num_heads in names:
        arguments["arch"] = f"vit_{names[backbone.num_heads]}"
    else:
        report.notes.append(
            f"no official architecture has {backbone.num_heads} attention "
            "heads: name them when the file is read"
        )
    return arguments

"""Networks of ours as the state dicts of other libraries."""

import numpy as np

from keras_attmask.convert.positions import to_timm
from keras_attmask.convert.report import Left
from keras_attmask.convert.report import Mapped
from keras_attmask.convert.variables import arrays
from keras_attmask.convert.variables import backbone_variables
from keras_attmask.convert.variables import head_variables
from keras_attmask.errors import InputError

# Formats whose networks may lack the bias of queries, keys and values.
CHOOSES_BIAS = ("timm", "hf_vit", "hf_dinov2")
# Tensors that a library insists on where our network has none: gains of 1
# and a mask token that is never used change nothing.
_ALWAYS_GAINS = ("dinov2", "hf_dinov2")


def backbone_state(network, form, dialect, report):
    """The tensors of a backbone under the names of a format.

    Args:
        network: `Network`.
        form: name of the format.
        dialect: its `Dialect`.
        report: `Report`; rows and what has to be left are added.

    Returns:
        Dict of name to float32 array, in the order of the official code.

    Raises:
        InputError: when the format has no place for registers or
            LayerScale.
    """
    backbone = network.backbone
    values = arrays(backbone, backbone_variables(backbone))
    paths = {ours: path for ours, path, _ in backbone_variables(backbone)}
    _leave_mask_token(values, form, dialect, report)
    _leave_bias(values, form, network)
    _complete(values, form, backbone)
    if form == "timm":
        to_timm(values)
    state = {}
    for ours, value in values.items():
        names = dialect.names(ours)
        if not names:
            raise InputError(
                f"{form}: expected a network without {_plain(ours)}, which "
                f"the format cannot hold, got one with {ours}"
            )
        state.update(zip(names, np.split(value, len(names))))
        variable = f"backbone/{paths[ours]}" if ours in paths else "(added)"
        report.mapped.append(Mapped(names, variable, value.shape))
    state.update(_aside(network, form, dialect, report))
    return state


def _plain(ours):
    return "registers" if ours == "registers" else "LayerScale"


def _leave_mask_token(values, form, dialect, report):
    kept = dialect.names("masked_embed") and form != "hf_vit"
    if "masked_embed" in values and not kept:
        values.pop("masked_embed")
        reason = f"{form} has no mask token; only training needs it"
        report.left.append(Left("backbone/mask_token/token", reason))


def _leave_bias(values, form, network):
    """Where there was no bias of queries, keys and values, none again."""
    biases = [name for name in values if name.endswith("attn.qkv.bias")]
    moved = any(values[name].any() for name in biases)
    if not network.qkv_bias and not moved and form in CHOOSES_BIAS:
        for name in biases:
            del values[name]


def _complete(values, form, backbone):
    """Adds what a library expects in addition."""
    if form not in _ALWAYS_GAINS:
        return
    one = np.ones((backbone.hidden_dim,), "float32")
    if backbone.layer_scale is None:
        for index in range(backbone.num_layers):
            values[f"blocks.{index}.gamma_1"] = one
            values[f"blocks.{index}.gamma_2"] = one
    if form == "dinov2" or backbone.num_registers:
        blank = np.zeros((1, backbone.hidden_dim), "float32")
        values.setdefault("masked_embed", blank)


def _aside(network, form, dialect, report):
    """Classifier and pooler, where the format has them."""
    aside = dict(network.aside)
    dim = network.backbone.hidden_dim
    if form == "hf_vit" and "pooler.weight" not in aside:
        aside["pooler.weight"] = np.eye(dim, dtype="float32")
        aside["pooler.bias"] = np.zeros((dim,), "float32")
        report.notes.append("pooler: the identity, since there is none")
    state = {}
    for ours, value in aside.items():
        # A classifier would make another class of transformers' folder.
        names = () if ours[:2] + form[:2] == "clhf" else dialect.names(ours)
        if names:
            state[names[0]] = value
            report.mapped.append(Mapped(names, "(aside)", value.shape))
        else:
            report.left.append(Left(ours, f"{form} has no place for it"))
    return state


def head_state(head, report):
    """The tensors of a head under the names of the official code.

    Args:
        head: `ProjectionHead`.
        report: `Report`; rows are added.

    Returns:
        Dict of name to float32 array. Shared prototypes appear twice, as
        one array.
    """
    state = arrays(head, head_variables(head))
    for ours, path, _ in head_variables(head):
        report.mapped.append(Mapped((ours,), f"head/{path}", state[ours].shape))
    return state

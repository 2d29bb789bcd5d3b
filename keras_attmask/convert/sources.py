"""What lies in a file, found from its structure and its names."""

import collections.abc
import dataclasses

from keras_attmask.convert.report import Left
from keras_attmask.convert.safe_pickle import Namespace
from keras_attmask.convert.tensor import Tensor
from keras_attmask.errors import InputError

TRAINING_STATE = ("optimizer", "fp16_scaler")
_LOSSES = ("ibot_loss", "dino_loss")
_WRAPPERS = ("state_dict", "model")


@dataclasses.dataclass
class Source:
    """The contents of a file, sorted.

    Attributes:
        format: name of the dialect.
        networks: "teacher" and "student", or "network" alone, to a dict of
            name to `Tensor`.
        losses: name to `Tensor` of the running means of the losses.
        arguments: settings of the run that wrote the file.
        epoch: epochs that were trained, or None.
        config: contents of `config.json`.
        left: list of `Left`.
    """

    format: str
    networks: dict
    losses: dict = dataclasses.field(default_factory=dict)
    arguments: dict = dataclasses.field(default_factory=dict)
    epoch: int | None = None
    config: dict = dataclasses.field(default_factory=dict)
    left: list = dataclasses.field(default_factory=list)


def sort_saved_object(saved, plain):
    """Sorts what a file holds.

    Args:
        saved: the object of a PyTorch file, or the dict of a safetensors
            file.
        plain: format of a plain dict with the names of DINO, which timm
            uses as well.

    Returns:
        `Source`.

    Raises:
        InputError: for anything but the known layouts.
    """
    if not isinstance(saved, collections.abc.Mapping) or not saved:
        raise InputError(
            f"expected a dict of tensors, got {type(saved).__name__}"
        )
    if "student" in saved or "teacher" in saved:
        return _full_checkpoint(saved)
    for wrapper in _WRAPPERS:
        if isinstance(saved.get(wrapper), collections.abc.Mapping):
            source = _state_dict(_clean(saved[wrapper]), "backbone")
            source.left += _left(saved, {wrapper})
            return source
    return _state_dict(_clean(saved), plain)


def _full_checkpoint(saved):
    losses, arguments = {}, saved.get("args")
    for name in _LOSSES:
        losses.update(_tensors(saved.get(name, {}), name))
    if isinstance(arguments, Namespace):
        arguments = vars(arguments)
    if not isinstance(arguments, dict):
        arguments = {}
    epoch = saved.get("epoch")
    return Source(
        "official",
        {
            name: _clean(saved[name])
            for name in ("teacher", "student")
            if name in saved
        },
        losses,
        arguments,
        epoch if isinstance(epoch, int) else None,
        left=_left(saved, {"teacher", "student", "epoch", "args", *_LOSSES}),
    )


def _left(saved, used):
    """Other entries: the optimizer, and settings without tensors."""
    left = []
    for name, value in saved.items():
        if name in used:
            continue
        if name in TRAINING_STATE:
            left.append(Left(str(name), "training state"))
        elif _holds_tensor(value):
            raise InputError(
                f"entry {name}: expected no further tensors, got some"
            )
        else:
            left.append(Left(str(name), "no tensor"))
    return left


def _holds_tensor(value, depth=4):
    if isinstance(value, Tensor):
        return True
    if isinstance(value, collections.abc.Mapping):
        value = list(value.values())
    if not isinstance(value, (list, tuple)) or not depth:
        return False
    return any(_holds_tensor(item, depth - 1) for item in value)


def _tensors(entries, name):
    if not isinstance(entries, collections.abc.Mapping):
        raise InputError(
            f"entry {name}: expected a dict of tensors, got "
            f"{type(entries).__name__}"
        )
    for key, value in entries.items():
        if not isinstance(key, str) or not isinstance(value, Tensor):
            raise InputError(
                f"entry {key}: expected a tensor, got {type(value).__name__}"
            )
    return dict(entries)


def _clean(entries):
    """Tensors without the prefixes of wrappers around a network."""
    tensors = _tensors(entries, "network")
    for prefix in ("module.", "backbone."):
        tensors = {n.removeprefix(prefix): t for n, t in tensors.items()}
    return tensors


def _state_dict(tensors, plain):
    for prefix in ("vit.", "dinov2.", "dinov2_with_registers."):
        if f"{prefix}embeddings.cls_token" in tensors:
            tensors = {n.removeprefix(prefix): t for n, t in tensors.items()}
    return Source(_recognise(tensors, plain), {"network": tensors})


def _recognise(tensors, plain):
    """The format that goes with a set of names."""

    if not tensors:
        raise InputError("expected tensors, got an empty dict")

    def some(*words):
        return any(word in name for name in tensors for word in words)

    if "embeddings.cls_token" in tensors:
        modern = some("encoder.layer.0.norm1.")
        return "hf_dinov2" if modern else "hf_vit"
    if "patch_embed.proj.weight" not in tensors:
        raise InputError(
            "expected the names of the official code, DINO, timm or "
            f"transformers, got {next(iter(tensors))}"
        )
    if "mask_token" in tensors or "register_tokens" in tensors:
        return "dinov2"
    if "head.weight" in tensors or "reg_token" in tensors or some(".ls1."):
        return "timm"
    return "backbone" if "masked_embed" in tensors else plain

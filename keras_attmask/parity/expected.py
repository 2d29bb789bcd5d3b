"""Compares a checkpoint with recorded outputs of its original."""

import dataclasses

import numpy as np

from keras_attmask.errors import InputError
from keras_attmask.masking.attention_guided import least_attended
from keras_attmask.masking.attention_guided import most_attended
from keras_attmask.parity.outputs import KINDS
from keras_attmask.parity.outputs import Outputs

_ABOUT = ("images_", "grid.", "config.")
# Attention that is closer than this at a mask's edge may fall either way.
_SMALLEST_GAP = 1e-6
_MASKS = {
    "high": (most_attended, 0, "gap_high"),
    "low": (least_attended, 0, "gap_low"),
    "hint_top": (most_attended, 1, "gap_top"),
}
_CONFIG = {
    "patch_size": lambda n: n.backbone.patch_size,
    "embed_dim": lambda n: n.backbone.hidden_dim,
    "depth": lambda n: n.backbone.num_layers,
    "num_heads": lambda n: n.backbone.num_heads,
}


@dataclasses.dataclass
class Comparison:
    """Differences of recorded outputs.

    Attributes:
        outputs: name to largest absolute difference.
        skipped: name to the reason why it was not compared.
    """

    outputs: dict = dataclasses.field(default_factory=dict)
    skipped: dict = dataclasses.field(default_factory=dict)

    @property
    def max_difference(self):
        """The largest of all; NaN counts as infinite."""
        return max(self.outputs.values())


def compare_outputs(checkpoint, arrays):
    """Runs every recorded input and compares every recorded output.

    Args:
        checkpoint: `convert.Checkpoint`.
        arrays: what `read_npz` gives. `images_S` are the inputs; outputs
            are called `S.output`, or `teacher.S.output` and
            `student.S.output`; `mask.S.mode` are masks; `config.*` sizes.

    Returns:
        `Comparison`.

    Raises:
        InputError: for a record of another architecture, or with nothing
            in it that can be compared.
    """
    _check_config(checkpoint, arrays)
    comparison = Comparison()
    sets = [n.removeprefix("images_") for n in arrays if "images_" in n[:7]]
    for name in sets:
        _compare_set(checkpoint, arrays, name, comparison)
    for key in arrays:
        known = key.startswith(_ABOUT) or _is_mask_detail(key)
        if not known and key not in comparison.outputs:
            comparison.skipped.setdefault(key, "unknown output")
    if not comparison.outputs:
        raise InputError(
            "expected file: expected images and outputs of this checkpoint, "
            f"got nothing to compare among {len(arrays)} arrays"
        )
    return comparison


def _is_mask_detail(key):
    last = key.rsplit(".", 1)[-1]
    return key.startswith("mask.") and (last == "counts" or "gap_" in last)


def _check_config(checkpoint, arrays):
    for name, size in _CONFIG.items():
        recorded = arrays.get(f"config.{name}")
        own = size(checkpoint.network)
        if recorded is not None and recorded.item() != own:
            raise InputError(
                f"config.{name}: expected {own} as in the checkpoint, got "
                f"{recorded.item()}: another architecture"
            )


def _compare_set(checkpoint, arrays, name, comparison):
    images = arrays[f"images_{name}"]
    mask = arrays.get(f"mask.{name}.high")
    runs = {
        which: Outputs(network, images, mask)
        for which, network in checkpoint.networks.items()
    }
    only = "teacher" if "teacher" in runs else next(iter(runs))
    for key, expected in arrays.items():
        which, found, kind = _split(key, name)
        if not found or kind not in KINDS:
            continue
        run = runs.get(which or only)
        if run is None:
            comparison.skipped[key] = f"no {which} loaded"
            continue
        value = KINDS[kind](run, expected)
        if value is None:
            comparison.skipped[key] = "the checkpoint lacks a part for it"
        else:
            comparison.outputs[key] = _difference(key, value, expected)
    if "teacher" in runs:
        _compare_masks(runs["teacher"], arrays, name, comparison)


def _split(key, name):
    """(network or "", whether `key` belongs to the set, kind of output)."""
    for which in ("", "teacher", "student"):
        prefix = f"{which}.{name}." if which else f"{name}."
        if key.startswith(prefix):
            return which, True, key.removeprefix(prefix)
    return "", False, ""


def _difference(key, value, expected):
    if value.shape != expected.shape:
        raise InputError(
            f"{key}: expected shape {value.shape} from this checkpoint, got "
            f"{expected.shape}: another architecture"
        )
    wide = np.asarray(value, "float64") - np.asarray(expected, "float64")
    largest = float(np.abs(wide).max(initial=0.0))
    return largest if np.isfinite(largest) else float("inf")


def _compare_masks(run, arrays, name, comparison):
    """1.0 for a mask that differs, 0.0 for one that is the same."""
    counts = arrays.get(f"mask.{name}.counts")
    for mode, (choose, index, gap) in _MASKS.items():
        key = f"mask.{name}.{mode}"
        if key not in arrays:
            continue
        if counts is None:
            comparison.skipped[key] = f"no mask.{name}.counts"
            continue
        attention = run.attention("class_attention")
        expected = arrays[key].reshape(len(attention), -1)
        mask = np.asarray(choose(attention, int(counts[index])))
        wide = np.full(len(attention), np.inf)
        clear = arrays.get(f"mask.{name}.{gap}", wide) > _SMALLEST_GAP
        differs = (mask != expected).any(axis=-1) & clear
        comparison.outputs[key] = float(differs.any())

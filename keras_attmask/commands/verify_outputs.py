"""attmask verify --checkpoint --expected"""

import json

from keras_attmask.commands import checkpoint_input
from keras_attmask.commands.command import say
from keras_attmask.commands.finite import finite


def run(values):
    """Compares every recorded output; returns the exit status."""
    which = checkpoint_input.check(values, "which", checkpoint_input.WHICH)
    from keras_attmask.parity import compare_outputs
    from keras_attmask.parity import read_npz

    arrays = read_npz(values.expected, "--expected")
    heads = arrays.get("config.num_heads")
    heads = None if heads is None or heads.size != 1 else int(heads.item())
    checkpoint = checkpoint_input.load(
        values.checkpoint, values, which or _wanted(arrays), num_heads=heads
    )
    found = compare_outputs(checkpoint, arrays)
    passed = found.max_difference <= values.tolerance
    if values.json:
        result = {
            "checkpoint": values.checkpoint,
            "format": checkpoint.format,
            "max_difference": finite(found.max_difference),
            "tolerance": values.tolerance,
            "passed": passed,
            "outputs": {n: finite(d) for n, d in found.outputs.items()},
            "skipped": found.skipped,
        }
        say(json.dumps(result))
        return 0 if passed else 1
    for name, difference in found.outputs.items():
        mark = "" if difference <= values.tolerance else "  too large"
        say(f"{name:36} {difference:.2e}{mark}")
    for name, reason in found.skipped.items():
        say(f"{name:36} not compared: {reason}")
    say(
        f"{values.checkpoint} ({checkpoint.format}): largest difference "
        f"{found.max_difference:.2e}, tolerance {values.tolerance:.0e}: "
        f"{'passed' if passed else 'failed'}"
    )
    return 0 if passed else 1


def _wanted(arrays):
    """The networks that a record speaks of."""
    named = [n for n in ("teacher", "student") if _speaks_of(arrays, n)]
    return "both" if len(named) == 2 else (named or ["teacher"])[0]


def _speaks_of(arrays, network):
    return any(key.startswith(f"{network}.") for key in arrays)

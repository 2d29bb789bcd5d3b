"""attmask verify --init --trace"""

import json

from keras_attmask.commands import checkpoint_input
from keras_attmask.commands.command import say
from keras_attmask.commands.finite import finite
from keras_attmask.errors import InputError

_PARTS = ("losses", "centers", "weights")


def run(values):
    """Repeats each recorded variant; returns the exit status."""
    from keras_attmask.parity import read_npz
    from keras_attmask.parity import replay

    arrays = read_npz(values.trace, "--trace")
    known = [n.removeprefix("lambda2.") for n in arrays if "lambda2." in n[:8]]
    if not known:
        raise InputError(
            "--trace: expected a recorded run, got an .npz file without "
            "lambda2.*"
        )
    chosen = checkpoint_input.check(values, "variant", known)
    heads = arrays.get("config.num_heads")
    heads = None if heads is None or heads.size != 1 else int(heads.item())
    results = {}
    for variant in [chosen] if chosen else known:
        checkpoint = checkpoint_input.load(
            values.init, values, "both", num_heads=heads
        )
        results[variant] = replay(checkpoint, arrays, variant)
        if not values.json:
            _show(variant, results[variant])
    passed = all(result.passed for result in results.values())
    if values.json:
        say(json.dumps(_record(values, results, passed)))
    else:
        say(f"{values.init}: {'passed' if passed else 'failed'}")
    return 0 if passed else 1


def _show(variant, result):
    say(f"{variant}: absolute errors")
    names = list(result.losses)
    say("  step  " + "  ".join(f"{name:>10}" for name in names))
    for step, errors in enumerate(zip(*result.losses.values())):
        say(f"  {step:4}  " + "  ".join(f"{e:10.1e}" for e in errors))
    for name, error in result.centers.items():
        say(f"  {name:20} {error:.1e}")
    for name, errors in result.weights.items():
        worst = max(errors, key=errors.get)
        say(f"  {name + ' weights':20} {errors[worst]:.1e} at {worst}")


def _record(values, results, passed):
    from keras_attmask.parity.replay import LOSS_LIMIT
    from keras_attmask.parity.replay import WEIGHT_LIMIT

    variants = {}
    for variant, result in results.items():
        worst = {part: finite(result.worst(part)) for part in _PARTS}
        variants[variant] = {
            "passed": result.passed,
            "max_difference": worst,
            "losses": {
                name: [finite(error) for error in errors]
                for name, errors in result.losses.items()
            },
            "centers": {n: finite(e) for n, e in result.centers.items()},
            "weights": {
                network: {n: finite(e) for n, e in errors.items()}
                for network, errors in result.weights.items()
            },
        }
    return {
        "init": values.init,
        "trace": values.trace,
        "limits": {"losses": LOSS_LIMIT, "weights": WEIGHT_LIMIT},
        "passed": passed,
        "variants": variants,
    }

"""attmask verify"""

from absl import flags

from keras_attmask.commands import checkpoint_input
from keras_attmask.commands import verify_outputs
from keras_attmask.commands import verify_trace
from keras_attmask.commands.command import Command
from keras_attmask.commands.command import require_words
from keras_attmask.errors import InputError

DETAILS = """
Two proofs against recorded numbers, either of them with exit status 1 when a
difference is too large. The first runs every input of an .npz file through a
checkpoint and compares every output:

  attmask verify --checkpoint=dino.pth --expected=dino_expected.npz

The second repeats a recorded training run step by step, with its schedules,
inputs and masks. Losses must agree to 2e-5, final weights and all centres to
1e-4; the key third of each bias of queries, keys and values is left out.

  attmask verify --init=start.pth --trace=trace.npz
"""


def _define(values, arguments):
    texts = {
        "checkpoint": "whatever `attmask convert` reads",
        "expected": ".npz file of inputs and outputs for --checkpoint",
        "init": "full checkpoint that a recorded run started from",
        "trace": ".npz file of the run that started from --init",
        "variant": "results to repeat; all that the trace holds by default",
    }
    for name, text in texts.items():
        flags.DEFINE_string(name, None, text, flag_values=values)
    flags.DEFINE_float(
        "tolerance",
        1e-4,
        "largest absolute difference of an output",
        0.0,
        flag_values=values,
    )
    checkpoint_input.define(values)
    flags.DEFINE_bool(
        "json", False, "print one JSON object", flag_values=values
    )


def _run(values, words):
    require_words(words, [])
    first = (values.checkpoint, values.expected)
    second = (values.init, values.trace)
    if all(first) and not any(second):
        return verify_outputs.run(values)
    if all(second) and not any(first):
        return verify_trace.run(values)
    raise InputError(
        "flags: expected --checkpoint and --expected, or --init and --trace, "
        "got another set"
    )


COMMAND = Command(
    "verify",
    "Prove weights, or training, against recorded numbers.",
    "--checkpoint=FILE --expected=FILE | --init=FILE --trace=FILE",
    _define,
    _run,
    DETAILS,
)

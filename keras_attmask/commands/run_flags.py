"""Flags of commands that work in a run folder."""

from absl import flags

from keras_attmask.strategies import STRATEGIES


def define(values):
    """Adds `run`, `accept_recipe`, `strategy` and `json`."""
    flags.DEFINE_string(
        "run",
        None,
        "folder for everything that the run writes, new, or of an earlier "
        "run, which then goes on; runs/<recipe>-<date> by default",
        flag_values=values,
    )
    flags.DEFINE_bool(
        "accept_recipe",
        False,
        "go on with an earlier run although the recipe differs from its own",
        flag_values=values,
    )
    flags.DEFINE_enum(
        "strategy",
        "auto",
        STRATEGIES,
        "devices that train: one (none), all of this machine (mirrored on "
        "TensorFlow, jax on JAX), all of several machines (multiworker, jax) "
        "as TF_CONFIG, SLURM or JAX's variables name them, a Cloud TPU (tpu), "
        "or what is there (auto)",
        flag_values=values,
    )
    flags.DEFINE_bool(
        "json",
        False,
        "print the result as one JSON object, the last line of the output",
        flag_values=values,
    )

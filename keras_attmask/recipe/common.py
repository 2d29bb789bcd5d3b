"""What recipes of all kinds have in common."""

import dataclasses

DTYPES = ("float32", "mixed_bfloat16", "mixed_float16")


@dataclasses.dataclass(frozen=True)
class Training:
    """How long, how much at once, and in what precision.

    Attributes:
        batch_size: images a step.
        epochs: passes over the data.
        dtype: float32, mixed_bfloat16 or mixed_float16.
        accumulation: parts that a batch is worked through in; less memory
            for the same update (but images are mixed within a part).
        seed: integer that all random choices are derived from.
        deterministic: use operations alone that give the same bits each time,
            slower ones on a GPU.
        jit_compile: let XLA compile the TensorFlow step.
        log_every: steps between two lines of metrics.jsonl; an epoch ends
            with one in any case.
        save_minutes: minutes between two checkpoints within an epoch; its
            end and a signal save in any case.
        keep: newest checkpoints to keep; that with the best score stays too.
        skip_nonfinite: steps of the run that may be left out because their
            loss or gradients are not finite; one more stops it.
    """

    batch_size: int = 240
    epochs: int = 100
    dtype: str = "float32"
    accumulation: int = 1
    seed: int = 0
    deterministic: bool = False
    jit_compile: bool = True
    log_every: int = 50
    save_minutes: float = 10.0
    keep: int = 2
    skip_nonfinite: int = 0

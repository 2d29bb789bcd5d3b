"""The way of tokens through the blocks of a network."""

from keras import ops

from keras_attmask.layers import joint_factors
from keras_attmask.recomputed import recomputing
from keras_attmask.rematerialised import rematerialised
from keras_attmask.scanned import scanned
from keras_attmask.scanned import scans


def through_blocks(
    blocks,
    x,
    sample_key=None,
    training=False,
    *,
    remat=False,
    attends=False,
    class_only=False,
    keep=0,
):
    """Runs blocks one after the other; on JAX, all but the last in a loop.

    Args:
        blocks: list of `TransformerBlock`.
        x: tokens `(B, T, D)`.
        sample_key: optional int32 `(B,)` for stochastic depth.
        training: turns stochastic depth on.
        remat: in training, compute the inside of a block again for its
            gradient instead of keeping it.
        attends: ask the last block for its class attention.
        class_only: ask it for the class token alone.
        keep: last blocks whose tokens are returned.

    Returns:
        Tokens behind the last block; the row of attention or None; a list
        of tokens behind each of the last blocks, earliest first.
    """
    row, kept, end = None, [], len(blocks) - 1
    factors, remat = (
        _factors(blocks, x, sample_key, training),
        remat and training,
    )
    first = 0
    if end > 1 and not keep and scans(x):
        first = end  # the last block may do otherwise
        x = _scanned(blocks[:end], x, factors, remat)
    for index, block in list(enumerate(blocks))[first:]:
        last = index == end
        run = rematerialised(block) if remat else _lean(block)
        x = run(
            x,
            factors=factors[index],
            return_class_attention=attends and last,
            class_only=class_only and last,
            training=training,
        )
        x, row = x if attends and last else (x, None)
        if index > end - keep:
            kept.append(x)
    return x, row, kept


def _lean(block):
    """The same call, keeping less for its gradient on PyTorch."""

    def run(*arguments, **options):
        with recomputing():
            return block(*arguments, **options)

    return run


def _factors(blocks, x, sample_key, training):
    """Those of stochastic depth, a pair a block; None where all are 1."""
    drops = [block.drop_1 for block in blocks]
    drops += [block.drop_2 for block in blocks]
    if not training or not any(drop.rate for drop in drops):
        return [(None, None)] * len(blocks)
    if sample_key is None:
        return [block.factors(x, None, training) for block in blocks]
    drawn = ops.unstack(joint_factors(drops, x, sample_key), len(drops))
    return list(zip(drawn[: len(blocks)], drawn[len(blocks) :]))


def _scanned(blocks, x, factors, remat):
    """x through blocks of which none is asked for anything else."""
    options = [{} for _ in blocks]
    if any(pair != (None, None) for pair in factors):
        ones = ops.ones(ops.shape(x)[:1], x.dtype)
        for its, drawn in zip(options, factors):
            its["factors"] = tuple(ones if f is None else f for f in drawn)
    return scanned(blocks, x, options, remat)

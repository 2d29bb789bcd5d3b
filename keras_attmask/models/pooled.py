"""One vector an image, from the tokens of a backbone."""

from keras import ops

from keras_attmask.errors import InputError
from keras_attmask.tasks import POOLINGS


def check_pooling(pooling, num_blocks, num_layers):
    """Refuses what no vector can be made of.

    Raises:
        InputError: naming the argument, what was expected and what came.
    """
    if pooling not in POOLINGS:
        raise InputError(
            f"pooling: expected one of {', '.join(POOLINGS)}, got {pooling!r}"
        )
    if not 1 <= num_blocks <= num_layers:
        raise InputError(
            f"num_blocks: expected 1 to {num_layers}, the blocks that there "
            f"are, got {num_blocks!r}"
        )


def pooled_width(backbone, pooling, num_blocks):
    """Length of the vectors of `pooled`."""
    return backbone.hidden_dim * num_blocks * (1 + (pooling == "token+avg"))


def pooled(backbone, images, pooling="token", num_blocks=1, **options):
    """Features of images: of one or more last blocks, side by side.

    Args:
        backbone: `VisionTransformer`.
        images: normalised `(B, H, W, C)`.
        pooling: "token", the class token; "avg", the mean of the patch
            tokens; "token+avg", both.
        num_blocks: last blocks to take it from, each after the final norm.
        **options: of the backbone's call.

    Returns:
        float32 `(B, num_blocks x D)`, twice as long for "token+avg".
    """
    names = [] if pooling == "avg" else ["class_token"]
    names += [] if pooling == "token" else ["patch_tokens"]
    if num_blocks == 1:
        found = backbone(images, outputs=tuple(names), **options)
        blocks = [[found[name] for name in names]]
    else:
        tokens = backbone(
            images, outputs=("block_tokens",), num_blocks=num_blocks, **options
        )["block_tokens"]
        parts = {"class_token": lambda x: x[:, 0]}
        parts["patch_tokens"] = lambda x: x[:, 1:]
        blocks = [[parts[name](x) for name in names] for x in tokens]
    vectors = [_vector(part) for parts in blocks for part in parts]
    return vectors[0] if len(vectors) == 1 else ops.concatenate(vectors, -1)


def _vector(tokens):
    tokens = ops.cast(tokens, "float32")
    return tokens if len(tokens.shape) == 2 else ops.mean(tokens, axis=1)

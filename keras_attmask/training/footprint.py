"""How much memory a step needs, by the recipe alone."""

from keras_attmask.training.cost import hidden_patches

_BYTES = {"float32": 4, "mixed_bfloat16": 2, "mixed_float16": 2}


def fixed_bytes(recipe, parameters):
    """What the networks need, however many images there are.

    Float32 values, their gradients, two moments of AdamW and the teacher:
    five numbers a parameter; with `accumulation` a sixth, the sum of the
    gradients, and in mixed precision a copy at half the width for student
    and teacher.

    Args:
        recipe: a `Recipe`.
        parameters: of the student's backbone and head.

    Returns:
        Bytes.
    """
    numbers = 5 + (recipe.training.accumulation > 1)
    halves = 2 * (recipe.training.dtype != "float32")
    return parameters * (4 * numbers + 2 * halves)


def _kept_by_blocks(recipe, side):
    """Numbers that the blocks keep of one view for the gradient.

    Of a token: the input, both norms, queries, keys and values, what the
    heads and the projection made, and the hidden layer before and after its
    activation; of a head the map of all pairs.
    """
    part = recipe.backbone
    patches = (side // part.patch_size) ** 2
    tokens = patches + 1 + part.num_registers
    width, hidden = part.hidden_dim, part.mlp_dim or 4 * part.hidden_dim
    inside = tokens * (8 * width + 2 * hidden) + part.num_heads * tokens**2
    if recipe.training.remat:
        return part.num_layers * tokens * width + inside
    return part.num_layers * inside


def image_bytes(recipe):
    """What an image adds to a step, as far as it waits for the gradient.

    The views' pixels, the student's blocks over all views, and the head on
    class tokens and hidden patches without its scores, which exist for a
    chunk of tokens alone. What a backend stores besides is not foreseen
    here; `attmask pretrain --dry-run` measures it.

    Args:
        recipe: a `Recipe`.

    Returns:
        Bytes an image of the part of a batch that is worked through at once.
    """
    views, width = recipe.views, _BYTES[recipe.training.dtype]
    kinds = (
        (views.global_crops, views.global_size),
        (views.local_crops, views.local_size),
    )
    blocks = sum(n * _kept_by_blocks(recipe, side) for n, side in kinds)
    pixels = sum(n * side**2 for n, side in kinds) * recipe.data.channels
    classes = views.global_crops + views.local_crops
    tokens = classes + views.global_crops * hidden_patches(recipe)
    head = tokens * (4 * recipe.head.hidden_dim + recipe.head.bottleneck_dim)
    return 4 * pixels + width * (blocks + head)


def step_bytes(recipe, parameters):
    """The estimated peak of a step of the recipe's batch, in bytes."""
    at_once = recipe.training.batch_size / recipe.training.accumulation
    return fixed_bytes(recipe, parameters) + at_once * image_bytes(recipe)

"""What a step needs of multiplications and additions, by the recipe alone."""


def _tokens(recipe, side):
    patches = (side // recipe.backbone.patch_size) ** 2
    return patches, patches + 1 + recipe.backbone.num_registers


def _block_flops(recipe, tokens, queries):
    """Of one block, of which `queries` tokens are needed afterwards."""
    part = recipe.backbone
    width, hidden = part.hidden_dim, part.mlp_dim or 4 * part.hidden_dim
    keys_and_values = 2 * tokens * width**2
    attention = 2 * queries * tokens * width
    others = queries * width * (2 * width + 2 * hidden)
    return 2 * (keys_and_values + attention + others)


def backbone_flops(recipe, side, class_only=False):
    """FLOP of one image of `side` pixels through the backbone, forward.

    Matrix products only, two FLOP for a multiplication and an addition.
    Where the class token alone is asked for, the last block makes it alone.
    """
    part = recipe.backbone
    patches, tokens = _tokens(recipe, side)
    pixels = patches * part.patch_size**2 * recipe.data.channels
    blocks = (part.num_layers - 1) * _block_flops(recipe, tokens, tokens)
    last = _block_flops(recipe, tokens, 1 if class_only else tokens)
    return 2 * pixels * part.hidden_dim + blocks + last


def _head_flops(recipe):
    """FLOP of a token: `(to the bottleneck, to the prototypes)`."""
    part, width = recipe.head, recipe.backbone.hidden_dim
    layers = (width + part.hidden_dim + part.bottleneck_dim) * part.hidden_dim
    return 2 * layers, 2 * part.bottleneck_dim * part.num_prototypes


def hidden_patches(recipe):
    """Expected number of patches hidden in a global view."""
    if not recipe.objective.patch_weight:
        return 0.0
    part = recipe.masking
    patches, _ = _tokens(recipe, recipe.views.global_size)
    return part.masking_probability * sum(part.mask_ratio) / 2 * patches


def step_flops(recipe):
    """FLOP that a step needs for one image.

    The teacher goes forward over the global views; the student forward and
    backward (twice the forward) over all views. Heads see what the losses
    need: class tokens, hidden patches, and the teacher's bottleneck all
    patches, for the centre. Element-wise work, the optimizer and the mean of
    the weights are left out.

    Args:
        recipe: a `Recipe`.

    Returns:
        A number of floating-point operations.
    """
    views = recipe.views
    large = backbone_flops(recipe, views.global_size)
    small = backbone_flops(recipe, views.local_size, class_only=True)
    patches, _ = _tokens(recipe, views.global_size)
    bottleneck, prototypes = _head_flops(recipe)
    hidden = hidden_patches(recipe)
    teacher = large + (1 + hidden) * prototypes + bottleneck
    if recipe.objective.patch_weight:
        teacher += patches * bottleneck
    student = large + (1 + hidden) * (bottleneck + prototypes)
    local = small + bottleneck + prototypes
    return (
        views.global_crops * (teacher + 3 * student)
        + 3 * views.local_crops * local
    )

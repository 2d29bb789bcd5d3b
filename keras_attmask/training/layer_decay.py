"""Layer-wise learning rates for fine-tuning."""

from keras_attmask.errors import InputError


def layer_decay(backbone, decay):
    """Smaller learning rates the earlier a layer is.

    The last block's is `decay` times that of the head, each earlier block's
    and at last that of patches, tokens and positions `decay` times the one
    behind it. The final norm has the whole rate.

    Args:
        backbone: a `VisionTransformer`, part of the model to be trained.
        decay: factor from layer to layer, above 0, at most 1.

    Returns:
        A dict of paths of variables to factors, as `AdamW` takes it.

    Raises:
        InputError: for another decay.

    References: arXiv 2106.08254 (BEiT), 2111.07832 (iBOT).

    Example:
        >>> AdamW(1e-3, rate_scales=layer_decay(backbone, 0.75))
    """
    if not 0.0 < decay <= 1.0:
        raise InputError(
            f"decay: expected a number above 0, at most 1, got {decay!r}"
        )
    count = len(backbone.blocks)
    later = [backbone.norm, *backbone.blocks]
    kept = {id(v) for layer in later for v in layer.trainable_variables}
    scales = {
        variable.path: decay ** (count + 1)
        for variable in backbone.trainable_variables
        if id(variable) not in kept
    }
    for number, block in enumerate(backbone.blocks):
        for variable in block.trainable_variables:
            scales[variable.path] = decay ** (count - number)
    return scales

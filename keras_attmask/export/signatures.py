"""What an exported network answers: one dict for every signature."""

from keras import ops

from keras_attmask.errors import InputError
from keras_attmask.models.backbone_of import backbone_of
from keras_attmask.one_program import call_as_one

# Names of outputs by signature; the last asks for a head.
_OUTPUTS = {
    "features": ("class_token",),
    "tokens": ("class_token", "patch_tokens"),
    "attention": ("class_attention",),
    "classifier": ("scores",),
}
SIGNATURES = tuple(_OUTPUTS)


def signatures_of(model):
    """Those that a network can answer, names of outputs by signature.

    Args:
        model: `VisionTransformer`, or what stands on one.
    """
    bare = backbone_of(model) is model
    return {
        name: outputs
        for name, outputs in _OUTPUTS.items()
        if name != "classifier" or not bare
    }


def check_signature(signature, model):
    """Refuses a signature that a network cannot answer.

    Returns:
        The names of its outputs.

    Raises:
        InputError: naming those that it can.
    """
    known = signatures_of(model)
    if signature not in known:
        raise InputError(
            f"signature: expected one of {', '.join(known)}, got {signature!r}"
            + ", which is of a network with a head" * (signature in SIGNATURES)
        )
    return known[signature]


def all_outputs(model, pixels):
    """Everything that the signatures return, on any backend.

    Args:
        model: `VisionTransformer`, or what stands on one.
        pixels: normalised float32 `(B, H, W, C)`; H and W are known.

    Returns:
        A dict of float32 tensors: "class_token" `(B, D)`, "patch_tokens"
        `(B, N, D)`, "class_attention" `(B, rows, columns)`; and where there
        is a head, "scores", what the model itself says, `(B, K)`.
    """
    backbone = backbone_of(model)
    outputs = call_as_one(
        backbone,
        pixels,
        outputs=("class_token", "patch_tokens", "class_attention"),
        training=False,
    )
    rows, columns = (side // backbone.patch_size for side in pixels.shape[1:3])
    outputs["class_attention"] = ops.reshape(
        outputs["class_attention"], (-1, rows, columns)
    )
    if backbone is not model:
        outputs["scores"] = call_as_one(model, pixels, training=False)
    return outputs

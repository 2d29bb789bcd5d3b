"""What an exported backbone answers: one dict for every signature."""

from keras import ops

from keras_attmask.one_program import call_as_one

# Of a file that answers one thing.
FILE_SIGNATURES = {
    "features": ("class_token",),
    "tokens": ("class_token", "patch_tokens"),
    "attention": ("class_attention",),
}
# Of a SavedModel, which keeps them all.
SIGNATURES = {
    "serving_default": FILE_SIGNATURES["features"],
    "tokens": FILE_SIGNATURES["tokens"],
    "attention": FILE_SIGNATURES["attention"],
}


def all_outputs(backbone, pixels):
    """Everything that the signatures return, on any backend.

    Args:
        backbone: `VisionTransformer`.
        pixels: normalised float32 `(B, H, W, C)`; H and W are known.

    Returns:
        A dict of float32 tensors: "class_token" `(B, D)`, "patch_tokens"
        `(B, N, D)`, "class_attention" `(B, rows, columns)`.
    """
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
    return outputs

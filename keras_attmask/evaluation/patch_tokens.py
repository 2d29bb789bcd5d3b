"""Patch tokens of a whole source, batch by batch."""

from keras_attmask.evaluation.features import Answers


class PatchTokens(Answers):
    """A backbone reduced to its patch tokens, for `answers_of`.

    Args:
        network: `VisionTransformer`, or any model of its call signature.

    Call arguments:
        images: normalised float `(B, H, W, C)`.

    Returns:
        `(B, N, D)`, in the backbone's compute dtype.
    """

    def call(self, images):
        tokens = self.network(images, outputs=("patch_tokens",), training=False)
        return tokens["patch_tokens"]

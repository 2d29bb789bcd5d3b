"""What the class token attends to, of a whole source, batch by batch."""

from keras_attmask.evaluation.features import Answers


class ClassAttentionHeads(Answers):
    """A backbone reduced to the class attention of its last block.

    Args:
        network: `VisionTransformer`, or any model of its call signature.

    Call arguments:
        images: normalised float `(B, H, W, C)`.

    Returns:
        float32 `(B, heads, N)`, attention to patches.
    """

    def call(self, images):
        name = "class_attention_heads"
        return self.network(images, outputs=(name,), training=False)[name]

"""The sizes of the networks: one row each."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Architecture:
    """What tells one Vision Transformer from another.

    Attributes:
        title: name of the function that makes it.
        name: default name of the model.
        patch_size: side of a patch in pixels.
        num_layers: number of blocks.
        num_heads: attention heads a block.
        hidden_dim: width D.
        num_registers: extra learned tokens.
        layer_scale: first value of LayerScale gains; None leaves them out.
    """

    title: str
    name: str
    patch_size: int
    num_layers: int
    num_heads: int
    hidden_dim: int
    num_registers: int = 0
    layer_scale: float | None = None

    def settings(self):
        """Arguments of `models.VisionTransformer`, all but the shape."""
        settings = dataclasses.asdict(self)
        del settings["title"], settings["name"]
        return settings


TINY_16 = Architecture("ViTTiny16", "vit_tiny16", 16, 12, 3, 192)
SMALL_16 = Architecture("ViTSmall16", "vit_small16", 16, 12, 6, 384)
BASE_16 = Architecture("ViTBase16", "vit_base16", 16, 12, 12, 768)
LARGE_16 = Architecture("ViTLarge16", "vit_large16", 16, 24, 16, 1024)

"""What has to be known about a network besides its tensors."""

import dataclasses

from keras_attmask.errors import InputError


@dataclasses.dataclass(frozen=True)
class Hints:
    """What the tensors of a backbone do not tell.

    Attributes:
        num_heads: attention heads that the caller names, or None.
        config_heads: those of `config.json`, or None.
        arch: the architecture that the checkpoint records, or None.
        file: name of the file.
        image_size: `(height, width)` of the position table, or None.
        norm_epsilon: epsilon of `config.json`, or None.
    """

    num_heads: int | None = None
    config_heads: int | None = None
    arch: str | None = None
    file: str = ""
    image_size: tuple | None = None
    norm_epsilon: float | None = None


def find_hints(source, file, num_heads=None, image_size=None):
    """Collects them.

    Args:
        source: `Source`.
        file: name of its file.
        num_heads: what the caller says, or None.
        image_size: what the caller says, or None.

    Returns:
        `Hints`.
    """
    size = source.config.get("image_size")
    if isinstance(size, int):
        size = (size, size)
    return Hints(
        num_heads,
        source.config.get("num_attention_heads"),
        source.arguments.get("arch"),
        file,
        tuple(image_size or size or ()) or None,
        source.config.get("layer_norm_eps"),
    )


def check_config(backbone, config):
    """Refuses a `config.json` that speaks of another network.

    Raises:
        InputError: naming the first field that differs.
    """
    sizes = {
        "hidden_size": backbone.hidden_dim,
        "num_hidden_layers": backbone.num_layers,
        "patch_size": backbone.patch_size,
        "num_channels": backbone.image_shape[-1],
        "intermediate_size": backbone.mlp_dim,
    }
    for name, size in sizes.items():
        if config.get(name, size) != size:
            raise InputError(
                f"config.json: expected {name} {size} as in the tensors, got "
                f"{config[name]!r}"
            )

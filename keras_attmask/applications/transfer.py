"""Moves weights from one backbone to another of its kind."""

from keras import ops

from keras_attmask.errors import InputError

_COMPARED = (
    "patch_size",
    "hidden_dim",
    "num_layers",
    "num_heads",
    "mlp_dim",
    "num_registers",
    "layer_scale",
    "channels",
)


def description(settings, channels):
    """What two backbones must share for their weights to fit.

    Args:
        settings: arguments of `models.VisionTransformer`.
        channels: of an image.

    Returns:
        A dict with a value for each property.
    """
    found = {name: settings.get(name) for name in _COMPARED}
    found["mlp_dim"] = found["mlp_dim"] or 4 * found["hidden_dim"]
    # LayerScale's first value is of no account once weights are there.
    found["layer_scale"] = found["layer_scale"] is not None
    found["channels"] = channels
    return found


def check_fits(expected, found, title, path):
    """Refuses the weights of another architecture.

    Args:
        expected: `description` of the network that is wanted.
        found: that of the network in the file; what is not known is absent.
        title: name of the network that is wanted.
        path: of the file.

    Raises:
        InputError: naming the first thing that differs.
    """
    for name in _COMPARED:
        if name in found and found[name] != expected[name]:
            raise InputError(
                f"weights: expected {name} {expected[name]} for {title}, got "
                f"{found[name]} in {str(path)!r}"
            )


def copy_weights(source, target):
    """Copies weights; the position table is resized to the target's grid.

    Args:
        source: `VisionTransformer`; its mask token is left behind.
        target: `VisionTransformer` of the same `description`.
    """
    table = source.position_embedding.resized(target.grid)
    target.position_embedding.table.assign(ops.convert_to_numpy(table))
    for name in ("patch_embedding", "class_token", "registers", "norm"):
        layer = getattr(target, name)
        if layer is not None:
            layer.set_weights(getattr(source, name).get_weights())
    for old, new in zip(source.blocks, target.blocks):
        new.set_weights(old.get_weights())

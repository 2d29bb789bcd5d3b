"""Our name and layout of each variable of the networks.

The names are those of the official code. Dense kernels are transposed
there, convolutions are (out, in, rows, columns), the position table has a
leading axis. Each layout is a pair of exact inverses, so what is read and
written again has the same bits.
"""

import dataclasses

import numpy as np
from keras import ops

from keras_attmask.models.quantized import require_float


@dataclasses.dataclass(frozen=True)
class Layout:
    """How numbers lie in a file and in a Keras variable.

    Attributes:
        read: from file to variable.
        write: from variable to file.
    """

    read: callable
    write: callable


SAME = Layout(lambda x: x, lambda x: x)
MATRIX = Layout(np.transpose, np.transpose)
KERNEL = Layout(
    lambda x: np.transpose(x, (2, 3, 1, 0)),
    lambda x: np.transpose(x, (3, 2, 0, 1)),
)
TABLE = Layout(lambda x: x[0], lambda x: x[None])


def _dense(ours, path):
    yield f"{ours}.weight", f"{path}/kernel", MATRIX
    yield f"{ours}.bias", f"{path}/bias", SAME


def _norm(ours, path):
    yield f"{ours}.weight", f"{path}/gamma", SAME
    yield f"{ours}.bias", f"{path}/beta", SAME


def _block(index, layer_scale):
    ours, path = f"blocks.{index}", f"block_{index}"
    yield from _norm(f"{ours}.norm1", f"{path}/norm_1")
    yield from _dense(f"{ours}.attn.qkv", f"{path}/attention/qkv")
    yield from _dense(f"{ours}.attn.proj", f"{path}/attention/projection")
    if layer_scale:
        yield f"{ours}.gamma_1", f"{path}/scale_1/gain", SAME
    yield from _norm(f"{ours}.norm2", f"{path}/norm_2")
    yield from _dense(f"{ours}.mlp.fc1", f"{path}/mlp/expand")
    yield from _dense(f"{ours}.mlp.fc2", f"{path}/mlp/contract")
    if layer_scale:
        yield f"{ours}.gamma_2", f"{path}/scale_2/gain", SAME


def backbone_variables(backbone):
    """Yields (our name, path, layout) of each weight of a backbone."""
    yield "cls_token", "class_token/token", SAME
    yield "pos_embed", "position_embedding/table", TABLE
    if backbone.num_registers:
        yield "registers", "registers/token", SAME
    if backbone.use_mask_token:
        yield "masked_embed", "mask_token/token", SAME
    yield "patch_embed.proj.weight", "patch_embedding/kernel", KERNEL
    yield "patch_embed.proj.bias", "patch_embedding/bias", SAME
    for index in range(backbone.num_layers):
        yield from _block(index, backbone.layer_scale is not None)
    yield from _norm("norm", "norm")


def head_variables(head):
    """Yields (our name, path, layout) of each weight of a head.

    Shared prototypes appear under both of their names.
    """
    for number in range(3):
        yield from _dense(f"mlp.{2 * number}", f"dense_{number + 1}")
    patches = "prototypes" if head.shared else "patch_prototypes"
    for ours, path in (("last_layer", "prototypes"), ("last_layer2", patches)):
        yield f"{ours}.weight_g", f"{path}/gain", MATRIX
        yield f"{ours}.weight_v", f"{path}/direction", MATRIX


def by_path(network):
    """Variables of a network under their path inside of it.

    Raises:
        InputError: when they are quantised.
    """
    require_float(network)
    prefix = network.name + "/"
    return {v.path.split(prefix, 1)[-1]: v for v in network.variables}


def arrays(network, variables):
    """The weights of a network, as a file would hold them.

    Args:
        network: a built backbone or head.
        variables: what `backbone_variables` or `head_variables` yields.

    Returns:
        Dict of our name to float32 array; two names of one variable share
        their array.
    """
    found, values, made = by_path(network), {}, {}
    for ours, path, layout in variables:
        if path not in made:
            value = ops.convert_to_numpy(found[path])
            made[path] = layout.write(np.asarray(value, "float32"))
        values[ours] = made[path]
    return values

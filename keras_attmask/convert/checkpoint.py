"""A checkpoint of any known source, as Keras networks."""

import dataclasses

from keras import ops

from keras_attmask.convert.report import Report
from keras_attmask.convert.variables import by_path
from keras_attmask.errors import InputError
from keras_attmask.layers import ProjectionHead
from keras_attmask.models import VisionTransformer


@dataclasses.dataclass
class Network:
    """One network of a checkpoint.

    Attributes:
        backbone: `VisionTransformer`.
        head: `ProjectionHead`, or None.
        aside: further arrays in PyTorch's layout: "classifier.weight",
            "classifier.bias", "pooler.weight", "pooler.bias".
        qkv_bias: whether queries, keys and values had a bias; it is zero
            in `backbone` where they had none.
    """

    backbone: VisionTransformer
    head: ProjectionHead | None = None
    aside: dict = dataclasses.field(default_factory=dict)
    qkv_bias: bool = True


@dataclasses.dataclass
class Checkpoint:
    """What a file held.

    Attributes:
        format: name of the source's format.
        networks: "teacher", "student" or both, to `Network`.
        centers: "cls" and "patch" to float32 `(K,)`; empty without.
        epoch: epochs that were trained, or None.
        arguments: settings of the run that wrote the file.
        report: `Report`.
    """

    format: str
    networks: dict
    centers: dict = dataclasses.field(default_factory=dict)
    epoch: int | None = None
    arguments: dict = dataclasses.field(default_factory=dict)
    report: Report = dataclasses.field(default_factory=Report)

    @property
    def network(self):
        """The teacher, or the only network."""
        return self.networks.get("teacher") or self.networks["student"]

    @property
    def backbone(self):
        """Its `VisionTransformer`."""
        return self.network.backbone

    @property
    def head(self):
        """Its `ProjectionHead`, or None."""
        return self.network.head

    def restore(self, distiller):
        """Copies networks, heads and centres into a `Distiller`.

        Pretraining goes on from them; the optimizer starts afresh.

        Args:
            distiller: of the same architecture. It needs both networks
                of this checkpoint, see `load_checkpoint`.

        Raises:
            InputError: when something is missing or differs.
        """
        for name in ("student", "teacher"):
            if name not in self.networks or not self.networks[name].head:
                raise InputError(
                    f"checkpoint: expected a {name} with a head, got none"
                )
            network = self.networks[name]
            _copy(network.backbone, getattr(distiller, name))
            _copy(network.head, getattr(distiller, f"{name}_head"))
        for name, value in self.centers.items():
            getattr(distiller, f"{name}_center").centre.assign(value)

    def restore_backbone(self, distiller):
        """Copies the backbone into both networks of a `Distiller`.

        Heads and centres stay as they are, and so does the mask token where
        the checkpoint has none.

        Args:
            distiller: of the same architecture.

        Raises:
            InputError: when the architectures differ.
        """
        for target in (distiller.student, distiller.teacher):
            _copy(self.backbone, target, optional=("mask_token",))


def _copy(source, target, optional=()):
    values = by_path(source)
    for path, variable in by_path(target).items():
        dispensable = path.startswith(optional) and path not in values
        if "seed" in path or dispensable:
            continue
        if path not in values or values[path].shape != variable.shape:
            raise InputError(
                f"checkpoint: expected a variable {path} of shape "
                f"{tuple(variable.shape)}, got none"
            )
        # A real copy: JAX refuses to donate one buffer twice.
        variable.assign(ops.convert_to_numpy(values[path]))

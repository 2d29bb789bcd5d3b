"""Replicas of a `tf.distribute` strategy."""

from keras_attmask.distribution.devices import Devices
from keras_attmask.distribution.hosts import Hosts
from keras_attmask.errors import InputError


class StrategyDevices(Devices):
    """Devices of a `tf.distribute.Strategy`.

    Args:
        name: that chose it.
        kind: CPU, GPU or TPU.
        strategy: of TensorFlow.
        hosts: `Hosts`.
    """

    feeds_ahead = True

    def __init__(self, name, kind, strategy, hosts=Hosts()):
        super().__init__(kind)
        self.strategy, self._strategy = name, strategy
        self.count = strategy.num_replicas_in_sync
        self.hosts, self.host = hosts.count, hosts.index

    def scope(self):
        return self._strategy.scope()

    def feed(self, dataset, rows):
        part = rows * self.hosts // self.count
        dataset = dataset.rebatch(part, drop_remainder=True)
        return self._strategy.distribute_datasets_from_function(
            lambda context: dataset
        )

    def sum(self, numbers):
        if self.hosts == 1:
            return super().sum(numbers)
        import tensorflow as tf

        waiting = [tf.constant(numbers, "int32")]  # for one local replica

        def value(context):
            return waiting.pop() if waiting else tf.zeros_like(numbers)

        values = self._strategy.experimental_distribute_values_from_function(
            value
        )
        return self._strategy.reduce("SUM", values, axis=None).numpy()

    def is_of_lost_host(self, error):
        import tensorflow as tf

        return isinstance(error, tf.errors.UnavailableError)


def mirrored(hosts):
    """All devices of this host, by `tf.distribute.MirroredStrategy`."""
    import tensorflow as tf

    kind, names = local_devices()
    strategy = tf.distribute.MirroredStrategy(names)
    return StrategyDevices("mirrored", kind, strategy)


def local_devices():
    """`(kind, names)` of the GPUs of this host, or of its CPUs."""
    import tensorflow as tf

    for kind in ("GPU", "CPU"):
        found = tf.config.list_logical_devices(kind)
        if found:
            return kind, [device.name for device in found]
    raise InputError("--strategy: expected a device, got none")


def multiworker(hosts):
    """All devices of all hosts, by `MultiWorkerMirroredStrategy`."""
    import tensorflow as tf

    resolvers = tf.distribute.cluster_resolver
    resolver = {
        "TF_CONFIG": resolvers.TFConfigClusterResolver,
        "SLURM": resolvers.SlurmClusterResolver,
    }.get(hosts.said_by)
    if resolver is None:
        raise InputError(
            "--strategy: expected other hosts in TF_CONFIG or in the "
            "variables of a SLURM step for multiworker, got neither"
        )
    strategy = tf.distribute.MultiWorkerMirroredStrategy(
        cluster_resolver=resolver()
    )
    found = tf.config.list_logical_devices("GPU")
    kind = "GPU" if found else "CPU"
    return StrategyDevices("multiworker", kind, strategy, hosts)


def tpu(hosts):
    """The cores of a Cloud TPU, by `TPUStrategy`."""
    import tensorflow as tf

    try:
        resolver = tf.distribute.cluster_resolver.TPUClusterResolver()
        tf.config.experimental_connect_to_cluster(resolver)
        tf.tpu.experimental.initialize_tpu_system(resolver)
    except (ValueError, tf.errors.OpError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(
            f"--strategy: expected a TPU, got none ({reason})"
        ) from error
    strategy = tf.distribute.TPUStrategy(resolver)
    return StrategyDevices("tpu", "TPU", strategy)

"""One batch on many devices: each works on its part, and the means count.

TensorFlow runs the step once a replica, JAX once for all devices. Here both
come to the same: every device computes as if it were alone with its part of
the batch, and what it found is averaged over all of them, on all hosts. Parts
are of one size, so the mean of their means is that of the batch.
"""

import keras


def mean_over_devices(function, values, batch):
    """What a function finds in a batch that devices share.

    Args:
        function: `(values, batch)` -> `(outcome, gradients)`, a dict of
            float tensors and a list of them, means over the images.
        values: list of tensors, the same on every device.
        batch: structure of tensors whose first axis the devices share.

    Returns:
        `(outcome, gradients)` for the whole batch; on TensorFlow gradients
        are divided by the number of replicas only, as an optimizer adds
        them up.
    """
    find = {"tensorflow": _tensorflow, "jax": _jax}
    return find.get(keras.backend.backend(), _alone)(function, values, batch)


def _alone(function, values, batch):
    return function(values, batch)


def _jax(function, values, batch):
    distribution = keras.distribution.distribution()
    if distribution is None or distribution.device_mesh.devices.size == 1:
        return function(values, batch)
    import jax
    from jax.sharding import PartitionSpec

    name = distribution.batch_dim_name

    def part(values, batch):
        return jax.lax.pmean(function(values, batch), name)

    return jax.shard_map(
        part,
        mesh=distribution.device_mesh.backend_mesh,
        in_specs=(PartitionSpec(), PartitionSpec(name)),
        out_specs=PartitionSpec(),
        check_vma=False,
    )(values, batch)


def _tensorflow(function, values, batch):
    import tensorflow as tf

    outcome, gradients = function(values, batch)
    context = tf.distribute.get_replica_context()
    count = tf.distribute.get_strategy().num_replicas_in_sync
    if context is None or count == 1:
        return outcome, gradients
    names = list(outcome)
    means = context.all_reduce("MEAN", [outcome[name] for name in names])
    gradients = [gradient / count for gradient in gradients]
    return dict(zip(names, means)), gradients


def readable(logs):
    """Logs of one replica in the form that `fit` can reduce.

    Between hosts, Keras takes means along an axis that scalars lack.
    """
    if keras.backend.backend() != "tensorflow":
        return logs
    import tensorflow as tf

    strategy = tf.distribute.get_strategy()
    workers = tf.distribute.MultiWorkerMirroredStrategy
    if not isinstance(strategy, workers) or tf.executing_eagerly():
        return logs
    return {name: tf.reshape(value, (1,)) for name, value in logs.items()}

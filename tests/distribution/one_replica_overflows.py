"""Two replicas under a loss scale; the gradient of one overflows.

Prints, step by step, weights and loss scales of both replicas as JSON.
"""

import json

import keras
import tensorflow as tf
from twenty_steps import split_cpu

from keras_attmask.training import AdamW
from keras_attmask.training import finite
from keras_attmask.training.replicas import mean_over_devices


def main():
    split_cpu(2)
    strategy = tf.distribute.MirroredStrategy()
    with strategy.scope():
        weight = keras.Variable(1.0)
        optimizer = keras.optimizers.LossScaleOptimizer(
            AdamW(0.125), initial_scale=8.0
        )
        optimizer.build([weight])

    def alone(values, gradient):
        return finite.which_are_finite(0.0, [gradient], optimizer), [gradient]

    def update(gradient):
        outcome, gradients = mean_over_devices(alone, [], gradient)
        finite.apply_if(
            outcome,
            optimizer,
            gradients,
            lambda gradients: optimizer.apply(gradients, [weight]),
        )

    @tf.function
    def step(gradients):
        strategy.run(update, (gradients,))

    for numbers in ([8.0, float("inf")], [8.0, 8.0]):
        step(
            strategy.experimental_distribute_values_from_function(
                lambda context: tf.constant(
                    numbers[context.replica_id_in_sync_group]
                )
            )
        )
        found = [
            [float(x) for x in strategy.experimental_local_results(v.value)]
            for v in (weight, optimizer.dynamic_scale)
        ]
        print(json.dumps(found))


main()

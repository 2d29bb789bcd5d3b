"""The running mean that keeps the teacher from favouring a prototype."""

import keras
from keras import ops

from keras_attmask.initializers import Zeros


@keras.saving.register_keras_serializable(package="keras_attmask")
class Centering(keras.layers.Layer):
    """Exponential mean of teacher logits.

    Emerging Properties in Self-Supervised Vision Transformers,
    arXiv 2104.14294. The only state of the losses.

    Args:
        num_prototypes: K.
        momentum: share of the old centre that an update keeps.
    """

    def __init__(self, num_prototypes, momentum=0.9, **kwargs):
        kwargs["trainable"] = False  # also in the config of a twin
        super().__init__(**kwargs)
        self.num_prototypes = num_prototypes
        self.momentum = momentum
        self.centre = self.add_weight(
            name="centre",
            shape=(num_prototypes,),
            initializer=Zeros(),
            trainable=False,
            autocast=False,
            aggregation="mean",  # one centre for all replicas
        )
        self.built = True

    def update(self, batch_mean, moves=True):
        """Moves the centre towards the mean `(K,)` of this step's logits.

        Args:
            batch_mean: float `(K,)`.
            moves: bool scalar; False leaves the centre where it is.
        """
        mean = ops.stop_gradient(ops.cast(batch_mean, "float32"))
        old = ops.convert_to_tensor(self.centre)
        new = old * self.momentum + mean * (1 - self.momentum)
        self.centre.assign(ops.where(moves, new, old))

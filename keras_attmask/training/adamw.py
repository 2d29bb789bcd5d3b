"""AdamW as PyTorch computes it, with scheduled decay and a frozen layer."""

import contextlib

import keras
from keras import ops
from keras.optimizers.schedules import LearningRateSchedule

from keras_attmask.once import once
from keras_attmask.training.adamw_law import bias_correction
from keras_attmask.training.adamw_law import clipped
from keras_attmask.training.adamw_law import stepped
from keras_attmask.training.parameter_groups import Law
from keras_attmask.training.parameter_groups import grouped
from keras_attmask.training.scheduled_rate import ScheduledRate


@keras.saving.register_keras_serializable("keras_attmask")
class AdamW(keras.optimizers.Optimizer):
    """AdamW with the semantics of the official training code.

    It differs from `keras.optimizers.AdamW` in what a re-implementation
    needs: epsilon is added to the root of the bias-corrected second moment;
    weight decay follows a schedule inside the compiled step, and applies to
    variables with two axes or more; gradients are clipped for each variable
    with PyTorch's epsilon; and some variables are frozen for the first
    steps, truly: no moments, no decay, and bias correction that starts when
    they start. Compiled, a variable whose gradient is not finite does not
    move either.

    Args:
        learning_rate: a number, a schedule `(step, ops) -> value`, or one of
            Keras' own.
        weight_decay: a number or a schedule `(step, ops) -> value`.
        beta_1: decay of the first moment.
        beta_2: decay of the second moment.
        epsilon: added to the denominator.
        clip_norm: largest L2 norm of each variable's gradient; None leaves
            gradients alone.
        frozen_steps: updates during which `frozen` variables do not move.
        frozen: words; a variable is frozen when its path holds one.
        rate_scales: dict of paths of variables to what their learning rate
            is multiplied by, see `layer_decay`; others have the whole rate.

    Reference: Decoupled Weight Decay Regularization, arXiv 1711.05101.
    """

    def __init__(
        self,
        learning_rate=1e-3,
        weight_decay=0.0,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-8,
        clip_norm=None,
        frozen_steps=0,
        frozen=("prototypes",),
        rate_scales=None,
        name="attmask_adamw",
        **kwargs,
    ):
        keras_own = isinstance(learning_rate, LearningRateSchedule)
        if callable(learning_rate) and not keras_own:
            accumulation = kwargs.get("gradient_accumulation_steps")
            learning_rate = ScheduledRate(learning_rate, accumulation)
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
        self.decay = weight_decay
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.clip_norm = clip_norm
        self.frozen_steps = frozen_steps
        self.frozen = tuple(frozen)
        self.rate_scales = dict(rate_scales or {})
        self._shared = {}  # of one update, by what asked for it
        self._condition = None

    def get_config(self):
        return {
            **super().get_config(),
            "weight_decay": keras.saving.serialize_keras_object(self.decay),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
            "clip_norm": self.clip_norm,
            "frozen_steps": self.frozen_steps,
            "frozen": list(self.frozen),
            "rate_scales": self.rate_scales,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        decay = keras.saving.deserialize_keras_object(
            config["weight_decay"], custom_objects
        )
        return super().from_config(
            {**config, "weight_decay": decay}, custom_objects
        )

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        # Kept by position: TensorFlow hands over variables without a path.
        laws = [self._law_of(variable.path) for variable in variables]
        self._groups = grouped(self, variables, laws)

    def _law_of(self, path):
        frozen = any(word in path for word in self.frozen)
        scale = self.rate_scales.get(path, 1.0)
        return Law(self.frozen_steps if frozen else 0, scale)

    def current_decay(self):
        """Weight decay of the next update: a scalar."""
        if callable(self.decay):
            return self.decay(ops.cast(self.iterations, "float32"), ops)
        return self.decay

    @contextlib.contextmanager
    def only_if(self, condition):
        """Within, compiled updates move nothing unless a scalar is true."""
        self._condition = condition
        try:
            yield
        finally:
            self._condition = None

    def _backend_update_step(self, gradients, variables, learning_rate):
        parts = list(self._parts(gradients, variables))
        step = {
            "torch": self._torch_update_step,
            "tensorflow": self._tensorflow_update_step,
            "jax": self._jax_update_step,
        }
        step = step[keras.backend.backend()]
        self._shared = {}
        try:
            step(parts, learning_rate, self._condition)
        finally:
            self._shared = {}  # traced values must not outlive their trace

    def stacked(self, gradients):
        """Gradients of all its variables, a tensor `(n, ...)` a group."""
        return [
            ops.stack([gradients[index] for index in group.indices])
            for group in self._groups
        ]

    def _parts(self, gradients, variables):
        """Groups with their variables, and their gradients or None."""
        indices = map(self._get_variable_index, variables)
        given = dict(zip(indices, gradients))
        for group in self._groups:
            its = [given.get(index) for index in group.indices]
            if any(gradient is not None for gradient in its):
                known = self._trainable_variables
                yield group, [known[index] for index in group.indices], its

    def _corrections(self, start):
        """Bias corrections of variables that begin at update `start`."""
        if start not in self._shared:
            step = ops.cast(self.iterations + 1 - start, "float32")
            step = ops.maximum(step, 1.0)  # unused values must stay finite
            self._shared[start] = [
                bias_correction(beta, step)
                for beta in (self.beta_1, self.beta_2)
            ]
        return self._shared[start]

    def _rates(self, learning_rate, scale):
        """Learning rate at a scale, and what decay then leaves of a weight."""
        key = ("rates", scale)
        if key not in self._shared:
            rate = ops.cast(learning_rate, "float32") * scale
            self._shared[key] = rate, 1.0 - rate * self.current_decay()
        return self._shared[key]

    def _torch_update_step(self, parts, learning_rate, condition):
        """All variables of the same law at once."""
        from keras_attmask.training.torch_updates import by_law
        from keras_attmask.training.torch_updates import on_cpu
        from keras_attmask.training.torch_updates import update_in_one_pass

        for law, lists in by_law(parts).items():
            rate, _ = self._rates(learning_rate, law.scale)
            if on_cpu(lists[0]):
                step = int(self.iterations) + 1 - law.start
                if step > 0:  # else they are frozen
                    update_in_one_pass(self, *lists, float(rate), step)
            else:
                self._torch_update_group(lists, law.start, rate)

    def _torch_update_group(self, lists, start, rate):
        """Without asking a device for the number of the update."""
        from keras_attmask.training.torch_updates import update_together

        gradients, *slots = lists
        old = [[t.clone() for t in tensors] for tensors in slots] * (start > 0)
        corrections = self._corrections(start)
        update_together(self, gradients, *slots, rate, corrections)
        frozen = self.iterations < start
        for new_list, old_list in zip(slots, old):
            for new, kept in zip(new_list, old_list):
                new.copy_(ops.where(frozen, kept, new))

    def _tensorflow_update_step(self, parts, learning_rate, condition):
        from keras_attmask.training.tensorflow_updates import update

        update(self, parts, learning_rate, condition)

    def _jax_update_step(self, parts, learning_rate, condition):
        for group, variables, gradients in parts:
            self.update_group(
                group.law,
                (group.moments, group.velocities),
                variables,
                gradients,
                learning_rate,
                condition,
            )

    def update_group(
        self, law, slots, variables, gradients, rate, condition=None
    ):
        """Moves variables of one shape, and what is remembered of them.

        Args:
            law: their `Law`.
            slots: their moments and their velocities, variables of
                `(n, ...)`.
            variables: list of `n` variables.
            gradients: list of tensors, None for what stays as it is.
            rate: learning rate, a scalar.
            condition: scalar, without whose truth nothing moves, or None.
        """
        dtype = slots[0].dtype
        value = ops.stack([ops.convert_to_tensor(v) for v in variables])
        gradient = ops.stack(
            [
                ops.zeros(v.shape, dtype) if g is None else ops.cast(g, dtype)
                for g, v in zip(gradients, variables)
            ]
        )
        moment, velocity = (ops.convert_to_tensor(slot) for slot in slots)
        each = [-1] + [1] * (len(value.shape) - 1)
        axes = tuple(range(1, len(value.shape)))
        norm = ops.sqrt(ops.sum(ops.square(gradient), axes, keepdims=True))
        gradient = clipped(gradient, norm, self.clip_norm)
        moves = ops.isfinite(norm)
        if any(g is None for g in gradients):
            given = ops.array([g is not None for g in gradients])
            moves = ops.logical_and(moves, ops.reshape(given, each))
        if condition is not None:
            moves = ops.logical_and(moves, condition)
        if law.start:
            moves = ops.logical_and(moves, self.iterations >= law.start)
        rate, left = self._rates(rate, law.scale)
        corrections = self._corrections(law.start)
        *new_slots, new = stepped(
            value,
            gradient,
            (moment, velocity),
            (self.beta_1, self.beta_2),
            [ops.cast(correction, dtype) for correction in corrections],
            self.epsilon,
            ops.cast(rate, dtype),
            ops.cast(left, dtype) if len(axes) > 1 else None,
        )
        for slot, after, before in zip(slots, new_slots, (moment, velocity)):
            self.assign(slot, ops.where(moves, after, before))
        # Once: or each variable's part is computed by itself.
        new = once(ops.where(moves, new, value))
        for variable, its in zip(variables, ops.unstack(new)):
            self.assign(variable, its)

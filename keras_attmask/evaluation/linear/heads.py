"""Many linear heads that learn at once from the same features.

Heads that look at the same columns stand side by side in one matrix, so that
forty cost little more than one: features are read, moved and multiplied once.
The gradient of softmax and cross-entropy is written out.
"""

import numpy as np
from keras import ops

from keras_attmask.one_program import compiled

_MOMENTUM = 0.9
_FIRST_DEVIATION = 0.01


class Heads:
    """Softmax regressions by SGD with momentum 0.9 and without decay.

    PyTorch's form: the velocity is the sum of gradients, and the rate of
    the moment multiplies all of it.

    Args:
        heads: list of `settings.Head`.
        columns: function from a head's kind to the columns of the features
            that it looks at.
        num_classes: K.
        seed: of the first weights, normal with deviation 0.01; heads that
            differ by their rate alone begin alike.
        spread: `(mean, deviation)` of the features, `(D,)` each, which they
            are brought to 0 and 1 by; None leaves them as they are.
    """

    def __init__(self, heads, columns, num_classes, seed=0, spread=None):
        self.kinds = list(dict.fromkeys(head.kind for head in heads))
        self.num_classes = num_classes
        self._spread = spread
        # Where each head stands: `(kind, place among its heads)`.
        self._of_kind = [
            [i for i, head in enumerate(heads) if head.kind == kind]
            for kind in self.kinds
        ]
        self.rates = [
            np.float32([heads[i].learning_rate for i in members])
            for members in self._of_kind
        ]
        self._columns = [columns(kind) for kind in self.kinds]
        self._state = [
            self._first(len(places), len(members), seed)
            for places, members in zip(self._columns, self._of_kind)
        ]
        self._step = compiled(self._stepped)
        self._hits = compiled(self._counted)

    def _first(self, width, count, seed):
        random = np.random.default_rng(seed)
        kernel = random.normal(0, _FIRST_DEVIATION, (width, self.num_classes))
        kernel = np.tile(kernel.astype("float32")[:, None], (1, count, 1))
        bias = np.zeros((count, self.num_classes), "float32")
        arrays = kernel, bias, np.zeros_like(kernel), np.zeros_like(bias)
        return [ops.convert_to_tensor(array) for array in arrays]

    def _logits(self, features, number, kernel, bias):
        """`(B, heads of the kind, K)`, and the features that they see."""
        seen = features
        if self._spread is not None:
            mean, deviation = map(ops.convert_to_tensor, self._spread)
            seen = (features - mean) / deviation
        columns = self._columns[number]
        if len(columns) != features.shape[-1]:
            seen = ops.take(seen, columns, axis=-1)
        flat = ops.reshape(kernel, (kernel.shape[0], -1))
        logits = ops.matmul(seen, flat)
        return ops.reshape(logits, (-1, *bias.shape)) + bias, seen

    def _stepped(self, state, features, labels, weights, share):
        """The state after one step.

        Args:
            state: lists of kernel, bias and their velocities.
            features: `(B, D)`.
            labels: int32 `(B,)`.
            weights: float32 `(B,)`, which add to one; 0 for what fills up.
            share: of the first learning rate, times batch over 256.
        """
        truth = ops.one_hot(labels, self.num_classes, dtype="float32")
        after = []
        for number, (kernel, bias, moving, shifting) in enumerate(state):
            logits, seen = self._logits(features, number, kernel, bias)
            likely = ops.exp(logits - ops.logsumexp(logits, -1, keepdims=True))
            errors = likely - truth[:, None]
            errors = errors * weights[:, None, None]
            flat = ops.reshape(errors, (errors.shape[0], -1))
            gradient = ops.matmul(ops.transpose(seen), flat)
            moving = _MOMENTUM * moving + ops.reshape(gradient, kernel.shape)
            shifting = _MOMENTUM * shifting + ops.sum(errors, axis=0)
            rates = share * ops.convert_to_tensor(self.rates[number])[:, None]
            kernel, bias = kernel - rates * moving, bias - rates * shifting
            after.append([kernel, bias, moving, shifting])
        return after

    def learn(self, features, labels, weights, share):
        """Makes one step, see `_stepped`; arrays may be NumPy's."""
        arrays = map(ops.convert_to_tensor, (features, labels, weights))
        share = ops.convert_to_tensor(np.float32(share))
        self._state = self._step(self._state, *arrays, share)

    def _counted(self, state, features, labels, weights):
        found = []
        for number, (kernel, bias, *_) in enumerate(state):
            logits, _ = self._logits(features, number, kernel, bias)
            place = ops.broadcast_to(
                labels[:, None, None], (*logits.shape[:2], 1)
            )
            own = ops.take_along_axis(logits, place, axis=-1)
            rank = ops.sum(ops.cast(logits >= own, "int32"), axis=-1)
            # What is no number is right nowhere: a head that has run away is
            # never the best. (TensorFlow makes `not <` into `>=`.)
            sane = ops.all(ops.isfinite(logits), axis=-1)
            hits = [ops.logical_and(sane, rank <= limit) for limit in (1, 5)]
            hits = ops.cast(ops.stack(hits, axis=-1), "float32")
            hits = hits * weights[:, None, None]
            found.append(ops.sum(hits, axis=0))  # (heads, 2)
        return found

    def hits(self, features, labels, weights):
        """How many images are right, first and among five.

        Args:
            features: `(B, D)`.
            labels: int32 `(B,)`.
            weights: float32 `(B,)`, 1 for an image that counts.

        Returns:
            float64 NumPy array `(heads, 2)`, in the order of the heads. A
            class as likely as the right one counts as better.
        """
        arrays = map(ops.convert_to_tensor, (features, labels, weights))
        found = self._hits(self._state, *arrays)
        total = np.empty((sum(map(len, self._of_kind)), 2))
        for members, counts in zip(self._of_kind, found):
            total[members] = ops.convert_to_numpy(counts)
        return total

    def weights_of(self, number):
        """Kernel `(D, K)` and bias `(K,)` of a head, NumPy arrays.

        They are for the features as they come.
        """
        kind, place = next(
            (kind, members.index(number))
            for kind, members in enumerate(self._of_kind)
            if number in members
        )
        kernel, bias = map(ops.convert_to_numpy, self._state[kind][:2])
        kernel, bias = kernel[:, place].copy(), bias[place].copy()
        if self._spread is not None:
            mean, deviation = (x[self._columns[kind]] for x in self._spread)
            kernel /= deviation[:, None]
            bias -= mean @ kernel
        return kernel, bias

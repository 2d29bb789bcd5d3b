"""What all masking strategies share: ratio, gate and random draws."""

import keras
from keras import ops

from keras_attmask import counter_random
from keras_attmask.view_law import whole_views

# Numbers of the independent draws that are made from one key.
_RATIO, _HINT, _GATE, NOISE = range(4)

GATES = ("independent", "stratified")


def ranks(values):
    """Rank of each entry in its row, largest first: int32 `(M, N)`.

    Equal values are ranked by index, the lowest first.
    """
    order = ops.argsort(ops.negative(values), axis=-1)
    return ops.argsort(order, axis=-1)


class MaskingStrategy(keras.layers.Layer):
    """Base of the layers that choose which patches the student cannot see.

    A subclass implements `hide`. This class draws how many patches to hide
    and applies the gate, the same for every strategy: a row keeps its mask
    with `masking_probability`, otherwise nothing in it is hidden. The mask
    ratio is drawn once a call for all rows, as published, or once a row.

    The gate "independent" lets each row decide for itself, as published: the
    number of masked rows varies. "stratified" masks exactly that share of the
    views of every image, chosen evenly: with two views and a probability of
    0.5, one of them. Each row is still masked with `masking_probability`, and
    rows of different images are independent; but views of one image never
    agree by chance, and compiled steps need room for the exact share only.

    Args:
        mask_ratio: share of patches to hide; a number, or `(low, high)` of
            a uniform law.
        masking_probability: probability that a row is masked at all.
        per_image: draw the ratio for each row.
        gate: "independent" or "stratified".
        seed: seed of the generator that serves when no keys are given.

    Call arguments:
        class_attention: float `(M, N)`; strategies that do not look at the
            image only read its shape.
        grid: `(rows, columns)` with rows * columns = N; needed by
            strategies that know neighbours. Square by default.
        sample_key: optional int32 `(M,)`, see `counter_random`.
        step_key: optional int32 scalar or `(1,)`, the same for all rows.
        num_views: views an image that the stratified gate reckons with; rows
            come view by view.

    Returns:
        bool `(M, N)`; True hides the patch. Carries no gradient.

    Raises:
        ValueError: for ratios or probabilities outside [0, 1], an unknown
            gate, or one that would mask a fraction of a view.
    """

    def __init__(
        self,
        mask_ratio=(0.1, 0.5),
        masking_probability=0.5,
        per_image=False,
        gate="independent",
        seed=None,
        **kwargs,
    ):
        # Ranks of attention need all its digits under a mixed policy too.
        super().__init__(autocast=False, **kwargs)
        pair = mask_ratio if isinstance(mask_ratio, (tuple, list)) else None
        limits = tuple(pair or (mask_ratio, mask_ratio))
        if len(limits) != 2 or not 0.0 <= limits[0] <= limits[1] <= 1.0:
            raise ValueError(
                "`mask_ratio` must be a number or a rising pair within "
                f"[0, 1], got {mask_ratio!r}."
            )
        if not 0.0 <= masking_probability <= 1.0:
            raise ValueError(
                "`masking_probability` must lie in [0, 1], got "
                f"{masking_probability!r}."
            )
        if gate not in GATES:
            raise ValueError(f"`gate` must be one of {GATES}, got {gate!r}.")
        self.mask_ratio = mask_ratio
        self.gate = gate
        self.ratio_low, self.ratio_high = limits
        self.masking_probability = masking_probability
        self.per_image = per_image
        self.seed = seed
        self._generator = keras.random.SeedGenerator(seed)
        self.built = True

    def capacity(self, num_patches):
        """The most patches that a row can lose: a static integer."""
        return max(int(num_patches * self.ratio_high), 1)

    def masked_views(self, num_views):
        """How many of an image's views may be masked at most.

        Raises:
            ValueError: where the stratified gate would mask a part of one.
        """
        if self.gate == "independent":
            return num_views
        count = whole_views(self.masking_probability, num_views)
        if count is None:
            raise ValueError(
                "`masking_probability` must be a whole number of views for "
                f'gate="stratified": expected a multiple of 1/{num_views}, '
                f"got {self.masking_probability!r}."
            )
        return count

    def hide(self, class_attention, target, count, grid, keys):
        """Chooses patches, before the gate.

        Args:
            class_attention: float32 `(M, N)`.
            target: patches to hide, before rounding; a number or `(M, 1)`.
            count: `target` rounded down, int32, likewise.
            grid: `(rows, columns)`.
            keys: int32 `(M,)`, one for each row, and `(1,)` for all.

        Returns:
            bool `(M, N)`.
        """
        raise NotImplementedError

    def call(
        self,
        class_attention,
        grid=None,
        sample_key=None,
        step_key=None,
        num_views=2,
    ):
        attention = ops.cast(ops.stop_gradient(class_attention), "float32")
        num_patches = attention.shape[-1]
        keys = self._keys(attention, sample_key, step_key)
        target, count = self._amount(num_patches, keys)
        grid = grid or (int(num_patches**0.5),) * 2
        mask = self.hide(attention, target, count, grid, keys)
        masked = self._gated(keys[0], num_views)
        return ops.logical_and(mask, ops.expand_dims(masked, -1))

    def _gated(self, key, num_views):
        """Which rows keep their mask: bool `(M,)`."""
        chance = counter_random.uniform(counter_random.fold_in(key, _GATE))
        if self.gate == "independent":
            return chance < self.masking_probability
        # The views of an image beside each other, ranked by chance.
        masked_views = self.masked_views(num_views)
        chance = ops.transpose(ops.reshape(chance, (num_views, -1)))
        masked = ops.transpose(ranks(chance) < masked_views)
        return ops.reshape(masked, (-1,))

    def compute_output_spec(self, class_attention, **call_arguments):
        # Without tracing `call`: JAX would trace the sides of `grid` too.
        return keras.KerasTensor(class_attention.shape, dtype="bool")

    def _keys(self, attention, sample_key, step_key):
        rows = ops.shape(attention)[0]
        if sample_key is None:
            sample_key = self._random_key((rows,))
        if step_key is None:
            step_key = self._random_key((1,))
        return sample_key, ops.reshape(step_key, (1,))

    def _random_key(self, shape):
        return keras.random.randint(
            shape, 0, 2**31 - 1, dtype="int32", seed=self._generator
        )

    def draw_ratio(self, keys, number):
        """A ratio of this layer's law: `(1, 1)`, or `(M, 1)` per image."""
        key = keys[0] if self.per_image else keys[1]
        ratio = counter_random.uniform(
            counter_random.fold_in(key, number),
            self.ratio_low,
            self.ratio_high,
        )
        return ops.expand_dims(ratio, -1)

    def _amount(self, num_patches, keys):
        if self.ratio_low == self.ratio_high:
            # In double precision, as Python does it: int(100 * 0.29) is 28.
            target = num_patches * self.ratio_low
            return target, int(target)
        target = num_patches * self.draw_ratio(keys, _RATIO)
        count = ops.cast(ops.floor(target), "int32")
        return target, ops.minimum(count, self.capacity(num_patches))

    def draw_hint_ratio(self, keys):
        """A second, independent draw of the same law."""
        return self.draw_ratio(keys, _HINT)

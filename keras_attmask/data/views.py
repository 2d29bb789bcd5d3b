"""From a batch to normalised views, inside the compiled step."""

import dataclasses

import keras
import numpy as np
from keras import ops

from keras_attmask import counter_random
from keras_attmask.data import crop_law
from keras_attmask.data import photometric
from keras_attmask.data import resample

# Numbers of the independent draws that are made from one view's key.
CROP, FLIP, JITTER, GREY, BLUR, SOLARIZE, MODEL = range(7)
_ORDER = 8  # second word of the jitter's order, past its four factors


@dataclasses.dataclass(frozen=True)
class ViewLaw:
    """How views are drawn (section 8 of the method, per view).

    Attributes:
        global_crops: number of global views G.
        local_crops: number of local views L.
        global_size: side of a global view in pixels.
        local_size: side of a local view in pixels.
        global_scale: `(low, high)` share of the image's area.
        local_scale: `(low, high)` likewise.
        flip_probability: of a left-right mirror.
        jitter_probability: of colour jitter.
        jitter: brightness, contrast, saturation and hue strengths.
        grey_probability: of dropping colour.
        blur_probability: for global view 1, global view 2, local views.
        blur_sigma: `(low, high)` in pixels.
        solarize_probability: likewise three.
        mean: of each channel, 0 to 1.
        std: of each channel, 0 to 1.
    """

    global_crops: int = 2
    local_crops: int = 10
    global_size: int = 224
    local_size: int = 96
    global_scale: tuple = (0.25, 1.0)
    local_scale: tuple = (0.05, 0.25)
    flip_probability: float = 0.5
    jitter_probability: float = 0.8
    jitter: tuple = (0.4, 0.4, 0.2, 0.1)
    grey_probability: float = 0.2
    blur_probability: tuple = (1.0, 0.1, 0.5)
    blur_sigma: tuple = (0.1, 2.0)
    solarize_probability: tuple = (0.0, 0.2, 0.0)
    mean: tuple = (0.485, 0.456, 0.406)
    std: tuple = (0.229, 0.224, 0.225)

    @property
    def num_crops(self):
        """Global and local views together."""
        return self.global_crops + self.local_crops


class MultiCropViews(keras.layers.Layer):
    """Random views of a batch: crops, colours, normalisation.

    Batches come in two forms. Whole small images are cropped here, on the
    device; ready crops from a host pipeline get their colours only. Each
    random choice depends on the step's key, the image's index and the view.

    Args:
        law: a `ViewLaw`.

    Call arguments:
        batch: a dict with "index" int32 `(B,)`, and either "images" uint8
            `(B, H, W, C)`, or "global_views" `(B, G, H, W, C)` and, if
            there are any, "local_views" `(B, L, h, w, C)`. A bare image
            array is numbered by its rows.
        step_key: int32 key of the step.

    Returns:
        A dict: "global" float32 `(G B, H, W, C)`, the first view of all
        images, then the second; "local" `(L B, h, w, C)` or None;
        "global_key" and "local_key", int32 `(G B,)` and `(L B,)`, for
        further draws about each view.
    """

    def __init__(self, law, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)
        self.law = law
        self.built = True

    @property
    def global_crops(self):
        return self.law.global_crops

    @property
    def num_crops(self):
        return self.law.num_crops

    def call(self, batch, step_key):
        if not isinstance(batch, dict):
            rows = ops.shape(batch)[0]
            batch = {"images": batch, "index": ops.arange(rows)}
        law = self.law
        key = counter_random.fold_in(step_key, batch["index"])
        views = {"local": None, "local_key": None}
        views["global"], views["global_key"] = self._views(
            batch, "global_views", key, 0, law.global_crops
        )
        if law.local_crops:
            views["local"], views["local_key"] = self._views(
                batch, "local_views", key, law.global_crops, law.local_crops
            )
        return views

    def _views(self, batch, name, key, first, count):
        """Views `first` to `first + count` of every image, view by view."""
        number = np.arange(first, first + count).reshape(-1, 1)
        keys = counter_random.fold_in(ops.expand_dims(key, 0), number)
        keys = ops.reshape(keys, (-1,))  # (count * B,)
        if "images" in batch:
            pixels = self._crops(batch["images"], name, keys, count)
        else:
            crops = ops.moveaxis(batch[name], 1, 0)
            pixels = ops.reshape(crops, (-1, *crops.shape[2:]))
            pixels = ops.cast(pixels, "float32")
        pixels = self._colours(pixels / 255.0, keys, first, count)
        pixels = photometric.normalize(pixels, self.law.mean, self.law.std)
        return pixels, counter_random.fold_in(keys, MODEL)

    def _crops(self, images, name, keys, count):
        law, (height, width) = self.law, images.shape[1:3]
        size, scale = law.global_size, law.global_scale
        if name == "local_views":
            size, scale = law.local_size, law.local_scale
        boxes = crop_law.draw_crop(
            counter_random.fold_in(keys, CROP), height, width, scale
        )
        flip = crop_law.draw_flip(
            counter_random.fold_in(keys, FLIP), law.flip_probability
        )
        repeated = ops.tile(images, (count, 1, 1, 1))
        return resample.crop_and_resize(repeated, boxes, (size, size), flip)

    def _happens(self, keys, number, probabilities):
        """Draws a yes or no for each view; probabilities `(count,)`."""
        u = counter_random.uniform(counter_random.fold_in(keys, number))
        u = ops.reshape(u, (len(probabilities), -1))
        limit = np.asarray(probabilities, "float32").reshape(-1, 1)
        return ops.reshape(ops.less(u, limit), (-1,))

    def _of_views(self, three, first, count):
        """Values for views from those of global 1, global 2 and local."""
        return [
            three[2] if n >= self.law.global_crops else three[min(n, 1)]
            for n in range(first, first + count)
        ]

    def _colours(self, images, keys, first, count):
        law = self.law
        jitters = self._happens(keys, JITTER, [law.jitter_probability] * count)
        if law.jitter_probability and any(law.jitter):
            images = self._jitter(images, keys, jitters)
        if law.grey_probability and images.shape[-1] == 3:
            greys = self._happens(keys, GREY, [law.grey_probability] * count)
            greys = ops.reshape(greys, (-1, 1, 1, 1))
            images = ops.where(greys, photometric.grey(images), images)
        blur = self._of_views(law.blur_probability, first, count)
        if any(blur) and law.blur_sigma[1] > 0:
            images = self._blur(images, keys, blur)
        invert = self._of_views(law.solarize_probability, first, count)
        if any(invert):
            chosen = self._happens(keys, SOLARIZE, invert)
            chosen = ops.reshape(chosen, (-1, 1, 1, 1))
            images = ops.where(chosen, photometric.solarize(images), images)
        return images

    def _jitter(self, images, keys, happens):
        key = counter_random.fold_in(keys, JITTER)
        u = counter_random.uniform(counter_random.draws(key, _ORDER))
        strength = ops.convert_to_tensor(self.law.jitter, dtype="float32")
        centre = ops.convert_to_tensor([1.0, 1.0, 1.0, 0.0], dtype="float32")
        factors = centre + strength * (2.0 * u[:, :4] - 1.0)
        factors = ops.where(ops.expand_dims(happens, -1), factors, centre)
        order = ops.cast(ops.argsort(u[:, 4:], axis=-1), "int32")
        return photometric.color_jitter(images, order, factors)

    def _blur(self, images, keys, probabilities):
        low, high = self.law.blur_sigma
        happens = self._happens(keys, BLUR, probabilities)
        key = counter_random.fold_in(counter_random.fold_in(keys, BLUR), 1)
        sigma = counter_random.uniform(key, low, high)
        sigma = ops.where(happens, sigma, 0.0)
        return photometric.gaussian_blur(images, sigma, high)

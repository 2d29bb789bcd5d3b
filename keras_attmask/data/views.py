"""From a batch to normalised views, inside the compiled step."""

import keras
from keras import ops

from keras_attmask import counter_random
from keras_attmask.data import photometric
from keras_attmask.data.resample import crop_and_resize
from keras_attmask.data.view_draws import MODEL
from keras_attmask.data.view_draws import draw_colours
from keras_attmask.data.view_draws import draw_geometry
from keras_attmask.data.view_draws import view_keys
from keras_attmask.once import stored


def apply_colours(images, drawn, blur_limit):
    """Does to images what was drawn for them.

    Args:
        images: float32 `(V, C, H, W)`, 0 to 1.
        drawn: see `view_draws.draw_colours`.
        blur_limit: largest sigma that may be drawn.

    Returns:
        float32 `(V, C, H, W)`.
    """
    if "jitter_order" in drawn:
        images = photometric.color_jitter(
            images, drawn["jitter_order"], drawn["jitter_factors"]
        )
    if "grey" in drawn:
        chosen = ops.reshape(drawn["grey"], (-1, 1, 1, 1))
        images = ops.where(chosen, photometric.grey(images), images)
    if "sigma" in drawn:
        images = photometric.gaussian_blur(images, drawn["sigma"], blur_limit)
    if "solarize" in drawn:
        chosen = ops.reshape(drawn["solarize"], (-1, 1, 1, 1))
        images = ops.where(chosen, photometric.solarize(images), images)
    return images


def coloured(pixels, keys, law, first, count):
    """Draws what happens to the colours of crops, and does it.

    Args:
        pixels: `(V, H, W, C)`, values 0 to 255.
        keys: int32 `(V,)`, see `view_draws.view_keys`.
        law: a `ViewLaw`.
        first: number of the first view.
        count: how many views an image.

    Returns:
        float32 `(V, H, W, C)` from 0 to 1, and what was drawn, see
        `view_draws.draw_colours`.
    """
    channels = pixels.shape[-1]
    pixels = ops.transpose(pixels, (0, 3, 1, 2))  # (V, C, H, W)
    pixels = stored(ops.cast(pixels, "float32") * (1.0 / 255.0))
    drawn = draw_colours(law, keys, first, count, channels)
    pixels = apply_colours(pixels, drawn, law.blur_sigma[1])
    return ops.transpose(pixels, (0, 2, 3, 1)), drawn


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
        key = counter_random.fold_in(step_key, batch["index"])
        views = {"local": None, "local_key": None}
        for name, kind in self.law.kinds.items():
            keys = view_keys(key, kind.first, kind.count)  # (count * B,)
            pixels = self._cut(batch, name, kind, keys)
            views[name] = self._coloured(pixels, kind, keys)
            views[f"{name}_key"] = counter_random.fold_in(keys, MODEL)
        return views

    def _cut(self, batch, name, kind, keys):
        """Views of one kind, view by view, their colours untouched."""
        if "images" not in batch:  # cut by the host
            crops = ops.moveaxis(batch[f"{name}_views"], 1, 0)
            return ops.reshape(crops, (-1, *crops.shape[2:]))
        images = batch["images"]
        height, width = images.shape[1:3]
        boxes, flip = draw_geometry(self.law, keys, height, width, kind.scale)
        repeated = ops.tile(images, (kind.count, 1, 1, 1))
        return crop_and_resize(repeated, boxes, (kind.size, kind.size), flip)

    def _coloured(self, pixels, kind, keys):
        law = self.law
        pixels, _ = coloured(pixels, keys, law, kind.first, kind.count)
        mean = ops.convert_to_tensor(law.mean, dtype="float32")
        std = ops.convert_to_tensor(law.std, dtype="float32")
        return (pixels - mean) / std

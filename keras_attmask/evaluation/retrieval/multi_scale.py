"""What a backbone says of photographs at several scales."""

import concurrent.futures
import dataclasses
import math

import numpy as np
from keras import ops

from keras_attmask.evaluation.features import Answers
from keras_attmask.evaluation.features import answers_of
from keras_attmask.evaluation.nearest import unit_rows


def bilinear_matrix(in_size, scale):
    """Matrix that shrinks one axis: bilinear, no antialias.

    Args:
        in_size: pixels along the axis.
        scale: factor of the coordinates, whatever the rounded size says.

    Returns:
        float32 `(floor(in_size x scale), in_size)`; rows sum to 1.
    """
    out_size = math.floor(in_size * scale)
    centres = (np.arange(out_size) + 0.5) / scale - 0.5
    centres = np.clip(centres, 0, in_size - 1)
    distance = np.abs(np.arange(in_size) - centres[:, None])
    return np.maximum(1 - distance, 0).astype("float32")


class MultiScaleTokens(Answers):
    """A backbone reduced to the mean of its class tokens at some scales.

    Args:
        network: `VisionTransformer`.
        scales: factors of the image's sides. What does not fill a patch at
            the right and below is left out.

    Call arguments:
        images: normalised float `(B, H, W, C)`.

    Returns:
        float32 `(B, D)`, not normalised.
    """

    def __init__(self, network, scales, **kwargs):
        super().__init__(network, **kwargs)
        self.scales = scales

    def call(self, images):
        tokens = [
            self.network(
                self._scaled(images, scale),
                outputs=("class_token",),
                training=False,
            )["class_token"]
            for scale in self.scales
        ]
        return sum(ops.cast(t, "float32") for t in tokens) / len(tokens)

    def _scaled(self, images, scale):
        if scale == 1:
            return images
        down, across = (
            ops.convert_to_tensor(self._filled(size, scale), images.dtype)
            for size in images.shape[1:3]
        )
        images = ops.einsum("rh,bhwc->brwc", down, images)
        return ops.einsum("sw,brwc->brsc", across, images)

    def _filled(self, size, scale):
        matrix, patch = bilinear_matrix(size, scale), self.network.patch_size
        return matrix[: len(matrix) // patch * patch]


def multi_scale_features(reader, thumbnails, scales):
    """Features of photographs of many shapes, each of length one.

    Photographs of one shape are read together, and each shape is one
    program. A step holds as many pixels as one of the reader's does.

    Args:
        reader: `Reader`.
        thumbnails: a source, see `Thumbnails`, whose sides the patch divides.
        scales: see `MultiScaleTokens`.

    Returns:
        float32 NumPy array `(n, D)`, row i for image i.
    """
    with concurrent.futures.ThreadPoolExecutor() as pool:
        sizes = list(pool.map(thumbnails.size, range(len(thumbnails))))
    features = None
    for size in sorted(set(sizes)):
        rows = [row for row, found in enumerate(sizes) if found == size]
        found = _of_one_size(reader, thumbnails.take(rows), size, scales)
        if features is None:
            features = np.empty((len(sizes), found.shape[1]), "float32")
        features[rows] = found
    return unit_rows(features, "features")


def _of_one_size(reader, source, size, scales):
    height, width, channels = reader.preprocessing.image_shape
    as_they_are = dataclasses.replace(
        reader.preprocessing, image_shape=(*size, channels), crop_ratio=1.0
    )
    pixels = reader.batch_size * height * width
    batch_size = max(pixels // (size[0] * size[1]), 1)
    # A network of its own: TensorFlow would otherwise, from the second shape
    # on, trace one program for sides that it does not know.
    network = MultiScaleTokens(reader.backbone, scales)
    return answers_of(network, source, as_they_are, batch_size)

"""Probes that segment the images of a part."""

import concurrent.futures
import dataclasses
import os

import numpy as np
from threadpoolctl import threadpool_limits

from keras_attmask.evaluation.patch_tokens import PatchTokens
from keras_attmask.evaluation.segmentation.confusion import confusion_matrix
from keras_attmask.evaluation.segmentation.confusion import mean_iou
from keras_attmask.evaluation.segmentation.pixels import Pixels
from keras_attmask.evaluation.segmentation.taught_patches import finite


@dataclasses.dataclass
class Measured:
    """What a part looks like to some probes.

    Attributes:
        confusions: by the name of a probe, int64 `(K, K)`.
        shown: by the index of an image, a dict of `(H, W)` by the name of a
            probe, and by "truth".
    """

    confusions: dict
    shown: dict

    def scores(self):
        """Dict of "NAME_miou" and "NAME_pixel_accuracy"."""
        found = {}
        for name, confusion in self.confusions.items():
            found[f"{name}_miou"] = mean_iou(confusion)
            right = np.trace(confusion) / confusion.sum()
            found[f"{name}_pixel_accuracy"] = float(right)
        return found


def measured(reader, part, truth, grid, probes, shown=()):
    """Segments all images of a part, batch by batch.

    Args:
        reader: `Reader`.
        part: `data.Segmented`.
        truth: `Truth` of its masks.
        grid: `(rows, columns)` of patches.
        probes: objects with a `name` and `scores`, from tokens `(b, N, D)`
            to `(b, N, K)`.
        shown: indices of images whose segments shall be kept.

    Returns:
        `Measured`.
    """
    pixels = Pixels(grid, reader.preprocessing.image_shape[:2])
    found = Measured({probe.name: 0 for probe in probes}, {})

    def segment(index, *scores):
        (mask,) = truth.of(part, [index])
        said = dict(zip(found.confusions, map(pixels.classes, scores)))
        counted = {
            name: confusion_matrix(
                mask, classes, truth.num_classes, truth.ignored
            )
            for name, classes in said.items()
        }
        # Of the others only the counts stay in memory.
        return counted, {"truth": mask, **said} if index in shown else None

    # Threads of our own do all of the work at once, not the products alone.
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for tokens, place in reader.batches(PatchTokens, part.source):
            tokens = finite(np.asarray(tokens, "float32"))
            scores = [probe.scores(tokens) for probe in probes]
            rows = range(place.start, place.stop)
            with threadpool_limits(1, "blas"):
                by_image = list(pool.map(segment, rows, *scores))
            for row, (counted, labels) in zip(rows, by_image):
                for name, confusion in counted.items():
                    found.confusions[name] += confusion
                if labels:
                    found.shown[row] = labels
    return found

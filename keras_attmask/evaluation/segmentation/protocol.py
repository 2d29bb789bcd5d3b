"""Segmentation by frozen patch tokens, learnt linearly and by neighbours.

What a backbone's patches know about where things are: each patch gets a
score for each class, scores are enlarged to pixels, and the greatest wins.
"""

from keras_attmask.data.layouts.masked_images import masked_train_and_test
from keras_attmask.errors import naming
from keras_attmask.evaluation.patch_labels import patch_grid
from keras_attmask.evaluation.prepared_pixels import spread_indices
from keras_attmask.evaluation.reader import Reader
from keras_attmask.evaluation.record import recorded
from keras_attmask.evaluation.segmentation.confusion import IGNORED
from keras_attmask.evaluation.segmentation.linear_patches import LinearPatches
from keras_attmask.evaluation.segmentation.measured import measured
from keras_attmask.evaluation.segmentation.nearest_patches import NearestPatches
from keras_attmask.evaluation.segmentation.report import write_report
from keras_attmask.evaluation.segmentation.settings import BANK
from keras_attmask.evaluation.segmentation.settings import PATCHES
from keras_attmask.evaluation.segmentation.settings import above_zero
from keras_attmask.evaluation.segmentation.taught_patches import taught_patches
from keras_attmask.evaluation.segmentation.truth import Truth


def segmentation(
    backbone,
    data,
    preprocessing=None,
    epochs=10,
    learning_rate=0.01,
    step_images=8,
    num_neighbors=30,
    temperature=0.02,
    patches=PATCHES,
    bank=BANK,
    ignored=IGNORED,
    seed=0,
    batch_size=256,
    limit=None,
    output=None,
):
    """Mean IoU of two probes on a backbone's patch tokens.

    One is a linear classifier, the other asks the nearest patches. Tokens of
    the images that teach are held in memory, of at most `patches` patches;
    images that are segmented pass batch by batch.

    Args:
        backbone: `VisionTransformer`, or a `Reader` of one; it stays as it
            is.
        data: ADEChallengeData2016, VOCdevkit, a folder of `data.layouts.
            image_masks`, or `(train, test)`, each such a path or an object
            with `source`, images by index (see `data.sources`), and
            `masks`, by index integers `(h, w)`, classes from 0;
            `data.Scenes`, for one.
        preprocessing: `data.Preprocessing`, see `Reader`. Its `image_shape`
            may be another than the backbone's; masks are cut and resized to
            it as the images are, and compared at that size.
        epochs: times that the linear classifier sees each image.
        learning_rate: of its Adam at first; it falls to 0 along a cosine.
        step_images: images a step of it.
        num_neighbors: patches that vote on each.
        temperature: T of their weights, softmax(cosine / T).
        patches: most patches that are held. Of more, each image gives
            equally many, drawn by the seed.
        bank: most of these that can vote, drawn likewise.
        ignored: label of pixels that do not count.
        seed: of what is drawn, and of the order of images.
        batch_size: images a step of the backbone.
        limit: use the first so many images of each part; None uses all.
        output: folder for `segmentation.json`, IoU and confusion by class
            in `segmentation_classes.json`, and a picture of some images in
            `segmentation.png`; None writes nothing.

    Returns:
        A dict of "linear_miou", "linear_pixel_accuracy", "knn_miou" and
        "knn_pixel_accuracy", each from 0 to 1, over all pixels of all test
        images; see `mean_iou`.

    Raises:
        InputError: masks that do not fit their images, sides that the patch
            does not divide, or settings that are not above 0.

    Example:
        >>> data = [make_scenes(split, 100) for split in ("train", "test")]
        >>> segmentation(backbone, data)["linear_miou"]
        0.3
    """
    above_zero(
        epochs=epochs,
        learning_rate=learning_rate,
        step_images=step_images,
        num_neighbors=num_neighbors,
        temperature=temperature,
        patches=patches,
        bank=bank,
    )
    reader = Reader.of(backbone, preprocessing, batch_size)
    grid = patch_grid(reader)
    train, test = masked_train_and_test(data, limit)
    truth = Truth((train, test), reader.preprocessing, ignored)
    taught = taught_patches(reader, train, truth, patches, seed)
    probes = [
        LinearPatches(taught, truth, epochs, learning_rate, step_images, seed),
        NearestPatches(taught, truth, num_neighbors, temperature, bank, seed),
    ]
    shown = spread_indices(len(test)) if output else ()
    found = measured(reader, test, truth, grid, probes, shown)
    with naming("data"):
        scores = found.scores()  # before anything is written
    if output:
        write_report(found, test, truth, reader.preprocessing, output)
    return recorded(scores, output, "segmentation")

"""One linear head, to be used."""

from keras_attmask.data.labelled import labelled
from keras_attmask.evaluation.linear.course import classifier_of
from keras_attmask.evaluation.linear.course import course_of
from keras_attmask.evaluation.linear.course import names_of
from keras_attmask.evaluation.linear.settings import Head
from keras_attmask.evaluation.reader import Reader


def linear_head(
    backbone,
    data,
    preprocessing=None,
    head=Head(learning_rate=0.1, num_blocks=1),
    epochs=100,
    augment=False,
    standardise=True,
    seed=0,
    batch_size=256,
    limit=None,
):
    """Trains one linear head on a frozen backbone.

    Args:
        backbone: `VisionTransformer`, or a `Reader` of one.
        data: labelled images, see `data.open_source`.
        preprocessing: `data.Preprocessing`, see `Reader`.
        head: `Head`.
        epochs: passes over the images.
        augment: of a new random crop in each epoch, else of the images as
            they are.
        standardise: bring features to mean 0 and deviation 1 while the head
            learns; not with `augment`.
        seed: of weights, order and crops.
        batch_size: images a step of the backbone.
        limit: use that many images; None uses all.

    Returns:
        `models.Classifier` on that backbone, which is not copied.

    Raises:
        InputError: images without labels, or settings that are none.
    """
    reader = Reader.of(backbone, preprocessing, batch_size)
    source = labelled(data, limit)
    classes = max(int(source.labels.max()) + 1, len(source.class_names or ()))
    course = course_of(
        reader,
        source,
        None,
        [head],
        epochs,
        augment,
        standardise,
        classes,
        seed,
    )
    names = names_of(source, classes)
    return classifier_of(reader, course, [head], 0, names)

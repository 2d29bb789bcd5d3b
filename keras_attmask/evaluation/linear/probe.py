"""Linear classification on a frozen backbone.

The official protocol: random crops and mirrors, SGD with momentum 0.9 and
without decay, a cosine for the rate, 100 epochs, and the accuracy after each.
It reports the best epoch, which is chosen on the test images: here the last
stands first and the best beside it. A sweep trains many heads at once on
features that are read once.
"""

import os

from keras_attmask.data.labelled import train_and_test
from keras_attmask.evaluation.linear.course import classifier_of
from keras_attmask.evaluation.linear.course import course_of
from keras_attmask.evaluation.linear.course import names_of
from keras_attmask.evaluation.linear.picture import draw_heads
from keras_attmask.evaluation.linear.settings import Head
from keras_attmask.evaluation.reader import Reader
from keras_attmask.evaluation.record import recorded


def linear(
    backbone,
    data,
    preprocessing=None,
    heads=None,
    epochs=100,
    augment=True,
    standardise=False,
    seed=0,
    batch_size=256,
    limit=None,
    output=None,
):
    """Accuracy of linear heads on a frozen backbone.

    Args:
        backbone: `VisionTransformer`, or a `Reader` of one.
        data: labelled images, see `data.train_and_test`.
        preprocessing: `data.Preprocessing`, see `Reader`.
        heads: `Head` objects that learn at once; `sweep_heads` makes forty.
            None is one, on the last four blocks if there are so many.
        epochs: passes over the training images.
        augment: learn from a new random crop in each epoch, which sends
            every image through the backbone every time; else from the images
            as they are, which are read once.
        standardise: bring features to mean 0 and deviation 1 while heads
            learn, which converges sooner; not with `augment`.
        seed: of weights, order and crops.
        batch_size: images a step of the backbone. A step of the heads takes
            1024; of few images a hundredth, or 32.
        limit: use that many images of each part; None uses all.
        output: folder for `linear.json`, `linear_heads.json` (what each
            head reached), `linear.png` and `classifier`, a preset of the
            backbone with its best head; None writes nothing.

    Returns:
        A dict. After the last epoch: "linear" and "linear_top5" of the head
        that is best then, and its "learning_rate", "num_blocks" and
        "pooling" where there are several. "linear_best", the greatest of all
        epochs and heads, and its "best_epoch", from 1. All are measured on
        the test images, so that what was chosen by them (best epoch, best of
        several heads) is a little too good.

    Raises:
        InputError: images without labels, or settings that are none.
    """
    reader = Reader.of(backbone, preprocessing, batch_size)
    source, test = train_and_test(data, limit=limit)
    if heads is None:
        heads = [Head(num_blocks=min(4, reader.backbone.num_layers))]
    heads = tuple(heads)
    classes = 1 + max(int(part.labels.max()) for part in (source, test))
    classes = max(classes, len(source.class_names or ()))
    course = course_of(
        reader,
        source,
        test,
        heads,
        epochs,
        augment,
        standardise,
        classes,
        seed,
    )
    scores = _scores(course, heads)
    if output:
        own, more = source.class_names or (), test.class_names or ()
        # The test's go on where training has no more, see `train_and_test`.
        goes_on = own and more[: len(own)] == own
        names = names_of(test if goes_on else source, classes)
        _write(reader, course, heads, names, output)
    return recorded(scores, output, "linear")


def _scores(course, heads):
    number = course.best_head
    last, top5 = course.accuracy[-1, number]
    epoch = int(course.accuracy[:, :, 0].max(axis=1).argmax())
    scores = {"linear": float(last), "linear_top5": float(top5)}
    scores["linear_best"] = float(course.accuracy[epoch, :, 0].max())
    scores["best_epoch"] = epoch + 1
    if len(heads) > 1:
        chosen = heads[number]
        scores["learning_rate"] = chosen.learning_rate
        scores["num_blocks"] = chosen.num_blocks
        scores["pooling"] = chosen.pooling
    return scores


def _write(reader, course, heads, names, output):
    best = course.best_head
    classifier = classifier_of(reader, course, heads, best, names)
    classifier.save_to_preset(
        os.path.join(output, "classifier"), reader.preprocessing
    )
    rows = [
        {
            "learning_rate": head.learning_rate,
            "num_blocks": head.num_blocks,
            "pooling": head.pooling,
            "last": float(course.accuracy[-1, number, 0]),
            "best": float(course.accuracy[:, number, 0].max()),
        }
        for number, head in enumerate(heads)
    ]
    recorded(rows, output, "linear_heads")
    draw_heads(heads, course.accuracy, os.path.join(output, "linear.png"))

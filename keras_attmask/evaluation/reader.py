"""A backbone that is being looked at: how, and what it says of images."""

from keras_attmask.data.preprocessing import Preprocessing
from keras_attmask.errors import InputError
from keras_attmask.evaluation.features import Answers
from keras_attmask.evaluation.features import ClassTokens
from keras_attmask.evaluation.features import answer_batches
from keras_attmask.evaluation.features import answers_of
from keras_attmask.recipe.sections import Evaluation
from keras_attmask.view_law import ViewLaw


def default_preprocessing(backbone):
    """How images are prepared where nobody says: as for ImageNet.

    Args:
        backbone: `VisionTransformer`. One that `load_backbone` read knows
            from its run or preset how its images are prepared.

    Returns:
        `data.Preprocessing` for images of the backbone's shape.

    Raises:
        InputError: for another number of channels than three.
    """
    known = getattr(backbone, "preprocessing", None)
    if known is not None:
        return known
    if backbone.image_shape[-1] != len(ViewLaw.mean):
        raise InputError(
            "preprocessing: expected `data.Preprocessing` for images of "
            f"{backbone.image_shape[-1]} channels, got None"
        )
    return Preprocessing(
        backbone.image_shape, ViewLaw.mean, ViewLaw.std, Evaluation.crop_ratio
    )


class Reader:
    """What a backbone says of whole sources, for any protocol.

    A protocol takes a backbone or such a reader; several protocols that
    share one trace each graph once, and read features once.

    Args:
        backbone: `VisionTransformer`, or any model of its call signature.
        preprocessing: `data.Preprocessing`; None for `default_preprocessing`.
        batch_size: images a step.
        cache: `FeatureCache` that keeps vectors on disk, or None.
    """

    def __init__(
        self, backbone, preprocessing=None, batch_size=256, cache=None
    ):
        if not batch_size >= 1:
            raise InputError(
                f"batch_size: expected 1 image or more, got {batch_size!r}"
            )
        self.backbone = backbone
        self.preprocessing = preprocessing or default_preprocessing(backbone)
        self.batch_size = batch_size
        self.cache = cache
        self._networks = {}

    @classmethod
    def of(cls, backbone, preprocessing=None, batch_size=256):
        """The reader that a protocol was given, or a new one.

        Args:
            backbone: `Reader`, which is given back, or a backbone.
            preprocessing: see the class; not beside a reader.
            batch_size: likewise, unused with a reader.
        """
        if not isinstance(backbone, cls):
            return cls(backbone, preprocessing, batch_size)
        if preprocessing not in (None, backbone.preprocessing):
            raise InputError(
                "preprocessing: expected None beside a reader, which has its "
                f"own, got {preprocessing!r}"
            )
        return backbone

    def asked(self, kind, **settings):
        """The compiled network of a kind, made once.

        Args:
            kind: `Answers`, or a class derived from it.
            **settings: of its constructor, behind the backbone.
        """
        if not issubclass(kind, Answers):
            raise TypeError(f"kind: expected `Answers`, got {kind!r}")
        key = kind, tuple(sorted(settings.items()))
        if key not in self._networks:
            self._networks[key] = kind(self.backbone, **settings)
        return self._networks[key]

    def answers(self, kind, source, **settings):
        """Answers to all images of a source, held in memory.

        Args:
            kind: see `asked`.
            source: images by index, see `data.sources`.
            **settings: see `asked`.

        Returns:
            float32 NumPy array `(n, ...)`, row i for image i.
        """

        def read():
            network = self.asked(kind, **settings)
            return answers_of(
                network, source, self.preprocessing, self.batch_size
            )

        if self.cache is None:
            return read()
        return self.cache.get(self, kind, settings, source, read)

    def batches(self, kind, source, **settings):
        """The same batch by batch, for what memory cannot hold.

        Yields:
            `(answers, place)`: NumPy array `(b, ...)` and the slice of the
            source that it is of.
        """
        network = self.asked(kind, **settings)
        yield from answer_batches(
            network, source, self.preprocessing, self.batch_size
        )

    def class_tokens(self, source):
        """Class tokens, float32 NumPy array `(n, D)`, not normalised."""
        return self.answers(ClassTokens, source)

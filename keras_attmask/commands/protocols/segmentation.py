"""attmask evaluate segmentation"""

from absl import flags

from keras_attmask.commands.protocols import image_size
from keras_attmask.commands.protocols.protocol import Protocol
from keras_attmask.commands.protocols.protocol import limit_and_output
from keras_attmask.commands.protocols.protocol import naming_flags


def _define(values):
    image_size.define(values)
    numbers = {
        "epochs": (10, "times that the linear classifier sees each image"),
        "num_neighbors": (30, "patches that vote on each"),
        "patches": (
            1_000_000,
            "most patches of --train that are held in memory, 4 bytes times "
            "the width each; of more, each image gives equally many",
        ),
        "bank": (100_000, "most of these that vote"),
    }
    for name, (value, text) in numbers.items():
        flags.DEFINE_integer(name, value, text, 1, flag_values=values)
    flags.DEFINE_float(
        "temperature",
        0.02,
        "divides the similarity of voting patches; lower listens to the "
        "nearest only",
        0.0,
        flag_values=values,
    )
    flags.DEFINE_integer(
        "seed",
        0,
        "of what is drawn, a whole number from 0",
        0,
        flag_values=values,
    )


def _run(values, reader):
    from keras_attmask.evaluation import segmentation

    data = (values.train, values.data) if values.train else values.data
    reader = image_size.resized(values, reader)
    with naming_flags(values, preprocessing="image_size"):
        return segmentation(
            reader,
            data,
            epochs=values.epochs,
            num_neighbors=values.num_neighbors,
            temperature=values.temperature,
            patches=values.patches,
            bank=values.bank,
            seed=values.seed,
            **limit_and_output(values),
        )


PROTOCOL = Protocol(
    "segmentation",
    "patches are classified by a linear map and by the most similar labelled "
    "patches; mean IoU and share of right pixels. Data: ADEChallengeData2016, "
    "VOCdevkit, or train/ and test/ with images/ and masks/ (PNG) each",
    _run,
    _define,
)

"""attmask evaluate knn"""

from absl import flags

from keras_attmask.commands.protocols.protocol import Protocol
from keras_attmask.commands.protocols.protocol import naming_flags
from keras_attmask.commands.protocols.protocol import train_and_test_images
from keras_attmask.errors import InputError


class _Numbers(flags.ListParser):
    """Whole numbers with commas between."""

    def parse(self, argument):
        words = super().parse(argument)
        numbers = [int(w) for w in words if str(w).strip().isdigit()]
        if len(numbers) != len(words) or min(numbers, default=0) < 1:
            raise InputError(
                "--num_neighbors: expected whole numbers from 1 with commas "
                f"between, got {argument!r}"
            )
        return numbers


def _define(values):
    flags.DEFINE(
        _Numbers(),
        "num_neighbors",
        "10,20,100,200",
        "images that vote on each; several numbers with commas between",
        values,
        flags.CsvListSerializer(","),
    )
    flags.DEFINE_float(
        "temperature",
        0.07,
        "divides the similarity; lower listens to the nearest only",
        0.0,
        flag_values=values,
    )


def _run(values, reader):
    from keras_attmask.evaluation import knn

    numbers = values.num_neighbors
    data = train_and_test_images(values)
    with naming_flags(values):
        return knn(
            reader,
            data,
            num_neighbors=numbers if len(numbers) > 1 else numbers[0],
            temperature=values.temperature,
            output=values.output,
        )


PROTOCOL = Protocol(
    "knn",
    "each image gets the class that the most similar labelled images vote for; "
    "the share of right answers, first and among five",
    _run,
    _define,
)

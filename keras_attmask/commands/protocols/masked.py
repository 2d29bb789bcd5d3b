"""attmask evaluate masked"""

from absl import flags

from keras_attmask.commands.protocols.protocol import Protocol
from keras_attmask.commands.protocols.protocol import limit_and_output
from keras_attmask.commands.protocols.protocol import naming_flags
from keras_attmask.commands.protocols.protocol import train_and_test_images
from keras_attmask.commands.protocols.with_head import reader_with_head
from keras_attmask.errors import InputError
from keras_attmask.errors import naming

_MODES = ("high", "low", "random")


class _Ratios(flags.ListParser):
    """Numbers from 0 to 1 with commas between."""

    def parse(self, argument):
        words = super().parse(argument)
        try:
            ratios = [float(word) for word in words]
        except ValueError:
            ratios = []
        if not ratios or not all(0 <= ratio <= 1 for ratio in ratios):
            raise InputError(
                "--ratios: expected numbers from 0 to 1 with commas between, "
                f"got {argument!r}"
            )
        return ratios


class _Modes(flags.ListParser):
    """Words of `_MODES` with commas between."""

    def parse(self, argument):
        words = super().parse(argument)
        if not words or not set(words) <= set(_MODES):
            raise InputError(
                f"--modes: expected some of {', '.join(_MODES)} with commas "
                f"between, got {argument!r}"
            )
        return words


def _define(values):
    flags.DEFINE_string(
        "guide",
        None,
        "backbone whose attention ranks the patches; the official numbers have "
        "DINO's ViT-B/16 here; --backbone itself by default",
        flag_values=values,
    )
    for parser, name, default, text in (
        (
            _Ratios(),
            "ratios",
            "0,0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9",
            "shares of the patches to blacken, with commas between; 0, 0.1 "
            "and so on to 0.9 by default",
        ),
        (
            _Modes(),
            "modes",
            "high,random",
            "which patches: high (most attended), low (least), random; "
            "several with commas between",
        ),
    ):
        flags.DEFINE(
            parser, name, default, text, values, flags.CsvListSerializer(",")
        )


def _guide(values):
    from keras_attmask.applications import load_backbone
    from keras_attmask.evaluation import Reader

    if not values.guide:
        return None
    with naming("--guide"):
        backbone = load_backbone(values.guide)
        return Reader(backbone, batch_size=values.batch_size)


def _images(values, has_head):
    from keras_attmask.data.labelled import labelled_test

    if has_head:
        return labelled_test(values.data, values.limit or None, "--data")
    return train_and_test_images(values)


def _run(values, reader):
    from keras_attmask.evaluation import masked

    reader, has_head = reader_with_head(values, reader)
    guide, images = _guide(values), _images(values, has_head)
    with naming_flags(values):
        return masked(
            reader,
            images,
            guide=guide,
            ratios=values.ratios,
            modes=values.modes,
            output=limit_and_output(values)["output"],
        )


PROTOCOL = Protocol(
    "masked",
    "accuracy of a backbone with a head (a fine-tuned one, or a linear head "
    "that --train teaches first) as the most attended patches of each image "
    "become black",
    _run,
    _define,
)

import pytest
from absl import flags

from keras_attmask.commands.command import Command
from keras_attmask.errors import InputError


def make(seen):
    def define(values, arguments):
        flags.DEFINE_integer(
            "num_images", 3, "how many", 1, 9, flag_values=values
        )
        flags.DEFINE_float("share", None, "how much", flag_values=values)
        flags.DEFINE_bool("loud", False, "or not", flag_values=values)
        flags.DEFINE_enum("kind", "a", ["a", "b"], "which", flag_values=values)

    def run(values, words):
        seen.append((values.num_images, values.share, values.loud, words))
        return 1

    return Command(
        "try", "Tries.", "WORD", define, run, "Details.", loads_framework=False
    )


def test_flags_words_and_status():
    seen = []
    arguments = ["--num-images=5", "a-b", "--share", "-1.5", "--loud", "--c"]
    assert make(seen)(arguments[:-1]) == 1
    assert seen == [(5, -1.5, True, ["a-b"])]


def test_after_two_dashes_all_are_words():
    seen = []
    make(seen)(["--noloud", "--", "--num-images=5"])
    assert seen == [(3, None, False, ["--num-images=5"])]


@pytest.mark.parametrize(
    "argument, words",
    [
        ("--num-images=0", "--num_images: expected an integer .*9.*, got '0'"),
        ("--num-images=x", "--num_images: expected an integer .*, got 'x'"),
        ("--share=much", "--share: expected a number, got 'much'"),
        ("--kind=c", "--kind: expected .*, got 'c'"),
        ("--loud=maybe", "--loud: expected .*, got 'maybe'"),
        ("--share", "--share: expected a value, got nothing"),
        ("--num-image=3", "--num_image: .*did you mean --num_images"),
        ("--zzz", "--zzz: expected a flag of `attmask try`.*unknown one$"),
    ],
)
def test_mistakes_are_named(argument, words):
    with pytest.raises(InputError, match=f"^{words}"):
        make([])([argument])


def test_help_names_all_flags_and_does_not_run(capsys):
    seen = []
    assert make(seen)(["--help"]) == 0
    assert make(seen)(["--loud", "-h"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "usage: attmask try WORD"
    assert {"Tries.", "Details.", "  --num_images", "  --share"} <= set(lines)
    assert "      how many (default: 3)" in lines
    assert max(map(len, lines)) <= 80 and seen == []

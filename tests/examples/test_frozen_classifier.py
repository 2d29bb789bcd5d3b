import ast
import pathlib

from once import once
from small_run import make_run
from small_run import printed

EXAMPLE = pathlib.Path(__file__).parents[2] / "examples/frozen_classifier.py"


@once("it is plain Keras", "tensorflow")
def test_the_classifier_learns_on_frozen_features(tmp_path):
    make_run(tmp_path)
    lines = printed(EXAMPLE, tmp_path)
    # Ten classes; random features alone carry this far.
    assert ast.literal_eval(lines[-1])["accuracy"] > 0.4, lines

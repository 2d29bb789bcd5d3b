import pathlib
import re

from once import once
from small_run import make_run
from small_run import printed

EXAMPLE = pathlib.Path(__file__).parents[2] / "examples/finetune.py"


@once("fitting is tested elsewhere", "tensorflow")
def test_both_networks_learn(tmp_path):
    make_run(tmp_path)
    lines = printed(EXAMPLE, tmp_path, 200)
    found = dict(re.fullmatch(r"(.*): ([\d.]+) %", x).groups() for x in lines)
    assert found.keys() == {"pretrained", "from scratch"}
    # Of ten classes; from 20 images each.
    assert all(float(share) > 40 for share in found.values()), lines

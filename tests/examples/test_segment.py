import pathlib
import re

from once import once
from small_run import make_run
from small_run import printed

EXAMPLE = pathlib.Path(__file__).parents[2] / "examples/segment.py"


@once("the probe is tested elsewhere")
def test_both_networks_are_measured(tmp_path):
    make_run(tmp_path)
    lines = printed(EXAMPLE, tmp_path, 80, 28)
    found = dict(re.fullmatch(r"(.*): ([\d.]+) %", x).groups() for x in lines)
    assert found.keys() == {"pretrained", "at random"}
    # Ground alone, one class of eleven, would be 4 to 6 %.
    assert all(6 < float(share) < 100 for share in found.values()), lines

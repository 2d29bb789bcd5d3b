import pathlib
import re

from once import once
from small_run import make_run
from small_run import printed

EXAMPLE = pathlib.Path(__file__).parents[2] / "examples/quantize.py"


@once("int8 is tested elsewhere", "jax")
def test_the_cost_of_int8_is_told(tmp_path):
    make_run(tmp_path, hidden_dim=64)
    target = tmp_path / "int8.keras"
    lines = printed(EXAMPLE, tmp_path, target, 500)
    pattern = r"(\w+): k-NN ([\d.]+) %, ([\d,]+) bytes"
    found = {
        name: (float(share), int(size.replace(",", "")))
        for name, share, size in (
            re.fullmatch(pattern, line).groups() for line in lines
        )
    }
    assert list(found) == ["float32", "int8"]
    (share, size), (quantized, smaller) = found.values()
    # Of ten classes; random features alone carry this far.
    assert share > 40 and abs(quantized - share) < 4, lines
    assert smaller == target.stat().st_size < 0.6 * size

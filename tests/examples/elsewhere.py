"""What examples print that compare a backbone with its copy elsewhere."""

import contextlib
import io
import re
import runpy

import numpy as np

from keras_attmask.models import VisionTransformer

# As the quickstart, with four positions a side; and as DINOv2's.
PLAIN = {"image_shape": (28, 28, 1), "patch_size": 7, "mlp_dim": 48}
REGISTERS = {
    "image_shape": (42, 42, 3),
    "patch_size": 14,
    "num_registers": 4,
    "layer_scale": 0.5,
}


def make_backbone(settings):
    """Two blocks, three heads, no weight that is zero or one."""
    backbone = VisionTransformer(
        **settings, num_layers=2, num_heads=3, hidden_dim=24, name="backbone"
    )
    draw = np.random.default_rng(0)
    for variable in backbone.variables:
        variable.assign(variable + draw.normal(0, 0.2, variable.shape))
    return backbone


def check_example(monkeypatch, example, *words, shape):
    """Runs an example here, and reads how far both networks differ."""
    monkeypatch.setattr("sys.argv", [str(example), *map(str, words)])
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        runpy.run_path(str(example))
    first, *lines = out.getvalue().splitlines()
    assert first == shape
    pattern = r"greatest difference of (\w+) (\S+)"
    found = dict(re.fullmatch(pattern, line).groups() for line in lines)
    assert found.keys() == {"class_token", "patch_tokens"}
    assert max(map(float, found.values())) < 1e-5, found

"""Files as the authors of DINOv2 release them, with registers and without."""

import numpy as np
import pytest
from keras import ops

from keras_attmask.convert import load_checkpoint

DIM, GRID, DEPTH = 64, 4, 2
SHAPES = {
    "norm1.weight": (DIM,),
    "norm1.bias": (DIM,),
    "attn.qkv.weight": (3 * DIM, DIM),
    "attn.qkv.bias": (3 * DIM,),
    "attn.proj.weight": (DIM, DIM),
    "attn.proj.bias": (DIM,),
    "ls1.gamma": (DIM,),
    "norm2.weight": (DIM,),
    "norm2.bias": (DIM,),
    "mlp.fc1.weight": (4 * DIM, DIM),
    "mlp.fc1.bias": (4 * DIM,),
    "mlp.fc2.weight": (DIM, 4 * DIM),
    "mlp.fc2.bias": (DIM,),
    "ls2.gamma": (DIM,),
}


def state_dict(num_registers):
    """Random tensors of the names and shapes of such a file."""
    import torch

    shapes = {
        "cls_token": (1, 1, DIM),
        "pos_embed": (1, 1 + GRID * GRID, DIM),
        "mask_token": (1, DIM),
        "patch_embed.proj.weight": (DIM, 3, 14, 14),
        "patch_embed.proj.bias": (DIM,),
        "norm.weight": (DIM,),
        "norm.bias": (DIM,),
    }
    if num_registers:
        shapes["register_tokens"] = (1, num_registers, DIM)
    for block in range(DEPTH):
        shapes |= {f"blocks.{block}.{n}": s for n, s in SHAPES.items()}
    torch.manual_seed(0)
    return {name: torch.randn(shape) for name, shape in shapes.items()}


def original_positions(table, grid, num_registers):
    """As DINOv2 reads them: its settings differ where it has registers."""
    import torch

    how = {"scale_factor": [(side + 0.1) / GRID for side in grid]}
    if num_registers:
        how = {"size": grid, "antialias": True}
    patches = table[:, 1:].reshape(1, GRID, GRID, DIM).permute(0, 3, 1, 2)
    found = torch.nn.functional.interpolate(patches, mode="bicubic", **how)
    assert found.shape[2:] == grid
    return found.permute(0, 2, 3, 1).reshape(-1, DIM).numpy()


@pytest.mark.parametrize(
    "num_registers, rule", [(4, "antialias"), (0, "scale")]
)
def test_positions_are_read_as_the_original_reads_them(
    num_registers, rule, tmp_path
):
    torch = pytest.importorskip("torch")
    state = state_dict(num_registers)
    torch.save(state, tmp_path / "dinov2_pretrain.pth")
    checkpoint = load_checkpoint(tmp_path / "dinov2_pretrain.pth")
    backbone, report = checkpoint.backbone, checkpoint.report
    assert checkpoint.format == "dinov2" and not report.left
    names = [name for row in report.mapped for name in row.tensors]
    assert sorted(names) == sorted(state)
    assert (backbone.num_registers, backbone.num_heads) == (num_registers, 1)
    rule = "antialias" if num_registers else "scale"
    assert backbone.position_rule == rule
    for grid in [(3, 6), (2, 2), (7, 4)]:
        table = backbone.position_embedding.resized(grid)
        found = ops.convert_to_numpy(table)[1:]
        expected = original_positions(state["pos_embed"], grid, num_registers)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)
    images = np.zeros((1, 42, 84, 3), "float32")
    assert backbone(images)["patch_tokens"].shape == (1, 18, DIM)

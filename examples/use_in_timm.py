"""The backbone of a run in timm, and whether it says there what it says here.

    attmask convert runs/quickstart-... vit.safetensors
    python examples/use_in_timm.py vit.safetensors [HEADS]

Needs timm (`pip install "keras_attmask[interchange]"`). The file holds no
number of heads: HEADS of 64 channels each, unless given.
"""

import math
import sys

import keras
import numpy as np
import timm
import torch
from safetensors.torch import load_file

from keras_attmask.applications import load_backbone

weights = load_file(sys.argv[1])
width, channels, patch, _ = weights["patch_embed.proj.weight"].shape
num_heads = int((sys.argv[2:] or [width // 64])[0])
registers = weights.get("reg_token", torch.empty(1, 0, width)).shape[1]
positions = weights["pos_embed"].shape[1]
bare = math.isqrt(positions) ** 2 == positions  # patches alone have positions
patches = positions - (0 if bare else 1 + registers)
side = patch * math.isqrt(patches)

model = timm.create_model(
    "vit_small_patch16_224",
    num_classes=len(weights.get("head.bias", ())),
    img_size=side,
    patch_size=patch,
    in_chans=channels,
    embed_dim=width,
    depth=sum(name.endswith(".norm1.weight") for name in weights),
    num_heads=num_heads,
    mlp_ratio=len(weights["blocks.0.mlp.fc1.bias"]) / width,
    reg_tokens=registers,
    no_embed_class=bare,
    init_values=1.0 if "blocks.0.ls1.gamma" in weights else None,
)
model.load_state_dict(weights, strict=True)
pixels = np.random.default_rng(0).normal(size=(2, side, side, channels))
pixels = pixels.astype("float32")
with torch.no_grad():
    images = torch.from_numpy(pixels).permute(0, 3, 1, 2)
    theirs = model.eval().forward_features(images).numpy()
print("tokens", theirs.shape)
ours = {
    name: keras.ops.convert_to_numpy(values)
    for name, values in load_backbone(sys.argv[1], num_heads)(pixels).items()
}
difference = np.abs(ours["class_token"] - theirs[:, 0]).max()
print(f"greatest difference of class_token {difference:.1e}")
difference = np.abs(ours["patch_tokens"] - theirs[:, 1 + registers :]).max()
print(f"greatest difference of patch_tokens {difference:.1e}")

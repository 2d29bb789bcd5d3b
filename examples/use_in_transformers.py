"""The backbone of a run in Hugging Face transformers, compared with ours.

    attmask convert runs/quickstart-... vit
    python examples/use_in_transformers.py vit

Needs transformers and PyTorch (`pip install "keras_attmask[interchange]"`).
"vit" is a folder with `config.json` and `model.safetensors`; what it holds is
a ViTModel, or with LayerScale or registers one of DINOv2's models.
"""

import sys

import keras
import numpy as np
import torch
from transformers import AutoModel

from keras_attmask.applications import load_backbone

model, loading = AutoModel.from_pretrained(
    sys.argv[1], output_loading_info=True
)
if any(loading.values()):
    sys.exit(f"some weights have found no place: {loading}")
backbone = load_backbone(sys.argv[1])
shape = (2, *backbone.image_shape)
pixels = np.random.default_rng(0).normal(size=shape).astype("float32")
with torch.no_grad():
    images = torch.from_numpy(pixels).permute(0, 3, 1, 2)
    theirs = model.eval()(images).last_hidden_state.numpy()
print(type(model).__name__, "tokens", theirs.shape)
ours = {
    name: keras.ops.convert_to_numpy(values)
    for name, values in backbone(pixels).items()
}
difference = np.abs(ours["class_token"] - theirs[:, 0]).max()
print(f"greatest difference of class_token {difference:.1e}")
patches = theirs[:, -ours["patch_tokens"].shape[1] :]  # after registers
difference = np.abs(ours["patch_tokens"] - patches).max()
print(f"greatest difference of patch_tokens {difference:.1e}")

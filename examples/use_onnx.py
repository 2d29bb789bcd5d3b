"""How alike pictures are, by an ONNX file, in a program without a framework.

    attmask export runs/quickstart-... vit.onnx --format=onnx
    python examples/use_onnx.py vit.onnx photo.jpg other.png

Needs numpy, onnxruntime and Pillow. Pictures go in as they are, bytes of any
size: the file resizes and normalises them itself.
"""

import itertools
import sys

import numpy as np
import onnxruntime
from PIL import Image

session = onnxruntime.InferenceSession(
    sys.argv[1], providers=["CPUExecutionProvider"]
)
(images,) = session.get_inputs()
tokens = {}
for path in sys.argv[2:]:
    picture = Image.open(path).convert("L" if images.shape[-1] == 1 else "RGB")
    shape = (1, picture.height, picture.width, images.shape[-1])
    pixels = np.asarray(picture).reshape(shape)
    (token,) = session.run(["class_token"], {images.name: pixels})[0]
    tokens[path] = token / np.linalg.norm(token)
for one, other in itertools.combinations(tokens, 2):
    print(f"{tokens[one] @ tokens[other]:.5f} {one} {other}")

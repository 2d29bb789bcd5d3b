"""How alike pictures are, by a LiteRT file, in a program without a framework.

    attmask export runs/quickstart-... vit.tflite --format=litert
    python examples/use_litert.py vit.tflite photo.jpg other.png

Needs numpy, ai_edge_litert and Pillow. Pictures go in as they are, bytes of
any size: the file resizes and normalises them itself.
"""

import itertools
import sys

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

runner = Interpreter(sys.argv[1]).get_signature_runner("features")
channels = runner.get_input_details()["images"]["shape"][-1]
tokens = {}
for path in sys.argv[2:]:
    picture = Image.open(path).convert("L" if channels == 1 else "RGB")
    shape = (1, picture.height, picture.width, channels)
    pixels = np.asarray(picture).reshape(shape)
    (token,) = runner(images=pixels)["class_token"]
    tokens[path] = token / np.linalg.norm(token)
for one, other in itertools.combinations(tokens, 2):
    print(f"{tokens[one] @ tokens[other]:.5f} {one} {other}")

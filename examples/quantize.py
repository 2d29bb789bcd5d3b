"""A backbone in int8: how much smaller it gets, and what that costs.

    python examples/quantize.py runs/quickstart-... int8.keras

`backbone.quantize` is Keras' own: products with int8 weights, a scale for each
output channel, and inputs rounded by a scale for each token. The pictures are
the bundled Fashion-MNIST; of each half as many as a third number says.
"""

import os
import sys
import tempfile

from keras_attmask.applications import load_backbone
from keras_attmask.applications import load_preprocessing
from keras_attmask.data import open_source
from keras_attmask.evaluation import knn
from keras_attmask.export import export_keras

run, target, limit = sys.argv[1], sys.argv[2], int((sys.argv[3:] or [12000])[0])
halves = [
    open_source(f"bundled:fashion_mnist/{name}", limit=limit)
    for name in ("train", "test")
]
backbone, prepare = load_backbone(run), load_preprocessing(run)


def report(name, path):
    export_keras(backbone, path)
    right = knn(backbone, halves, prepare)["knn"]
    size = os.path.getsize(path)
    print(f"{name}: k-NN {100 * right:.2f} %, {size:,} bytes")


with tempfile.TemporaryDirectory() as folder:
    report("float32", os.path.join(folder, "float32.keras"))
backbone.quantize("int8")
report("int8", target)  # which keras.models.load_model or load_backbone reads

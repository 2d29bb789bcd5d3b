"""Fine-tunes a run's backbone to detect objects, by KerasCV's RetinaNet.

    python examples/detect.py runs/quickstart-... [SCENES [EPOCHS [SIDE]]]

Needs `pip install "keras_attmask[dense]"`, and TensorFlow or JAX as
`KERAS_BACKEND`. Scenes are made from the bundled photographs: SCENES (1000)
of SIDE (56) by SIDE pixels train the detector for EPOCHS (15), a fifth as many,
of other photographs, measure it. It prints COCO's average precision.
"""

import dataclasses
import sys

import keras

from keras_attmask.applications import load_backbone
from keras_attmask.applications import load_preprocessing
from keras_attmask.data import make_scenes
from keras_attmask.dense import detection_metrics
from keras_attmask.dense import retinanet

BATCH = 10
run, *numbers = sys.argv[1:]
count, epochs, side = map(int, [*numbers, *(1000, 15, 56)[len(numbers) :]])
keras.utils.set_random_seed(0)
backbone = load_backbone(run)
prepare = dataclasses.replace(
    load_preprocessing(run),
    image_shape=(side, side, backbone.image_shape[-1]),
)


def examples(split, count):
    scenes = make_scenes(split, count, (side, side), (1, 3), (0.8, 1.3))
    images = keras.ops.convert_to_numpy(prepare(scenes.images))
    classes = scenes.classes.astype("float32")
    return images, {"boxes": scenes.boxes, "classes": classes}


def show(when):
    found = detection_metrics(detector, *test)
    numbers = (f"{n} {100 * found[n]:.1f} %" for n in ("AP", "AP50", "AP75"))
    print(f"{when}: {', '.join(numbers)}", flush=True)


train, test = examples("train", count), examples("test", count // 5)
detector = retinanet(backbone, classes=10, box_format="xyxy", width=64)
steps = epochs * (count // BATCH)
rate = keras.optimizers.schedules.CosineDecay(
    1e-4, steps, warmup_target=1e-3, warmup_steps=steps // 20
)
detector.compile(
    optimizer=keras.optimizers.AdamW(rate, 0.05, global_clipnorm=10.0),
    box_loss="smoothl1",
    classification_loss="focal",
    jit_compile=False,
)
show("before training")
detector.fit(*train, batch_size=BATCH, epochs=epochs, verbose=2)
show("after training")

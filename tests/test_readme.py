"""Every example of the README runs, in the order in which it stands there.

What would train for minutes is made small by the tables below. An example
that they do not provide for fails, and so does a row that none needs.
"""

import configparser
import glob
import importlib.util
import os
import re
import subprocess
import sys

import keras
import numpy as np
import pytest
import readme_blocks
from free_ports import free_ports
from PIL import Image
from readme_blocks import ROOT
from readme_blocks import TEXT
from tiny import TINY

from keras_attmask.__main__ import main
from keras_attmask.commands import COMMANDS
from keras_attmask.data import open_source
from keras_attmask.export import export_keras
from keras_attmask.models import VisionTransformer

BLOCKS = readme_blocks.blocks()
on_torch = pytest.mark.skipif(
    keras.backend.backend() != "torch" or not importlib.util.find_spec("jax"),
    reason="minutes of examples, once is enough: on PyTorch, with JAX at hand",
)

# Small fields of a recipe; the quickstart keeps its SavedModel.
QUICKSTART = [word for word in TINY if word.startswith("--recipe.")]
RESUMED = list(QUICKSTART)
ALONE = [*QUICKSTART, "--recipe.evaluation.bank="]
ALONE += ["--recipe.evaluation.queries="]
QUICKSTART.remove("--recipe.saved_model=")
PHOTOS = [
    *ALONE,
    "--recipe.backbone.patch_size=8",
    "--recipe.backbone.num_heads=2",
    "--recipe.views.global_size=32",
    "--recipe.views.local_size=16",
    "--recipe.training.batch_size=4",
    "--recipe.training.dtype=float32",
    "--recipe.data.processes=0",
]
FINETUNED = [
    "--recipe.saved_model=",
    "--recipe.data.limit=20",
    "--recipe.data.validation_limit=20",
    "--recipe.training.batch_size=10",
    "--recipe.training.epochs=1",
]
OWN = [
    "--recipe.saved_model=",
    "--recipe.training.batch_size=4",
    "--recipe.training.epochs=5",
    "--recipe.data.processes=0",
]
# Words that commands get in addition, by how they begin. All that train and
# all that take their time must be here.
ADDED = {
    "pretrain --recipe=recipes/quickstart.py": QUICKSTART,
    "pretrain --recipe=quickstart": RESUMED,
    "pretrain --recipe=folder": PHOTOS,
    "finetune --recipe=quickstart": FINETUNED,
    "finetune --recipe=full": OWN,
    "evaluate": ["--limit=200"],
}
UNCHANGED = ("data check", "visualize views", "export")
# Names that an example of Python takes as given, by what it contains.
GIVEN = {
    "keras_attmask.recipe.published()": "",
    "load_backbone": "",
    "layer_decay": "",
    "load_classifier": "uint8_images = np.zeros((2, 28, 28, 1), 'uint8')\n",
    "feature_pyramid": "",
    'quantize("int8")': "",
    "ViTSmall16": "",
    "save_to_preset": "",
    "tf.saved_model": (
        "import tensorflow as tf\n"
        "uint8_images = tf.zeros((2, 28, 28, 1), 'uint8')\n"
    ),
    "keras_attmask.Distiller(": (
        "from keras_attmask import build\n"
        "source = build.training_source(recipe)\n"
        "images = build.batches(recipe, source)\n"
        "backbone = build.backbone(recipe, use_mask_token=True)\n"
        "model = build.distiller(recipe, steps_per_epoch=1)\n"
        "head, views = model.student_head, model.views\n"
        "masking = build.masking(recipe)\n"
    ),
}
NOTEBOOK = 'config.data.source = "path/to/images"\n'
# What is there afterwards, if the examples did what they say.
LEFT = (
    "saved_models/quickstart/backbone.keras",
    "views.png",
    "runs/two/backbone.weights.h5",
    "runs/mine/backbone.weights.h5",
    "presets/mine/model.weights.h5",
    "vit.onnx",
    "vit.tflite",
    "classifier.onnx",
    "int8.keras",
    "report/report.md",
    "scores/masked.png",
)


def shrink(config):
    """Makes a recipe in a notebook small, as its flags would."""
    for word in PHOTOS:
        path, _, value = word.removeprefix("--recipe.").partition("=")
        *sections, field = path.split(".")
        part = config
        for name in sections:
            part = part[name]
        kind = type(part[field])
        part[field] = value == "true" if kind is bool else kind(value)


def prepare():
    """What the README takes for granted, in the current folder."""
    os.symlink(ROOT / "recipes", "recipes")
    os.makedirs("path/to/images")
    pictures = open_source("bundled:fashion_mnist/test").images
    for index in range(8):
        picture = Image.fromarray(np.repeat(pictures[index], 3, axis=-1))
        picture = picture.resize((96, 80))
        picture.save(f"path/to/images/{index}.jpg")
        os.makedirs(f"labelled/images/{index % 2}", exist_ok=True)
        picture.save(f"labelled/images/{index % 2}/{index}.jpg")
    export_keras(VisionTransformer((224, 224, 3)), "small.keras")
    assert main(["convert", "small.keras", "checkpoint.pth"]) == 0


class Reader:
    """Works through the README, each example after those before it."""

    def __init__(self):
        self.names = {"shrink": shrink, "np": np}
        self.done = 0
        prepare()

    def read(self, number):
        """Runs an example, and first those before it that have not run."""
        while self.done <= number:
            block = BLOCKS[self.done]
            self.done += 1
            if not block.installs:
                run = {"bash": self.bash, "python": self.python}
                run[block.language](block)

    def place(self, text):
        """The text, with the name of the run in place of dots."""
        for name in ("quickstart", "finetune_quickstart"):
            if f"runs/{name}-..." in text:
                (run,) = glob.glob(f"runs/{name}-2*")
                text = text.replace(f"runs/{name}-...", run)
        return text

    def bash(self, block):
        if block.commands is None:
            self.two_hosts(block)
            return
        for words in block.commands:
            line = " ".join(words)
            more = [a for start, a in ADDED.items() if line.startswith(start)]
            assert more or line.startswith(UNCHANGED), f"not provided: {line}"
            words = [self.place(word) for word in words]
            assert main([*words, *(more[0] if more else ())]) == 0, line

    def two_hosts(self, block):
        assert "JAX_COORDINATOR_ADDRESS" in block.text, f"not provided: {block}"
        attmask = [sys.executable, "-m", "keras_attmask", '"$@"', *ALONE]
        script = f"set -e\nattmask() {{ {' '.join(attmask)}; }}\n"
        script += f"{block.text}wait $!\n"
        script = script.replace("12345", str(free_ports(1)[0]))
        done = subprocess.run(
            ["bash", "-c", script], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]

    def python(self, block):
        text = block.text
        given = [code for words, code in GIVEN.items() if words in text]
        assert len(given) == 1, f"not provided: {block}"
        text = text.replace(NOTEBOOK, f"{NOTEBOOK[:-1]}; shrink(config)\n")
        assert "published()" not in text or "shrink" in text, "not provided"
        text = "\n" * (block.line - 1) + self.place(text)
        exec(given[0], self.names)
        exec(compile(text, "README.md", "exec"), self.names)


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    before = os.getcwd()
    os.chdir(tmp_path_factory.mktemp("readme"))
    try:
        yield Reader()
    finally:
        os.chdir(before)


@on_torch
@pytest.mark.parametrize("number", range(len(BLOCKS)), ids=map(str, BLOCKS))
def test_the_example_runs(reader, number):
    if BLOCKS[number].installs:
        pytest.skip("installs; its extras are looked at below")
    reader.read(number)


@on_torch
def test_what_the_examples_leave(reader):
    reader.read(len(BLOCKS) - 1)
    assert [path for path in LEFT if not os.path.exists(path)] == []


def test_every_row_is_needed():
    code = "\n".join(b.text for b in BLOCKS if b.language == "python")
    commands = [
        " ".join(words)
        for b in BLOCKS
        for words in b.commands or ()
        if b.language == "bash" and not b.installs
    ]
    assert NOTEBOOK in code
    assert [words for words in GIVEN if words not in code] == []
    assert [
        start
        for start in (*ADDED, *UNCHANGED)
        if not any(line.startswith(start) for line in commands)
    ] == []


def test_installations_name_extras_that_exist():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    wanted = readme_blocks.extras()
    assert wanted and wanted <= set(config["options.extras_require"])
    assert any(block.installs for block in BLOCKS)


def test_commands_in_the_text_exist():
    named = set(re.findall(r"`(?:srun )?attmask (\w+)", TEXT))
    assert named and named <= set(COMMANDS)


def test_links_lead_somewhere():
    prose = re.sub(r"^```.*?^```$", "", TEXT, flags=re.MULTILINE | re.DOTALL)
    links = re.findall(r"\]\((?!https?:)([^)#]+)", prose)
    assert links and [x for x in links if not (ROOT / x).exists()] == []

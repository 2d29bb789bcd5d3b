import json

import keras
import numpy as np
import pytest
from keras import ops

from keras_attmask.__main__ import main
from keras_attmask.applications import load_backbone
from keras_attmask.commands.export import SIGNATURES
from keras_attmask.export import signatures


def test_the_signatures_are_those_of_the_exports():
    assert SIGNATURES == signatures.SIGNATURES


def export(capsys, *arguments):
    status = main(["export", *map(str, arguments)])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_a_keras_file_gives_the_features_of_the_run(capsys, tiny_run, tmp_path):
    target = tmp_path / "vit.keras"
    status, out, _ = export(
        capsys, tiny_run, target, "--format=keras", "--json"
    )
    assert status == 0
    assert json.loads(out) == {"target": str(target), "format": "keras"}
    images = np.random.default_rng(0).normal(size=(2, 28, 28, 1))
    found, live = (
        ops.convert_to_numpy(model(images.astype("float32"))["class_token"])
        for model in (keras.models.load_model(target), load_backbone(tiny_run))
    )
    np.testing.assert_allclose(found, live, rtol=0, atol=1e-6)


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="tests/export writes SavedModels from all backends",
)
def test_a_saved_model_is_verified(capsys, tiny_run, tmp_path):
    target = tmp_path / "vit"
    status, out, _ = export(capsys, tiny_run, target, "--json")
    assert status == 0
    result = json.loads(out.splitlines()[-1])
    assert result["target"] == str(target)
    assert result["max_difference"] <= 1e-5
    record = json.loads((target / "export.json").read_text())
    # As the run's recipe prepares images, not as ImageNet's are.
    assert record["image_shape"] == [28, 28, 1]
    assert record["mean"] == [0.286] and record["std"] == [0.353]
    assert record["crop_ratio"] == 1.0


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="tests/export writes these files from all backends",
)
@pytest.mark.parametrize(
    "form, ending, signature, runtime",
    [
        ("onnx", "onnx", None, "onnxruntime"),
        ("litert", "tflite", "attention", "ai_edge_litert"),
    ],
)
def test_one_file_is_verified(
    capsys, tiny_run, tmp_path, form, ending, signature, runtime
):
    for name in (runtime, "tf2onnx"):
        pytest.importorskip(name)
    target = tmp_path / f"vit.{ending}"
    words = [f"--signature={signature}"] if signature else []
    status, out, _ = export(
        capsys, tiny_run, target, f"--format={form}", *words, "--json"
    )
    assert status == 0
    result = json.loads(out.splitlines()[-1])
    record = json.loads((tmp_path / f"vit.{ending}.json").read_text())
    assert result == {
        "target": str(target),
        "format": form,
        "signature": signature or "features",
        "max_difference": record["max_difference"],
    }
    assert record["max_difference"] <= 1e-5 and target.stat().st_size > 0
    assert list(record["signatures"]) == [signature or "features"]
    assert record["image_shape"] == [28, 28, 1]


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["RUN"], "arguments: expected BACKBONE TARGET, got "),
        (["RUN", "TO", "x"], "arguments: expected BACKBONE TARGET, got "),
        (["no/run", "TO"], "BACKBONE: expected a run folder"),
        (["RUN", "TO", "--format=pb"], "--format: expected one of "),
        (["RUN", "TO", "--format=onnx"], "`target` must "),
        (["RUN", "TO", "--format=litert"], "`target` must "),
        (
            ["RUN", "TO", "--format=onnx", "--signature=words"],
            "--signature: expected one of features, tokens, attention, ",
        ),
        (
            ["RUN", "TO", "--signature=classifier"],
            "--signature: expected one of features, tokens, attention, got ",
        ),
        (
            ["RUN", "TO", "--format=keras", "--signature=tokens"],
            "--signature: expected none with --format=keras, ",
        ),
        (["RUN", "TO", "--format=keras"], "`target` must "),
        (["RUN", "TO", "--mean=1,2"], "--mean: expected 1 number"),
        (["RUN", "FILE/vit"], "`target` must "),
    ],
)
def test_mistakes_are_one_line(capsys, tiny_run, tmp_path, arguments, words):
    (tmp_path / "file").write_text("mine")
    places = {
        "RUN": tiny_run,
        "TO": tmp_path / "vit",
        "FILE/vit": tmp_path / "file" / "vit",
    }
    status, out, error = export(
        capsys, *(places.get(word, word) for word in arguments)
    )
    assert status == 2 and out == "" and error.count("\n") == 1
    assert error.startswith(f"attmask: error: {words}")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]

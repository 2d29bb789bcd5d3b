import pytest
from once import once
from one_signature import SIGNATURES_HERE
from one_signature import check_a_missing_package_is_named
from one_signature import check_answers
from one_signature import check_failure_leaves_nothing
from one_signature import check_mistakes
from one_signature import needs
from one_signature import written

from keras_attmask.export import export_onnx

pytestmark = needs("tensorflow", "tf2onnx", "onnx", "onnxruntime")


@pytest.fixture(scope="module", params=SIGNATURES_HERE)
def exported(request, tmp_path_factory):
    """Signature, backbone and path of one export."""
    folder = tmp_path_factory.mktemp("onnx")
    return request.param, *written(export_onnx, ".onnx", request.param, folder)


def test_answers_are_those_of_the_live_model(exported):
    import onnxruntime

    signature, backbone, target = exported
    session = onnxruntime.InferenceSession(
        target, providers=["CPUExecutionProvider"]
    )
    names = [output.name for output in session.get_outputs()]

    def ask(images):
        return dict(zip(names, session.run(None, {"images": images})))

    check_answers(ask, backbone, signature)


def test_sides_of_any_length_have_names(exported):
    import onnx

    graph = onnx.load(exported[2]).graph
    (images,) = graph.input
    sides = [
        side.dim_param or side.dim_value
        for side in images.type.tensor_type.shape.dim
    ]
    assert images.name == "images"
    assert sides == ["batch", "height", "width", 1]


@once("the comparison is the same everywhere")
def test_a_difference_leaves_nothing(tmp_path):
    check_failure_leaves_nothing(export_onnx, ".onnx", tmp_path)


def test_mistakes_are_named(tmp_path):
    check_mistakes(export_onnx, ".onnx", tmp_path)


def test_a_missing_package_is_named(tmp_path, monkeypatch):
    check_a_missing_package_is_named(
        export_onnx, ".onnx", "tf2onnx", tmp_path, monkeypatch
    )

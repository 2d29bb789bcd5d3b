import sys

import pytest
from once import once
from one_signature import SIGNATURES_HERE
from one_signature import check_a_missing_package_is_named
from one_signature import check_answers
from one_signature import check_failure_leaves_nothing
from one_signature import check_mistakes
from one_signature import needs
from one_signature import written

from keras_attmask.export import export_litert
from keras_attmask.export import stranger

pytestmark = needs("tensorflow")


@pytest.fixture(scope="module", params=SIGNATURES_HERE)
def exported(request, tmp_path_factory):
    """Signature, backbone and path of one export."""
    folder = tmp_path_factory.mktemp("litert")
    return request.param, *written(
        export_litert, ".tflite", request.param, folder
    )


def test_answers_are_those_of_the_live_model(exported):
    signature, backbone, target = exported
    interpreter = stranger._interpreter()[0](str(target))
    runner = interpreter.get_signature_runner(signature)

    def ask(images):
        return runner(images=images)

    check_answers(ask, backbone, signature)


def test_the_interpreter_of_tensorflow_stands_in(monkeypatch):
    import tensorflow as tf

    monkeypatch.setitem(sys.modules, "ai_edge_litert", None)
    interpreter, versions = stranger._interpreter()
    assert interpreter is tf.lite.Interpreter
    assert versions == {"tensorflow": tf.__version__}


@once("the comparison is the same everywhere")
def test_a_difference_leaves_nothing(tmp_path):
    check_failure_leaves_nothing(export_litert, ".tflite", tmp_path)


def test_mistakes_are_named(tmp_path):
    check_mistakes(export_litert, ".tflite", tmp_path)


def test_a_missing_package_is_named(tmp_path, monkeypatch):
    check_a_missing_package_is_named(
        export_litert, ".tflite", "tensorflow", tmp_path, monkeypatch
    )

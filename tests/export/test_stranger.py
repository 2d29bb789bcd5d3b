import pytest

from keras_attmask.export.stranger import _check_nobody_helped


@pytest.mark.parametrize("versions", [{"onnxruntime": "1"}, {"tensorflow": ""}])
def test_help_from_the_package_is_found(versions):
    with pytest.raises(RuntimeError, match="must run without keras_attmask"):
        _check_nobody_helped(versions)

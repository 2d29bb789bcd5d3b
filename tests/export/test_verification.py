import pytest

from keras_attmask.export.verification import check_differences


def test_good_differences_pass():
    check_differences({"max_difference": 1e-6, "max_grey_levels": 1.0}, 1e-5)


@pytest.mark.parametrize(
    "name, value",
    [
        ("max_difference", 2e-5),
        ("max_difference", float("nan")),
        ("max_grey_levels", 3.0),
    ],
)
def test_a_difference_too_great_is_named(name, value):
    report = {"max_difference": 0.0, "max_grey_levels": 0.0, name: value}
    with pytest.raises(RuntimeError, match=name):
        check_differences(report, 1e-5)

import pytest

from keras_attmask.export.child import run_child


def test_environment_reaches_the_child():
    code = "import os; assert os.environ['COLOUR'] == 'red'"
    run_child(["-c", code], COLOUR="red")


def test_the_error_of_a_child_is_shown():
    with pytest.raises(RuntimeError, match="status 3") as caught:
        run_child(["-c", "import sys; print('oh', file=sys.stderr); exit(3)"])
    assert str(caught.value).endswith("oh")

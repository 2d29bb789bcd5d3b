import pytest

from keras_attmask.errors import InputError
from keras_attmask.errors import from_threads
from keras_attmask.errors import naming


def test_a_caller_puts_its_own_name():
    with pytest.raises(InputError, match="^--data: expected a folder, got x$"):
        with naming("--data"):
            raise InputError("data: expected a folder, got x")


def test_a_sentence_keeps_its_first_word():
    with pytest.raises(InputError, match="^no images here: none$"):
        with naming("--data"):
            raise InputError("no images here: none")


def test_the_text_of_a_mistake_in_a_thread_becomes_the_mistake():
    text = (
        "{{function_node __wrapped__IteratorGetNext}} InputError: data: "
        "expected an image, got a.png\nTraceback (most recent call last):\n"
    )
    with pytest.raises(
        InputError, match=r"^recipe.data.source: expected .*a\.png$"
    ) as caught:
        with from_threads("recipe.data.source"):
            raise RuntimeError(text)
    assert isinstance(caught.value.__cause__, RuntimeError)


@pytest.mark.parametrize(
    "error", [ValueError("a bug"), InputError("data: expected x")]
)
def test_other_errors_pass_through(error):
    with pytest.raises(type(error)) as caught:
        with from_threads("recipe.data.source"):
            raise error
    assert caught.value is error

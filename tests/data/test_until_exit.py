import threading
import time

import pytest

from keras_attmask.data.until_exit import UntilExit


def test_it_calls_the_function_until_it_is_closed():
    function = UntilExit(lambda a, b: a + b)
    assert function(1, 2) == 3
    function.close()
    with pytest.raises(RuntimeError, match="about to exit"):
        function(1, 2)


def test_an_error_passes_through_and_keeps_nobody_waiting():
    function = UntilExit(lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        function()
    function.close()


def test_closing_waits_for_calls_under_way():
    begun, ended = threading.Event(), threading.Event()

    def work():
        begun.set()
        time.sleep(0.3)
        ended.set()

    function = UntilExit(work)
    threading.Thread(target=function).start()
    begun.wait()
    function.close()
    assert ended.is_set()

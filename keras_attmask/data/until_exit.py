"""Functions that foreign threads call, and stop calling in time.

A tf.data iterator that is still alive when Python ends is destroyed by a
thread that holds the interpreter's lock, and waits for threads that want it:
the process never exits. So before Python ends, such functions refuse to work
and the exit waits until nobody asks any more.
"""

import atexit
import threading
import time
import weakref

_QUIET_SECONDS = 0.1
_wrapped = weakref.WeakSet()


class UntilExit:
    """A function that works until the interpreter begins to exit.

    Args:
        function: what to call; any number of threads may do so at a time.
    """

    def __init__(self, function):
        self._function = function
        self._closed, self._active, self._latest = False, 0, 0.0
        self._lock = threading.Lock()
        _wrapped.add(self)

    def __call__(self, *arguments):
        with self._lock:
            self._latest = time.monotonic()
            if self._closed:
                raise RuntimeError("Python is about to exit")
            self._active += 1
        try:
            return self._function(*arguments)
        finally:
            with self._lock:
                self._latest = time.monotonic()
                self._active -= 1

    def close(self):
        """Refuses further calls; returns when none has come for a while."""
        self._closed = True
        while self._active or time.monotonic() - self._latest < _QUIET_SECONDS:
            time.sleep(0.01)


@atexit.register
def _close_all():
    for function in list(_wrapped):
        function.close()

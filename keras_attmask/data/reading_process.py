"""What a reading process runs: views of photographs, by request.

It is started by its path, and talks by standard input and output. First come,
pickled, the places of modules and a function that answers; then the arguments
of one call after the other. Each answer is what the function returns, but for
the last item, pickled, and then the bytes of the arrays in the last item.
"""

import os
import pathlib
import pickle
import signal
import sys
import types


def _without_frameworks():
    """Lets this package's files be imported alone.

    Reading takes NumPy and Pillow; Keras and a framework behind it would cost
    each process seconds and hundreds of megabytes.
    """
    package = pathlib.Path(__file__).resolve().parents[1]
    for name in ("keras_attmask", "keras_attmask.data"):
        module = types.ModuleType(name)
        module.__path__ = [str(package.joinpath(*name.split(".")[1:]))]
        sys.modules[name] = module
    keras = types.ModuleType("keras")
    keras.ops = keras.backend = None
    sys.modules["keras"] = keras


def main():
    """Answers until there are no more requests."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who asks
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print is no answer
    sys.path[:] = pickle.load(requests)
    _without_frameworks()
    answer = pickle.load(requests)
    while True:
        try:
            arguments = pickle.load(requests)
        except EOFError:
            return
        *found, arrays = answer(*arguments)
        pickle.dump(found, answers)
        for array in arrays:
            answers.write(array.data)
        answers.flush()


if __name__ == "__main__":
    main()

"""A contender's process: builds its step, then makes steps by request.

Answers in JSON lines: once how it started, then after each number of steps how
fast they were. Peak memory is the process's, or the GPU's where there is one.
"""

import importlib.util
import json
import os
import pathlib
import resource
import sys
import time

HERE = pathlib.Path(__file__).parent
FILES = {"ours": HERE / "ours.py", "lightly": HERE / "lightly_peer.py"}


def _module(maker):
    path = FILES.get(maker, pathlib.Path(maker))
    spec = importlib.util.spec_from_file_location("maker", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _peak_memory(module):
    on_device = getattr(module, "peak_memory", lambda: None)()
    host = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return on_device or host


def main():
    maker, options = sys.argv[1], json.loads(sys.argv[2])
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer

    def say(**facts):
        answers.write(json.dumps(facts) + "\n")
        answers.flush()

    module = _module(maker)
    start = time.perf_counter()
    step, facts = module.make_step(options)
    step(1)
    seconds = time.perf_counter() - start
    step(1)
    say(first_step_seconds=seconds, **facts())
    for line in sys.stdin:
        count = int(line)
        start = time.perf_counter()
        step(count)
        seconds = time.perf_counter() - start
        say(
            images_per_second=count * options["batch"] / seconds,
            peak_memory=_peak_memory(module),
        )


if __name__ == "__main__":
    main()

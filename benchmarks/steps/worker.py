"""A contender's process: builds its step, then makes steps by request.

Answers in JSON lines: once how it started, then after each number of steps how
fast they were. Peak memory is the process's, or the GPU's where there is one.
A process for which memory is too small ends with `host_memory.OUT_OF_MEMORY`.
"""

import json
import os
import pathlib
import sys
import time

import by_path
from by_path import host_memory

HERE = pathlib.Path(__file__).parent
FILES = {"ours": HERE / "ours.py", "lightly": HERE / "lightly_peer.py"}


def _module(maker):
    return by_path.load(FILES.get(maker, pathlib.Path(maker)))


def _serve(maker, options, say):
    module = _module(maker)
    start = time.perf_counter()
    step, facts = module.make_step(options)
    step(1)
    seconds = time.perf_counter() - start
    step(1)
    # Of a device before `facts`, whose matrices are no part of a step.
    on_device = getattr(module, "peak_memory", lambda: None)()
    say(first_step_seconds=seconds, **facts())
    for line in sys.stdin:
        count = int(line)
        start = time.perf_counter()
        step(count)
        seconds = time.perf_counter() - start
        say(
            images_per_second=count * options["batch"] / seconds,
            peak_memory=on_device or host_memory.peak(),
        )


def main():
    maker, options = sys.argv[1], json.loads(sys.argv[2])
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer

    def say(**facts):
        answers.write(json.dumps(facts) + "\n")
        answers.flush()

    if "memory_limit" in options:
        host_memory.end_beyond(options["memory_limit"])
    try:
        _serve(maker, options, say)
    except Exception as error:
        if not host_memory.is_lack(error):
            raise
        print(f"out of memory: {str(error)[:300]}", file=sys.stderr)
        sys.exit(host_memory.OUT_OF_MEMORY)


if __name__ == "__main__":
    main()

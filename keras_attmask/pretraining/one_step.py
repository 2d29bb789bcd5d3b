"""A process that makes two steps of a recipe and says what they took.

Reads one JSON object, {"recipe": ..., "image_shape": ...}, and answers with
another. Where memory is too small it ends with `host_memory.OUT_OF_MEMORY`.
"""

import contextlib
import json
import sys
import time

from keras_attmask import build
from keras_attmask import host_memory
from keras_attmask import huge_pages
from keras_attmask.compile_cache import keep_compiled
from keras_attmask.device import accelerator
from keras_attmask.freed_memory import keep_freed_memory
from keras_attmask.pretraining.same_batch import feed
from keras_attmask.pretraining.same_batch import random_batch
from keras_attmask.recipe import make_recipe

_SHARE = 0.95  # of the host's memory, which others need too


def _guarded():
    """Bytes that this process may have; it ends itself beyond."""
    found = host_memory.available()
    if found is None:
        return None
    limit = int(_SHARE * found)
    host_memory.end_beyond(limit)
    return limit


def measure(recipe, image_shape):
    """Makes the steps.

    Args:
        recipe: a `Recipe`.
        image_shape: see `same_batch.random_batch`.

    Returns:
        A dict: "dtype", the policy in use; "device"; "peak" and "limit" in
        bytes, of the accelerator or, without one, of this process; "start",
        bytes that were taken before there was a network; "seconds" of both
        steps; "parameters" of the student's backbone and of its head.
    """
    keep_freed_memory()
    keep_compiled()
    grant = huge_pages.withhold()
    limit, start = _guarded(), host_memory.peak()
    model = build.distiller(recipe, 1000)
    batch, seconds = random_batch(recipe, image_shape), []
    for _ in range(2):
        begin = time.perf_counter()
        model.fit(feed(batch, 1), shuffle=False, verbose=0)
        seconds.append(time.perf_counter() - begin)
        grant()
    found = accelerator()
    student, head = model.student, model.student_head
    return {
        "dtype": build.dtype_policy(recipe),
        "device": found.name if found else "CPU",
        "peak": found.peak if found else host_memory.peak(),
        "limit": found.limit if found else limit,
        "start": 0 if found else start,
        "seconds": seconds,
        "parameters": [student.count_params(), head.count_params()],
    }


def main():
    order = json.load(sys.stdin)
    with contextlib.redirect_stdout(sys.stderr):  # what libraries print
        try:
            found = measure(make_recipe(order["recipe"]), order["image_shape"])
        except Exception as error:
            if not host_memory.is_lack(error):
                raise
            sys.exit(host_memory.OUT_OF_MEMORY)
    print(json.dumps(found))


if __name__ == "__main__":
    main()

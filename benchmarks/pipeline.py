"""Images a second of the host pipeline, against the official recipe's.

    pip install torchvision
    python benchmarks/pipeline.py --images DIR [--json]

Decoding and 2x224 + 10x96 views, one core each, the three contenders taking
turns: "ours" hands over uint8 crops, as training on an accelerator needs
them; "ours_full" also does all colour work, by the code that otherwise runs
on the device; "peer" is torchvision on Pillow images. Ratios are medians over
the rounds, each of images from the same round. "second_core" is how much
faster ours gets by another core, both read for by a process of their own.
"""

import argparse
import gc
import json
import os
import statistics
import subprocess
import sys
import time

import numpy as np

LAW = {"global_scale": (0.25, 1.0), "local_scale": (0.05, 0.25)}
LOCAL_CROPS = 10
# What colours of four images need is below 32 MiB: malloc keeps so much, and
# has the kernel make more anew for every call, a third of the time.
BATCH = 4
WARM_UP = 16  # batches; until then threads fill their buffers


def host_batches(paths, seed, processes):
    """Our batches without end; they are made ahead until it is forgotten.

    They come as `fit` hands them to a step: TensorFlow's own tensors, or
    NumPy arrays for other backends.
    """
    import keras

    from keras_attmask.data import FileSource
    from keras_attmask.data import host_views
    from keras_attmask.view_law import ViewLaw

    batches = host_views(
        FileSource(paths),
        ViewLaw(local_crops=LOCAL_CROPS, **LAW),
        batch_size=BATCH,
        seed=seed,
        epochs=1000,
        processes=processes,
    )
    if keras.backend.backend() == "tensorflow":
        return iter(batches)
    return batches.as_numpy_iterator()


def device_part():
    """All colour work as one compiled function of a batch."""
    from compiled_views import compiled_views

    from keras_attmask.view_law import ViewLaw

    return compiled_views(ViewLaw(local_crops=LOCAL_CROPS, **LAW))


def contenders(paths, only, processes=0):
    """Named functions that work through batches and return the seconds."""
    colours = None if only == "ours" else device_part()

    def ours(batches, seed, work=lambda batch: None):
        supply = host_batches(paths, seed, processes)
        for _ in range(WARM_UP):
            work(next(supply))
        start = time.perf_counter()
        for _ in range(batches):
            work(next(supply))
        return time.perf_counter() - start

    def ours_full(batches, seed):
        return ours(batches, seed, colours)

    if only == "ours":
        return {"ours": ours}
    from official_pipeline import OfficialPipeline

    make_views = OfficialPipeline(**LAW, local_crops=LOCAL_CROPS)

    def peer(batches, seed):
        order = np.random.default_rng(seed).permutation(len(paths))
        chosen = [paths[n] for n in np.resize(order, batches * BATCH)]
        start = time.perf_counter()
        make_views(chosen)
        return time.perf_counter() - start

    return {"ours": ours, "ours_full": ours_full, "peer": peer}


def measure(paths, rounds, batches, only=None, processes=0):
    """`{name: [images a second of each round]}`, in turns."""
    functions = contenders(paths, only, processes)
    for function in functions.values():
        function(2, 0)  # compilation, files into memory
    found = {name: [] for name in functions}
    for number in range(1, rounds + 1):
        for name, function in functions.items():
            seconds = function(batches, number)
            gc.collect()  # our threads end with their iterator
            time.sleep(0.2)
            found[name].append(batches * BATCH / seconds)
    return found


def second_core(arguments):
    """How much faster ours gets by a second core: a ratio, or None."""
    if len(os.sched_getaffinity(0)) < 2:
        return None
    ratios = []
    for _ in range(3):
        rates = []
        for cores in (1, 2):
            command = [sys.executable, __file__, "--images", arguments.images]
            command += ["--cores", str(cores), "--only", "ours", "--json"]
            command += ["--rounds", str(arguments.rounds)]
            done = subprocess.run(command, capture_output=True, check=True)
            rates.append(json.loads(done.stdout.splitlines()[-1])["ours"])
        ratios.append(rates[1] / rates[0])
    return statistics.median(ratios)


def image_paths(folder):
    from keras_attmask.data import open_source

    return list(open_source(folder).paths)


def _keep_memory_as_a_run_does():
    from keras_attmask.freed_memory import keep_freed_memory

    keep_freed_memory()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--images", required=True, help="folder of photographs")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batches", type=int, default=32, help="a round")
    parser.add_argument("--cores", type=int, default=1, help=argparse.SUPPRESS)
    parser.add_argument("--only", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    _keep_memory_as_a_run_does()
    ratio_of_cores = None if arguments.only else second_core(arguments)
    cores = sorted(os.sched_getaffinity(0))[: arguments.cores]
    os.sched_setaffinity(0, cores)
    paths = image_paths(arguments.images)
    processes = len(cores) if len(cores) > 1 else 0
    found = measure(
        paths, arguments.rounds, arguments.batches, arguments.only, processes
    )
    result = {n: round(statistics.median(r), 1) for n, r in found.items()}
    if not arguments.only:
        for name, short in (("ratio", "ours"), ("ratio_full", "ours_full")):
            pairs = zip(found[short], found["peer"])
            result[name] = round(statistics.median(a / b for a, b in pairs), 2)
        result["second_core"] = ratio_of_cores and round(ratio_of_cores, 2)
    if arguments.json:
        print(json.dumps(result))
    else:
        for name, value in result.items():
            print(f"{name:12} {value}")


if __name__ == "__main__":
    main()

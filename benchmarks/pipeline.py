"""Images a second of the host pipeline, against the official recipe's.

    pip install torchvision
    python benchmarks/pipeline.py --images DIR [--json]

Decoding and 2x224 + 10x96 views, one core each, the three contenders taking
turns: "ours" hands over uint8 crops, as training on an accelerator needs
them; "ours_full" also does all colour work, by the code that otherwise runs
on the device; "peer" is torchvision on Pillow images. Ratios are medians over
the rounds, each of images from the same round. "second_core" is how much
faster ours gets by another core.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

LAW = {"global_scale": (0.25, 1.0), "local_scale": (0.05, 0.25)}
LOCAL_CROPS = 10
BATCH = 8


def host_batches(paths, rounds):
    """An endless supply of our batches, and how many images each has."""
    from keras_attmask.data import FileSource
    from keras_attmask.data import host_views

    return host_views(
        FileSource(paths),
        batch_size=BATCH,
        seed=0,
        global_crops=2,
        global_size=224,
        local_crops=LOCAL_CROPS,
        local_size=96,
        epochs=rounds,
        **LAW,
    ).as_numpy_iterator()


def device_part():
    """All colour work as one compiled function of a batch."""
    import keras

    from keras_attmask.data.view_law import ViewLaw
    from keras_attmask.data.views import MultiCropViews

    views = MultiCropViews(ViewLaw(local_crops=LOCAL_CROPS, **LAW))
    backend = keras.backend.backend()

    def work(batch):
        made = views(batch, step_key=0)
        return made["global"], made["local"]

    if backend == "jax":
        import jax

        compiled = jax.jit(work)
        return lambda batch: jax.block_until_ready(compiled(batch))
    if backend == "tensorflow":
        import tensorflow as tf

        return tf.function(work, jit_compile=True)
    return work


def rate(step, batches):
    """Images a second of `step` called on so many batches."""
    start = time.perf_counter()
    for _ in range(batches):
        step()
    return batches * BATCH / (time.perf_counter() - start)


def contenders(paths, only):
    """Named functions, each of which works through one batch."""
    supply = host_batches(paths, 10_000)
    steps = {"ours": lambda: next(supply)}
    if only == "ours":
        return steps
    full_supply, colours = host_batches(paths, 10_000), device_part()
    steps["ours_full"] = lambda: colours(next(full_supply))
    from official_pipeline import OfficialPipeline

    peer = OfficialPipeline(**LAW, local_crops=LOCAL_CROPS)
    place = [0]

    def of_peer():
        start = place[0] = (place[0] + BATCH) % (len(paths) - BATCH)
        peer(paths[start : start + BATCH])

    steps["peer"] = of_peer
    return steps


def measure(paths, rounds, batches, only=None):
    """`{name: [rate of each round]}`, the contenders taking turns."""
    steps = contenders(paths, only)
    for step in steps.values():
        rate(step, 4)  # threads, compilation, caches
    found = {name: [] for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            found[name].append(rate(step, batches))
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
            done = subprocess.run(command, capture_output=True, check=True)
            rates.append(json.loads(done.stdout.splitlines()[-1])["ours"])
        ratios.append(rates[1] / rates[0])
    return statistics.median(ratios)


def image_paths(folder):
    from keras_attmask.data import open_source

    return list(open_source(folder).paths)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--images", required=True, help="folder of photographs")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batches", type=int, default=12, help="a round")
    parser.add_argument("--cores", type=int, default=1, help=argparse.SUPPRESS)
    parser.add_argument("--only", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    ratio_of_cores = None if arguments.only else second_core(arguments)
    cores = sorted(os.sched_getaffinity(0))[: arguments.cores]
    os.sched_setaffinity(0, cores)
    paths = image_paths(arguments.images)
    found = measure(
        paths, arguments.rounds, arguments.batches, arguments.only
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

"""Images a second of views that are cut and coloured on the device.

    python benchmarks/device_views.py --data cifar10/train [--json]

Images lie in memory; each step gathers a batch, hands it to the device and
makes all views there, in one compiled function: the road of small images.
"""

import argparse
import itertools
import json
import statistics
import time


def _supply(source, batch_size):
    """Batches of a shuffled pass over the images, again and again."""
    from keras_attmask.data import ArrayBatches

    batches = ArrayBatches(source, batch_size, seed=0)
    steps = itertools.cycle(range(len(batches)))
    return (batches[step] for step in steps)


def _law(arguments):
    from keras_attmask.view_law import ViewLaw

    return ViewLaw(
        local_crops=arguments.local_crops,
        global_size=arguments.global_size,
        local_size=arguments.local_size,
        blur_sigma=tuple(
            sigma * arguments.global_size / 224 for sigma in (0.1, 2.0)
        ),
    )


def measure(arguments):
    """Images a second of each round."""
    from compiled_views import compiled_views

    from keras_attmask.data import in_memory
    from keras_attmask.data import open_source
    from keras_attmask.freed_memory import keep_freed_memory

    keep_freed_memory()
    source = in_memory(open_source(arguments.data))
    make = compiled_views(_law(arguments))
    supply, rates = _supply(source, arguments.batch), []
    for _ in range(2):  # compilation
        make(next(supply))
    for _ in range(arguments.rounds):
        start = time.perf_counter()
        for _ in range(arguments.steps):
            make(next(supply))
        seconds = time.perf_counter() - start
        rates.append(arguments.steps * arguments.batch / seconds)
    return rates


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", required=True, help="images of one size")
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--global-size", type=int, default=32)
    parser.add_argument("--local-size", type=int, default=16)
    parser.add_argument("--local-crops", type=int, default=4)
    parser.add_argument("--steps", type=int, default=20, help="a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    arguments = parser.parse_args()
    rates = measure(arguments)
    result = {
        "images_per_second": round(statistics.median(rates)),
        "rounds": [round(rate) for rate in rates],
    }
    print(json.dumps(result) if arguments.json else result)


if __name__ == "__main__":
    main()

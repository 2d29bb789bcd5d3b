"""Training steps of this package and of a peer, taking turns on one machine.

    python benchmarks/step.py --backend tensorflow --batch 4 [--json]
    pip install lightly timm torchvision
    python benchmarks/step.py --backend torch --peer lightly [--json]

A step is teacher, masks, student, losses, gradients, AdamW, EMA and centres on
views that are ready: 2 global ones of 224 pixels, and --local-crops of 96. Each
contender is a process of its own, stopped while the other one works. A peer is
"lightly" (steps/lightly_peer.py) or a file with a `make_step` like those there.
Exit status 3: a step of that size does not fit into memory.
"""

import argparse
import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys

from steps.by_path import host_memory
from steps.by_path import huge_pages

HERE = os.path.dirname(os.path.abspath(__file__))
ARCHITECTURES = ("vit_tiny16", "vit_small16", "vit_base16")
DTYPES = ("float32", "mixed_bfloat16", "mixed_float16")
OPTIONS = "backend dtype arch batch global_size local_crops".split()


class Ended(SystemExit):
    """A contender's process is gone; `out_of_memory` tells whether of that."""

    def __init__(self, status):
        self.out_of_memory = host_memory.ran_out(status)
        reason = f"a contender ended with {status}"
        super().__init__(3 if self.out_of_memory else reason)


class Contender:
    """A process that makes steps when told to."""

    def __init__(self, maker, options):
        environment = {
            **os.environ,
            **huge_pages.environment(os.environ),
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "KERAS_BACKEND": options["backend"],
        }
        command = [sys.executable, os.path.join(HERE, "steps", "worker.py")]
        self._process = subprocess.Popen(
            [*command, maker, json.dumps(options)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )
        self.start = self._hear()
        self.rates = []

    def _hear(self):
        line = self._process.stdout.readline()
        if not line:
            raise Ended(self._process.wait())
        return json.loads(line)

    def make(self, steps):
        """Has it make steps; notes images a second and peak memory."""
        self._process.send_signal(signal.SIGCONT)
        self._process.stdin.write(f"{steps}\n")
        self._process.stdin.flush()
        self.latest = self._hear()
        self.rates.append(self.latest["images_per_second"])
        self.pause()

    def pause(self):
        self._process.send_signal(signal.SIGSTOP)

    def end(self):
        self._process.send_signal(signal.SIGCONT)
        with contextlib.suppress(BrokenPipeError):  # gone already
            self._process.stdin.close()
        self._process.wait()

    def result(self, peak):
        """What is known of it; `peak` in FLOP a second."""
        found = {
            "images_per_second": round(statistics.median(self.rates), 3),
            "spread": [round(f(self.rates), 3) for f in (min, max)],
            "first_step_seconds": round(self.start["first_step_seconds"], 1),
            "peak_memory_gb": round(self.latest["peak_memory"] / 1e9, 2),
            "versions": self.start["versions"],
        }
        if "device" in self.start:
            found["device"] = self.start["device"]
        needed = self.start.get("flops_per_image")
        if needed:
            share = found["images_per_second"] * needed / peak
            found["gflops_per_image"] = round(needed / 1e9, 1)
            found["share_of_peak"] = round(share, 2)
        return found


def add_step_options(parser):
    """Adds the flags that say which step is meant."""
    backends = ("tensorflow", "jax", "torch")
    parser.add_argument("--backend", choices=backends, default="tensorflow")
    parser.add_argument("--dtype", choices=DTYPES, default="float32")
    parser.add_argument("--arch", choices=ARCHITECTURES, default="vit_small16")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--local-crops", type=int, default=10)
    parser.add_argument("--global-size", type=int, default=224)


def step_options(arguments):
    """The dict that a `Contender` takes, of those flags."""
    return {name: getattr(arguments, name) for name in OPTIONS}


def compare(arguments):
    """Runs the contenders in turns and returns what was measured."""
    options = step_options(arguments)
    makers = {"ours": "ours"}
    if arguments.peer != "none":
        makers["peer"] = arguments.peer
    contenders = {}
    try:
        for name, maker in makers.items():
            contenders[name] = Contender(maker, options)
            contenders[name].pause()
        for _ in range(arguments.rounds):
            for contender in contenders.values():
                contender.make(arguments.steps)
    finally:
        for contender in contenders.values():
            contender.end()
    peak = max(c.start["matmul_flops"] for c in contenders.values())
    result = {"options": options, "peak_gflops": round(peak / 1e9)}
    for name, contender in contenders.items():
        result[name] = contender.result(peak)
    if "peer" in contenders:
        pairs = zip(contenders["ours"].rates, contenders["peer"].rates)
        ratio = statistics.median(ours / peer for ours, peer in pairs)
        result["ratio"] = round(ratio, 2)
    return result


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    add_step_options(parser)
    parser.add_argument("--peer", default="none", help="lightly, none, a file")
    parser.add_argument("--steps", type=int, default=3, help="a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    result = compare(arguments := parser.parse_args())
    print(json.dumps(result, indent=None if arguments.json else 1))


if __name__ == "__main__":
    main()

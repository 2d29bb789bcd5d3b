"""Which operations a training step spends its time in.

    python benchmarks/profile_step.py --backend jax --batch 4 [--json FILE]

Two steps are recorded by the framework's own profiler, after two that are not.
Reading TensorFlow's record takes JAX, which is installed by the extra `jax`.
"attention_fused" tells whether a kernel that attends as a whole took part.
"""

import argparse
import json
import os
import pathlib
import re
import sys
import tempfile
from collections import defaultdict

from step import add_step_options
from step import step_options
from steps.by_path import huge_pages

STEPS = 2
FUSED = re.compile("fmha|flash|dot_product_attention", re.IGNORECASE)
# Lines of a recorded plane that repeat what other lines hold in more detail.
WHOLE = re.compile("python|steps|xla modules|framework|source", re.IGNORECASE)


def _record_jax(step, folder):
    import jax

    with jax.profiler.trace(folder):
        step(STEPS)
    return _from_planes(folder)


def _record_tensorflow(step, folder):
    import tensorflow as tf

    with tf.profiler.experimental.Profile(folder):
        step(STEPS)
    return _from_planes(folder)


def _from_planes(folder):
    """Seconds by operation, of the accelerators if there are any."""
    from jax.profiler import ProfileData

    (path,) = pathlib.Path(folder).rglob("*.xplane.pb")
    planes = list(ProfileData.from_file(str(path)).planes)
    devices = [plane for plane in planes if "/device:" in plane.name]
    host = [plane for plane in planes if plane.name == "/host:CPU"]
    found = defaultdict(float)
    for plane in devices or host:
        for line in plane.lines:
            if WHOLE.search(line.name):
                continue
            for event in line.events:
                if devices or _is_operation(event):
                    found[event.name] += event.duration_ns / 1e9
    return found


def _is_operation(event):
    return any(name == "hlo_op" for name, _ in event.stats)


def _record_torch(step, folder):
    import torch

    with torch.profiler.profile() as profile:
        step(STEPS)
    on_gpu = torch.cuda.is_available()
    return {
        row.key: (
            row.self_device_time_total if on_gpu else row.self_cpu_time_total
        )
        / 1e6
        for row in profile.key_averages()
    }


RECORD = {
    "jax": _record_jax,
    "tensorflow": _record_tensorflow,
    "torch": _record_torch,
}


def _kind(name):
    """`copy_fusion.12.clone` as `copy_fusion`."""
    return re.sub(r"([._]\d+|\.clone|\.remat\d*)+$", "", name)


def profile(options):
    """Seconds a step by kind of operation, and what they tell.

    Args:
        options: as `step.Contender` takes them.
    """
    sys.path.insert(0, str(pathlib.Path(__file__).parent / "steps"))
    import ours

    step, _ = ours.make_step(options)
    step(2)
    with tempfile.TemporaryDirectory() as folder:
        found = RECORD[options["backend"]](step, folder)
    kinds = defaultdict(float)
    for name, seconds in found.items():
        kinds[_kind(name)] += seconds / STEPS
    kinds = sorted(kinds.items(), key=lambda pair: -pair[1])
    return {
        "options": options,
        "seconds": round(sum(seconds for _, seconds in kinds), 4),
        "attention_fused": any(FUSED.search(name) for name in found),
        "kinds": {name: round(seconds, 4) for name, seconds in kinds},
    }


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    add_step_options(parser)
    parser.add_argument("--rows", type=int, default=20, help="to print")
    parser.add_argument("--json", help="file for all, as JSON")
    arguments = parser.parse_args()
    huge_pages.restart_with_huge_pages()
    os.environ["KERAS_BACKEND"] = arguments.backend
    found = profile(step_options(arguments))
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(found))
    print(f"{found['seconds']:.3f} s of operations a step, over all threads")
    print(f"attention fused: {'yes' if found['attention_fused'] else 'no'}")
    for name, seconds in list(found["kinds"].items())[: arguments.rows]:
        print(
            f"{seconds:8.4f}  {100 * seconds / found['seconds']:4.1f} %  {name}"
        )


if __name__ == "__main__":
    main()

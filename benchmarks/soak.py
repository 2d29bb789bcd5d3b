"""A run that is killed again and again, beside the same run left alone.

usage: python benchmarks/soak.py [--backend=torch] [--steps=5000] [--kills=10]

Both train a small network on bundled images in processes of their own, on a
CPU. The first is watched: its memory should not grow. The second gets SIGKILL
at random moments, its start and its saving among them, and is started again
each time. In the end both must hold the same weights, to the bit, and the
metrics of both each step once.
"""

import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

from absl import app
from absl import flags

FLAGS = flags.FLAGS
flags.DEFINE_enum(
    "backend", "torch", ["tensorflow", "jax", "torch"], "what trains"
)
flags.DEFINE_integer("steps", 5000, "of the run, a multiple of 125")
flags.DEFINE_integer("kills", 10, "how often the second run is killed")
flags.DEFINE_integer("seed", 0, "of the moments to kill at")
flags.DEFINE_bool("json", False, "print one JSON object alone")

_EPOCH = 125  # steps: 2000 images in batches of 16
_LOGGED = 5  # steps a line of metrics


def command(folder):
    words = {
        "data.limit": 2000,
        "views.local_crops": 1,
        "views.jitter_probability": 0,
        "backbone.num_layers": 1,
        "backbone.hidden_dim": 16,
        "head.num_prototypes": 16,
        "head.hidden_dim": 16,
        "head.bottleneck_dim": 8,
        "training.batch_size": 16,
        "training.epochs": FLAGS.steps // _EPOCH,
        "training.log_every": _LOGGED,
        "training.save_minutes": 0.1,
        "training.jit_compile": "false",
        "training.deterministic": "true",
        "evaluation.bank": "",
        "evaluation.queries": "",
        "saved_model": "",
    }
    fields = [f"--recipe.{name}={value}" for name, value in words.items()]
    program = [sys.executable, "-m", "keras_attmask", "pretrain"]
    return [*program, "--recipe=quickstart", *fields, f"--run={folder}"]


def start(folder):
    return subprocess.Popen(
        command(folder),
        env={**os.environ, "KERAS_BACKEND": FLAGS.backend},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def last_step(folder):
    """The last step in the metrics, or 0; a line may be half-written."""
    file = folder / "metrics.jsonl"
    lines = file.read_bytes().splitlines() if file.exists() else []
    for line in reversed(lines[-2:]):
        try:
            return json.loads(line)["step"]
        except ValueError:
            continue
    return 0


def resident(process):
    """Megabytes that a process has in memory."""
    try:
        text = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    except OSError:
        return None
    found = [line for line in text.splitlines() if line.startswith("VmRSS")]
    return int(found[0].split()[1]) / 1024 if found else None


def must_end_well(process):
    error = process.stderr.read().decode()
    if process.wait():
        raise SystemExit(f"a run failed:\n{error[-3000:]}")


def leave_alone(folder):
    """Memory by step, and the seconds it took."""
    began, points = time.monotonic(), []
    process = start(folder)
    while process.poll() is None:
        time.sleep(0.5)
        step, size = last_step(folder), resident(process)
        if size and step:
            points.append((step, size))
    must_end_well(process)
    return points, time.monotonic() - began


def kill_often(folder, seconds):
    """Moments from a start to the first step after it, and of kills."""
    chance, restarts = random.Random(FLAGS.seed), []
    kills = 0
    while True:
        process, began = start(folder), time.monotonic()
        before = last_step(folder)
        first, limit = None, chance.uniform(0.0, 1.5 * seconds / FLAGS.kills)
        # The start is not over at once: some moments lie within it.
        limit += chance.choice([0.0, 5.0, 10.0])
        while process.poll() is None:
            time.sleep(0.05)
            passed = time.monotonic() - began
            # What a kill had not saved is cut off, then written again.
            now = last_step(folder)
            if first is None and now != before:
                before, first = (now, None) if now < before else (now, passed)
            if kills < FLAGS.kills and passed > limit:
                process.kill()
                break
        if first is not None:
            restarts.append(first)
        if process.wait() != -9:
            must_end_well(process)
            return restarts[1:], kills
        kills += 1


def state(folder):
    os.environ["KERAS_BACKEND"] = FLAGS.backend
    import h5py

    newest = sorted((folder / "checkpoints").glob("step-*"))[-1]
    values = {}
    with h5py.File(newest / "state.weights.h5") as file:
        file.visititems(
            lambda name, item: (
                values.update({name: item[()].tobytes()})
                if isinstance(item, h5py.Dataset)
                else None
            )
        )
    return values


def steps(folder):
    text = (folder / "metrics.jsonl").read_text("utf-8")
    return [json.loads(line)["step"] for line in text.splitlines()]


def slope(points):
    """Megabytes that memory grows by in 1000 steps, after the first fifth."""
    import numpy as np

    late = [p for p in points if p[0] > FLAGS.steps / 5]
    if len(late) < 2:
        return None
    return float(np.polyfit(*zip(*late), 1)[0] * 1000)


def spread(seconds):
    """Least, median and most."""
    ordered = sorted(seconds) or [float("nan")]
    chosen = ordered[0], ordered[len(ordered) // 2], ordered[-1]
    return [round(number, 1) for number in chosen]


def main(words):
    del words
    with tempfile.TemporaryDirectory() as place:
        alone, killed = (
            pathlib.Path(place) / name for name in ("alone", "killed")
        )
        points, seconds = leave_alone(alone)
        began = time.monotonic()
        restarts, kills = kill_often(killed, seconds)
        wanted = [*range(_LOGGED, FLAGS.steps + 1, _LOGGED)]
        found = {
            "backend": FLAGS.backend,
            "steps": FLAGS.steps,
            "seconds_alone": round(seconds, 1),
            "kills_survived": kills,
            "same_to_the_bit": state(alone) == state(killed),
            "each_step_once": steps(alone) == steps(killed) == wanted,
            "seconds_killed": round(time.monotonic() - began, 1),
            "seconds_to_a_line": spread(restarts),
            "megabytes": round(points[-1][1]),
            "megabytes_in_1000_steps": slope(points)
            and round(slope(points), 2),
        }
    print(json.dumps(found) if FLAGS.json else json.dumps(found, indent=2))
    return 0 if found["same_to_the_bit"] and found["each_step_once"] else 1


if __name__ == "__main__":
    app.run(main)

"""What a run will need, found out before it begins."""

import dataclasses
import json
import os
import subprocess
import sys

import keras

from keras_attmask import build
from keras_attmask import host_memory
from keras_attmask.data import Unreadable
from keras_attmask.pretraining.checks import check_export
from keras_attmask.pretraining.checks import check_source
from keras_attmask.training.cost import step_flops
from keras_attmask.training.footprint import image_bytes
from keras_attmask.training.footprint import step_bytes


def dry_run(recipe, report=print):
    """Checks a recipe and its images, and makes two steps elsewhere.

    The steps are made by processes of their own, with random pixels, at the
    smallest batch and at the recipe's, or at the largest that is expected to
    fit. Writes nothing.

    Args:
        recipe: a `recipe.Recipe`.
        report: called with a line of text for a person now and then.

    Returns:
        A dict, ready for JSON: "images", "steps_per_epoch", "backend",
        "dtype", the policy that is computed by, "device";
        "backbone_parameters", "head_parameters"; "flops_per_image" of a
        step; "batch_size"; "estimated_bytes", of the arrays of a step of
        that batch; "measured_batch_size" and "measured_bytes", the peak
        of a step (on a CPU of the whole process, "framework_bytes" of which
        are taken before there is a network); "available_bytes" and
        "largest_batch_size", None where nobody tells, never more than there
        are images; "fits"; "seconds", of the first and the second step.
        Where not even the smallest batch fits, what was measured is missing.

    Raises:
        InputError: for what a run would refuse.
    """
    source = build.training_source(recipe, Unreadable(recipe.data.unreadable))
    check_source(recipe, source)
    build.evaluation_sources(recipe)  # refuses what it cannot open
    check_export(recipe)
    images = getattr(source, "images", None)
    shape = None if images is None else list(images.shape[1:])
    return _plan(recipe, len(source), _Steps(recipe, shape, report))


def _with(recipe, **fields):
    training = dataclasses.replace(recipe.training, **fields)
    return dataclasses.replace(recipe, training=training)


class _Steps:
    """Has steps made in other processes."""

    def __init__(self, recipe, image_shape, report):
        self._recipe, self._shape = recipe, image_shape
        self._report = report

    def __call__(self, batch_size):
        """What `one_step` measured, or None for too little memory."""
        self._report(f"making two steps, batch size {batch_size}")
        recipe = _with(self._recipe, batch_size=batch_size)
        order = {"recipe": recipe.to_dict(), "image_shape": self._shape}
        child = subprocess.run(
            [sys.executable, "-m", "keras_attmask.pretraining.one_step"],
            input=json.dumps(order),
            env=os.environ | {"KERAS_BACKEND": keras.backend.backend()},
            capture_output=True,
            text=True,
        )
        if host_memory.ran_out(child.returncode):
            return None
        if child.returncode:
            raise RuntimeError(
                "the process that makes a step failed with status "
                f"{child.returncode}:\n{child.stderr.strip()}"
            )
        return json.loads(child.stdout.splitlines()[-1])


def _plan(recipe, images, make_steps):
    small, wished = recipe.training.accumulation, recipe.training.batch_size
    least = make_steps(small)
    facts = {
        "images": images,
        "steps_per_epoch": images // wished,
        "backend": keras.backend.backend(),
        "flops_per_image": step_flops(recipe),
        "batch_size": wished,
    }
    if least is None:
        return facts | {"largest_batch_size": 0, "fits": False}
    recipe = _with(recipe, dtype=least["dtype"])
    most = _expected(recipe, least, image_bytes(recipe))
    size = wished if most is None else min(wished, most)
    tried, most_found = _halved_until_it_fits(make_steps, size, small, least)
    largest = _largest(recipe, least, tried, most_found)
    if largest is not None:
        largest = min(largest, _whole(images, small))
    return facts | {
        "dtype": least["dtype"],
        "device": least["device"],
        "backbone_parameters": least["parameters"][0],
        "head_parameters": least["parameters"][1],
        "estimated_bytes": round(step_bytes(recipe, sum(least["parameters"]))),
        "measured_batch_size": tried,
        "measured_bytes": most_found["peak"],
        "framework_bytes": most_found["start"],
        "available_bytes": least["limit"],
        "largest_batch_size": largest,
        "fits": tried == wished or (largest or 0) >= wished,
        "seconds": [round(s, 2) for s in most_found["seconds"]],
    }


def _halved_until_it_fits(make_steps, size, small, least):
    """A batch of at most `size` and what its steps took."""
    while size > small:
        found = make_steps(size)
        if found is not None:
            return size, found
        size = _whole(size // 2, small)
    return small, least


def _whole(batch_size, part):
    """The next smaller batch that can be worked through in parts."""
    return max(batch_size // part * part, part)


def _expected(recipe, least, growth):
    """A batch that should fit if each part's image adds `growth` bytes."""
    if least["limit"] is None:
        return None
    parts = recipe.training.accumulation
    more = max(least["limit"] - least["peak"], 0) / growth
    return _whole(int((1 + more) * parts), parts)


def _largest(recipe, least, tried, found):
    """By the growth between the two steps that were made."""
    parts = recipe.training.accumulation
    growth = image_bytes(recipe)
    if tried > parts:
        growth = (found["peak"] - least["peak"]) / (tried / parts - 1)
        # Small steps drown in what the framework itself takes.
        growth = max(growth, 0.1 * image_bytes(recipe))
    expected = _expected(recipe, least, growth)
    return expected if expected is None else max(expected, tried)

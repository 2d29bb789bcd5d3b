"""The points of curves.py: what is varied, what is kept, what follows."""

import json
import os

# What it is called, its usual values, and the axis they stand on.
SWEEPS = {
    "batch": ((1, 2, 4, 8, 16, 32), "images a batch"),
    "views": ((2, 4, 6, 8, 10, 12), "views an image, 2 of them global"),
    "side": ((96, 160, 224, 288, 384), "side of a global view, pixels"),
    "arch": (("vit_tiny16", "vit_small16", "vit_base16"), "architecture"),
}


def options_at(sweep, value, base):
    """A step's options at one point of a sweep."""
    if sweep == "views":
        return {**base, "local_crops": value - 2}
    name = "global_size" if sweep == "side" else sweep
    return {**base, name: value}


def _key(point):
    names = ("sweep", "value", "contender", "options")
    return json.dumps([point[name] for name in names], sort_keys=True)


def read_points(path):
    """Points of a file.

    Raises:
        ValueError: with one line that says what is wrong with it.
    """
    try:
        with open(path, encoding="utf-8") as file:
            points = json.load(file)["points"]
        if not points:
            raise ValueError("no points")
        for point in points:
            _key(point)
            if not point.get("out_of_memory"):
                point["images_per_second"], point["peak_memory_bytes"]
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{path}: expected a file that --json of this program wrote"
        ) from error
    return points


def keep_point(point, path):
    """Writes a point into a file, in the place of an earlier same one."""
    points = read_points(path) if os.path.exists(path) else []
    points = [old for old in points if _key(old) != _key(point)] + [point]
    temporary = f"{path}.tmp"
    with open(temporary, "w", encoding="utf-8") as file:
        json.dump({"points": points}, file, indent=1)
        file.write("\n")
    os.replace(temporary, path)


def _memory_by_batch(points, contender):
    return {
        point["value"]: point["peak_memory_bytes"]
        for point in points
        if point["sweep"] == "batch"
        and point["contender"] == contender
        and not point.get("out_of_memory")
    }


def memory_growth(points):
    """Bytes that an added image costs, by contender.

    The slope between the smallest and the largest batch that fitted for
    every contender there is; empty if these are not two.
    """
    names = {point["contender"] for point in points}
    memory = {name: _memory_by_batch(points, name) for name in names}
    shared = set.intersection(*map(set, memory.values())) if memory else ()
    if len(shared) < 2:
        return {}
    small, large = min(shared), max(shared)
    return {
        name: (found[large] - found[small]) / (large - small)
        for name, found in memory.items()
    }


def described(point):
    """A point as one line for a person."""
    start = "{sweep} {value}, {contender}:".format(**point)
    if point.get("out_of_memory"):
        return f"{start} out of memory"
    parts = [f"{point['images_per_second']:.2f} img/s"]
    if "gflops_per_second" in point:
        parts.append(f"{point['gflops_per_image']:.1f} GFLOP/img")
        rate, share = point["gflops_per_second"], point["share_of_peak"]
        parts.append(f"{rate:.0f} GFLOP/s ({share:.0%} of peak)")
    parts.append(f"{point['peak_memory_bytes'] / 1e9:.2f} GB")
    return f"{start:30} {', '.join(parts)}"

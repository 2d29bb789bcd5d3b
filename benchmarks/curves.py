"""How a training step's cost grows as the work does.

    python benchmarks/curves.py --backend torch --json torch.json
    python benchmarks/curves.py --backend jax --json jax.json --only side,arch
    python benchmarks/curves.py --plot curves.png torch.json jax.json

Batch, number of views, side of the global views and architecture are varied
one by one around --arch, --batch, 224 pixels and 12 views. A point is a process
as in step.py; what it gave is printed, and kept in --json, at once. A sweep
ends at the first point that does not fit into memory. With --peer, what an
added image costs in memory is compared with what it costs there.
"""

from curve_arguments import read_arguments
from curve_points import described
from curve_points import keep_point
from curve_points import memory_growth
from curve_points import options_at
from step import Contender
from step import Ended
from steps.by_path import host_memory


def _measured(maker, options, arguments):
    """What one process gives: a dict for the point."""
    limit = int(0.9 * host_memory.available())
    try:
        contender = Contender(maker, {**options, "memory_limit": limit})
        try:
            for _ in range(arguments.rounds):
                contender.make(arguments.steps)
        finally:
            contender.end()
    except Ended as ended:
        if not ended.out_of_memory:
            raise
        return {"out_of_memory": True}
    peak = contender.start["matmul_flops"]
    found = contender.result(peak)
    found["peak_memory_bytes"] = contender.latest["peak_memory"]
    found["peak_gflops"] = round(peak / 1e9, 1)
    if "gflops_per_image" in found:
        needed = contender.start["flops_per_image"] / 1e9
        rate = needed * found["images_per_second"]
        found["gflops_per_second"] = round(rate, 1)
    return found


def _sweep(name, values, base, arguments, known):
    """Yields the points of a sweep; `known` holds what was measured."""
    makers = {"ours": "ours"}
    if arguments.peer and name == "batch":
        makers["peer"] = arguments.peer
    for value in values:
        options = options_at(name, value, base)
        for contender, maker in list(makers.items()):
            key = contender, *options.values()
            if key not in known:
                known[key] = _measured(maker, options, arguments)
            place = {"sweep": name, "value": value, "contender": contender}
            yield {**place, "options": options, **known[key]}
            if known[key].get("out_of_memory"):
                del makers[contender]  # more of it will not fit either


def measure(arguments):
    """Measures, prints and keeps every point; returns them."""
    base = {"backend": arguments.backend, "dtype": arguments.dtype}
    base |= {"arch": arguments.arch, "batch": arguments.batch}
    base |= {"global_size": 224, "local_crops": 10}
    points, known = [], {}
    for name, values in arguments.plan.items():
        for point in _sweep(name, values, base, arguments, known):
            print(described(point), flush=True)
            points.append(point)
            if arguments.json:
                keep_point(point, arguments.json)
    growth = memory_growth(points)
    for name, slope in sorted(growth.items()):
        print(f"memory of an added image, {name}: {slope / 1e6:.0f} MB")
    if growth.get("peer"):
        print(f"ours over peer: {growth['ours'] / growth['peer']:.2f}")
    return points


def main():
    arguments = read_arguments(__doc__)
    points = arguments.saved or measure(arguments)
    if arguments.plot:
        from curve_plot import draw

        draw(points, arguments.plot)


if __name__ == "__main__":
    main()

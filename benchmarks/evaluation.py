"""Evaluation against its peers, on the cores that there are.

    pip install faiss-cpu
    python benchmarks/evaluation.py [knn] [memory] [features] [sweep] [--json]

Without words all parts. Contenders take turns, and ratios are medians over
rounds, ours over the peer's: below 1 is faster.

  knn       10,000 queries on 100,000 x 384 features, votes of the 10, 20, 100
            and 200 nearest; the peer is faiss' IndexFlatIP and a vote of 200
            by NumPy
  memory    peak of a process that lets 1,000 queries search 1.28 million x 384
            features, over what it held when it had made them
  features  images a second of `Reader.class_tokens` on images in memory and on
            JPEG files, against the same compiled network on one ready batch
  sweep     forty linear heads against one (the official: class tokens of four
            blocks) on features read once, and with the reading of them
"""

import argparse
import importlib.metadata
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

ROUNDS = 5
PARTS = ("knn", "memory", "features", "sweep")


def seconds(work):
    """How long some work takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def in_turn(contenders, rounds=ROUNDS):
    """Seconds of each contender in each round, after one that warms up.

    Args:
        contenders: dict from a name to a function.
        rounds: how often each runs.

    Returns:
        Dict from each name to a list.
    """
    for work in contenders.values():
        work()
    times = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, work in contenders.items():
            times[name].append(seconds(work))
    return times


def ratio(times, ours, peer):
    """The median over rounds of ours over the peer's."""
    return statistics.median(
        mine / theirs for mine, theirs in zip(times[ours], times[peer])
    )


def groups(count, seed, width=384, classes=100):
    """Features that lie about the middles of classes, and the classes."""
    middles = np.random.default_rng(0).normal(size=(classes, width))
    random = np.random.default_rng(seed)
    labels = random.integers(0, classes, count)
    noise = random.normal(size=(count, width))
    return (middles[labels] + 1.5 * noise).astype("float32"), labels


def faiss_vote(bank, labels, queries, count=200, temperature=0.07):
    """Classes, best first, as a user of faiss would have them voted."""
    import faiss

    def unit(rows):
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    index = faiss.IndexFlatIP(bank.shape[1])
    index.add(unit(bank))
    similarity, rows = index.search(unit(queries), count)
    scores = np.zeros((len(queries), labels.max() + 1))
    places = np.arange(len(queries))[:, None], labels[rows]
    np.add.at(scores, places, np.exp(similarity / temperature))
    return np.argsort(-scores, axis=1, kind="stable")


def knn():
    """Seconds of the whole vote, ours and faiss'."""
    from keras_attmask.evaluation.knn import knn_rankings

    (bank, labels), (queries, _) = groups(100_000, 1), groups(10_000, 2)
    found = {}

    def ours():
        found["ours"] = knn_rankings(bank, labels, queries, (10, 20, 100, 200))

    def peer():
        found["faiss"] = faiss_vote(bank, labels, queries)

    times = in_turn({"ours": ours, "faiss": peer})
    same = found["ours"][-1][0][:, 0] == found["faiss"][:, 0]
    return {
        "ours_s": statistics.median(times["ours"]),
        "faiss_s": statistics.median(times["faiss"]),
        "ratio": ratio(times, "ours", "faiss"),
        "same_answers": float(same.mean()),
    }


_MEMORY = """
import json, resource, time
import numpy as np
from keras_attmask.evaluation.knn import knn_rankings
random = np.random.default_rng(0)
bank = np.empty((1_280_000, 384), "float32")
for start in range(0, len(bank), 10_000):
    bank[start : start + 10_000] = random.normal(size=(10_000, 384))
labels = random.integers(0, 1000, len(bank))
queries = random.normal(size=(1000, 384)).astype("float32")
knn_rankings(bank[:5000], labels[:5000], queries[:10], (20,))
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
before, begun = peak(), time.perf_counter()
knn_rankings(bank, labels, queries, (10, 20, 100, 200))
spent = time.perf_counter() - begun
print(json.dumps({"bank_gib": bank.nbytes / 2**30, "before_gib": before,
                  "peak_gib": peak(), "seconds": spent}))
"""


def memory():
    """What a search in ImageNet's training images holds at most."""
    done = subprocess.run(
        [sys.executable, "-c", _MEMORY],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def _network(side=224):
    from keras_attmask.models import VisionTransformer

    return VisionTransformer((side, side, 3), 16, 12, 6, 384)


def _photographs(folder, count, side=400):
    """JPEG files of smooth noise, about as large as photographs."""
    from PIL import Image

    random = np.random.default_rng(0)
    for number in range(count):
        small = random.integers(0, 256, (side // 16, side // 12, 3), "uint8")
        image = Image.fromarray(small).resize((side * 4 // 3, side))
        image.save(os.path.join(folder, f"{number:04}.jpg"), quality=90)


def features(count=64, batch_size=32):
    """Reading of features against the bare forward pass."""
    from keras_attmask.data import ArraySource
    from keras_attmask.data import open_source
    from keras_attmask.evaluation import ClassTokens
    from keras_attmask.evaluation import Reader

    reader = Reader(_network(), batch_size=batch_size)
    network = reader.asked(ClassTokens)
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (count, 256, 256, 3), "uint8")
    ready = np.asarray(reader.preprocessing(pixels[:batch_size]), "float32")

    def bare():
        for _ in range(count // batch_size):
            network.predict_on_batch(ready)

    with tempfile.TemporaryDirectory() as folder:
        _photographs(folder, count)
        files, memory_source = open_source(folder), ArraySource(pixels)
        times = in_turn(
            {
                "bare": bare,
                "memory": lambda: reader.class_tokens(memory_source),
                "files": lambda: reader.class_tokens(files),
            },
        )
    return {
        "bare_images_per_s": count / statistics.median(times["bare"]),
        "memory_ratio": ratio(times, "memory", "bare"),
        "files_ratio": ratio(times, "files", "bare"),
    }


def sweep(count=512, side=224):
    """Forty heads against one, on ViT-S/16."""
    from keras_attmask.data import ArraySource
    from keras_attmask.evaluation import Head
    from keras_attmask.evaluation import Reader
    from keras_attmask.evaluation import linear
    from keras_attmask.evaluation import sweep_heads

    random = np.random.default_rng(0)
    source = ArraySource(
        random.integers(0, 256, (count, side, side, 3), "uint8"),
        random.integers(0, 10, count),
    )
    asked = source.take(np.arange(count // 8))
    network = _network(side)

    class Kept(Reader):
        """Reads features of a question once."""

        held = {}

        def answers(self, kind, source, **settings):
            key = kind, tuple(settings.items())
            if key not in self.held:
                self.held[key] = super().answers(kind, source, **settings)
            return self.held[key]

    def heads(kind, settings):
        return lambda: linear(
            kind(network),
            (source, asked),
            heads=settings,
            augment=False,
            standardise=True,
        )

    one, forty = [Head(0.1, 4)], sweep_heads(12)
    read = {"one": heads(Reader, one), "forty": heads(Reader, forty)}
    kept = {"one": heads(Kept, one), "forty": heads(Kept, forty)}
    found = {}
    for name, contenders in (("with_reading", read), ("heads_alone", kept)):
        times = in_turn(contenders, 2)
        found[f"{name}_one_s"] = statistics.median(times["one"])
        found[f"{name}_ratio"] = ratio(times, "forty", "one")
    return found


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    arguments = parser.parse_args()
    for part in arguments.parts:
        if part not in PARTS:
            parser.error(f"PART: expected one of {PARTS}, got {part!r}")
    import keras

    work = {"knn": knn, "memory": memory, "features": features, "sweep": sweep}
    backend = keras.backend.backend()
    found = {"backend": backend, "cores": os.cpu_count()}
    found["version"] = importlib.metadata.version(backend)
    for part in arguments.parts or PARTS:
        found[part] = work[part]()
        if not arguments.json:
            for name, value in found[part].items():
                print(f"{part} {name}: {value:.4g}", flush=True)
    if arguments.json:
        print(json.dumps(found))


if __name__ == "__main__":
    main()

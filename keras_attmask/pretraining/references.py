"""k-NN before training: what the accuracy of a run is compared with."""

import json
import pathlib

from keras_attmask.data import Preprocessing
from keras_attmask.evaluation import knn_accuracy
from keras_attmask.evaluation import knn_classify
from keras_attmask.evaluation import raw_pixel_features
from keras_attmask.training.run_folder import write_json

_FILE = "references.json"


def measure(recipe, sources, online):
    """Accuracies by name: raw pixels, and the network as it is.

    Args:
        recipe: a `Recipe`.
        sources: `(bank, queries)`, or None, which leaves nothing to measure.
        online: `OnlineKNN` of the network.
    """
    if not sources:
        return {}
    begun = recipe.training.initial
    network = "initial weights" if begun else "random network"
    return {
        "raw pixels": _raw_pixel_knn(recipe, sources),
        network: online.measure()["knn"],
    }


def sentence(references):
    """They in a line for a person."""
    shown = ", ".join(
        f"{name} {100 * value:.1f} %" for name, value in references.items()
    )
    return f"k-NN before training: {shown}"


def write(references, folder):
    """Keeps them in a run folder."""
    write_json(references, pathlib.Path(folder) / _FILE)


def read(folder):
    """Those that an earlier run kept."""
    return json.loads((pathlib.Path(folder) / _FILE).read_text("utf-8"))


def _raw_pixel_knn(recipe, sources):
    part, channels = recipe.evaluation, recipe.data.channels
    size = recipe.views.global_size
    plain = Preprocessing(
        (size, size, channels),
        (0.0,) * channels,
        (1.0,) * channels,
        part.crop_ratio,
    )
    bank, queries = (raw_pixel_features(s, plain) for s in sources)
    ranking = knn_classify(
        bank,
        sources[0].labels,
        queries,
        part.num_neighbors,
        part.temperature,
    )
    return knn_accuracy(ranking, sources[1].labels)["knn"]

"""What is measured before training, to compare a run with."""

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
        sources: of `build.evaluation_sources`.
        online: `OnlineKNN` of the network; without a bank, the `Evaluate`
            of `unlabelled`.
    """
    if not sources:
        return {}
    begun = recipe.training.initial
    network = "initial weights" if begun else "random network"
    if len(sources) == 1:
        return {network: online.measure()["view_retrieval"]}
    return {
        "raw pixels": _raw_pixel_knn(recipe, sources),
        network: online.measure()["knn"],
    }


def sentence(references, score):
    """They in a line for a person.

    Args:
        references: of `measure`.
        score: "knn" or "view_retrieval".
    """
    shown = ", ".join(
        f"{name} {100 * value:.1f} %" for name, value in references.items()
    )
    name = {"knn": "k-NN", "view_retrieval": "view retrieval"}[score]
    return f"{name} before training: {shown}"


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

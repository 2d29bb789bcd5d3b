"""What a run leaves behind when it has been trained."""

import hashlib
import pathlib

from keras_attmask.export import export_keras
from keras_attmask.export import export_saved_model
from keras_attmask.models.backbone_of import backbone_of
from keras_attmask.pretraining.pictures import some_images
from keras_attmask.training.run_folder import versions
from keras_attmask.training.run_folder import write_json


def export(
    target,
    network,
    source,
    preprocessing,
    report,
    facts,
    signature="features",
):
    """Writes a network for other programs.

    Args:
        target: folder that gets `saved_model/`, a `.keras` file and
            `card.json`, which says what it is.
        network: a `VisionTransformer` (`backbone.keras`) or a `Classifier`
            (`classifier.keras`).
        source: images, of which some are compared.
        preprocessing: see `data.Preprocessing`.
        report: called with a line of text.
        facts: dict of what is said of the network: of what recipe it is, and
            how good.
        signature: the default one, see `export_saved_model`.

    Returns:
        Path of the SavedModel.
    """
    place = pathlib.Path(target) / "saved_model"
    images = some_images(source, preprocessing)
    difference = export_saved_model(
        network, preprocessing, place, images, signature=signature
    )
    is_bare = backbone_of(network) is network
    name = f"{'backbone' if is_bare else 'classifier'}.keras"
    export_keras(network, place.with_name(name))
    _write_card(place.with_name("card.json"), facts, place.with_name(name))
    report(
        f"exported {place} and {name}; in a fresh TensorFlow process "
        f"the largest difference is {difference:.1e}"
    )
    return str(place)


def _write_card(path, facts, file):
    """Says what a file is, and by what it is known again."""
    with open(file, "rb") as opened:
        checksum = hashlib.file_digest(opened, "sha256").hexdigest()
    card = {
        **facts,
        "git_commit": versions()["git_commit"],
        "file": file.name,
        "sha256": checksum,
        "bytes": file.stat().st_size,
    }
    write_json(card, path)

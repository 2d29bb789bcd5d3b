"""What a run leaves behind when it has been trained."""

import pathlib

from keras_attmask.export import export_keras
from keras_attmask.export import export_saved_model
from keras_attmask.models.backbone_of import backbone_of
from keras_attmask.pretraining.pictures import some_images


def export(
    target, network, source, preprocessing, report, signature="features"
):
    """Writes a network for other programs.

    Args:
        target: folder that gets `saved_model/` and a `.keras` file.
        network: a `VisionTransformer` (`backbone.keras`) or a `Classifier`
            (`classifier.keras`).
        source: images, of which some are compared.
        preprocessing: see `data.Preprocessing`.
        report: called with a line of text.
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
    report(
        f"exported {place} and {name}; in a fresh TensorFlow process "
        f"the largest difference is {difference:.1e}"
    )
    return str(place)

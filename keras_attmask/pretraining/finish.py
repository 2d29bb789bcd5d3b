"""What a run leaves behind when it has been trained."""

import pathlib

from keras_attmask.export import export_keras
from keras_attmask.export import export_saved_model
from keras_attmask.pretraining.pictures import some_images


def export(target, teacher, source, preprocessing, report):
    """Writes the teacher's backbone for other programs.

    Args:
        target: folder that gets `saved_model/` and `backbone.keras`.
        teacher: a `VisionTransformer`.
        source: images, of which some are compared.
        preprocessing: see `data.Preprocessing`.
        report: called with a line of text.

    Returns:
        Path of the SavedModel.
    """
    place = pathlib.Path(target) / "saved_model"
    images = some_images(source, preprocessing)
    difference = export_saved_model(teacher, preprocessing, place, images)
    export_keras(teacher, place.with_name("backbone.keras"))
    report(
        f"exported {place} and backbone.keras; in a fresh TensorFlow process "
        f"the largest difference is {difference:.1e}"
    )
    return str(place)

"""A backbone as one `.keras` file."""

import os
import tempfile

from keras_attmask.export.place import check_file
from keras_attmask.export.place import make_parent


def export_keras(backbone, target):
    """Saves a backbone so that `keras.models.load_model` reads it.

    Any backend reads the file; `keras_attmask` must be imported before.

    Args:
        backbone: `VisionTransformer`.
        target: path that ends in `.keras`; replaced as a whole at the end.

    Raises:
        InputError: another ending, or a folder that cannot be written.
    """
    target = check_file(target, ".keras")
    # Keras goes by the file's ending, so the temporary thing is a folder.
    with tempfile.TemporaryDirectory(
        prefix=".keras_attmask_", dir=make_parent(target)
    ) as work:
        written = os.path.join(work, "backbone.keras")
        backbone.save(written)
        os.replace(written, target)

"""A backbone with its head as a folder laid out as KerasHub's tasks are.

Beside the files of the backbone's preset, `task.json` says how to make the
whole and `task.weights.h5` holds the weights of the head.
"""

import pathlib

from keras_attmask.models.preset_reader import read_task
from keras_attmask.models.preset_writer import preprocessing_for
from keras_attmask.models.preset_writer import write_preset


class TaskPreset:
    """What a `Classifier` needs to be kept as a preset."""

    def save_to_preset(self, folder, preprocessing=None):
        """Writes backbone and head to a folder of its own.

        The folder is a preset of the backbone too.

        Args:
            folder: path that is new, an empty folder or an earlier preset,
                which is replaced as a whole at the end.
            preprocessing: `data.Preprocessing` of its images; None means
                ImageNet's mean and deviation, for three channels only.

        Raises:
            InputError: for somebody's folder, one that cannot be written,
                or images that None does not tell enough about.
        """
        preprocessing = preprocessing_for(self.image_shape, preprocessing)
        folder = pathlib.Path(folder).absolute()
        write_preset(self.backbone, preprocessing, folder, self)

    @classmethod
    def from_preset(cls, folder):
        """Backbone and head in a folder that `save_to_preset` wrote.

        Args:
            folder: path of it.

        Returns:
            One of the same settings, dtype policy and weights.

        Raises:
            InputError: for a folder that is none, or is broken.
        """
        return read_task(folder, "folder")

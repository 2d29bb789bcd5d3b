"""A backbone as a folder laid out as those of KerasHub are.

`config.json` and `preprocessor.json` say how to make the backbone and the
preprocessing of its images, `model.weights.h5` holds the weights and
`metadata.json` what a reader may want to know. KerasHub is not needed.
"""

import pathlib

from keras_attmask.models.preset_reader import read_preprocessing
from keras_attmask.models.preset_reader import read_preset
from keras_attmask.models.preset_writer import preprocessing_for
from keras_attmask.models.preset_writer import write_preset


class Preset:
    """What a `VisionTransformer` needs to be kept as a preset."""

    def save_to_preset(self, folder, preprocessing=None):
        """Writes the backbone to a folder of its own.

        Args:
            folder: path that is new, an empty folder or an earlier preset,
                which is replaced as a whole at the end.
            preprocessing: `data.Preprocessing` of its images; None means
                ImageNet's mean and deviation, for three channels only.

        Raises:
            InputError: for somebody's folder, one that cannot be written,
                or images that None does not tell enough about.

        Example:
            >>> backbone.save_to_preset("presets/mine")
            >>> twin = VisionTransformer.from_preset("presets/mine")
        """
        preprocessing = preprocessing_for(self.image_shape, preprocessing)
        write_preset(self, preprocessing, pathlib.Path(folder).absolute())

    @classmethod
    def from_preset(cls, folder):
        """The backbone in a folder that `save_to_preset` wrote.

        Args:
            folder: path of it.

        Returns:
            A backbone of the same settings, dtype policy and weights, whose
            `preprocessing` is the one that was saved with it.

        Raises:
            InputError: for a folder that is none, or is broken.
        """
        backbone = read_preset(folder, "folder")
        backbone.preprocessing = read_preprocessing(folder, "folder")
        return backbone

"""A backbone as one verified file that answers one signature."""

import dataclasses
import json
import os

from keras_attmask.export.place import check_file
from keras_attmask.export.signatures import check_signature
from keras_attmask.export.under_tensorflow import call_under_tensorflow
from keras_attmask.export.under_tensorflow import write_json
from keras_attmask.export.verified import Form
from keras_attmask.export.verified import verified


@dataclasses.dataclass(frozen=True)
class OneFile:
    """A form that is one file, with `target` + ".json" beside it.

    Attributes:
        name: see `verified.Form`.
        ending: of the file's name.
        packages: see `verified.Form`.
        writer: makes a folder with `backbone` + `ending` in it, given the
            paths of a `.keras` file, of a `Preprocessing` config and of the
            folder, and what `Form.signatures` holds, as JSON. Called in a
            process of its own.
        floats_only: see `verified.Form`.
    """

    name: str
    ending: str
    packages: tuple
    writer: callable
    floats_only: bool = False

    def export(
        self, backbone, preprocessing, target, signature, images, tolerance
    ):
        """Writes the file, and beside it what was measured.

        Args:
            backbone: `VisionTransformer`, or a model that stands on one; it
                is not changed.
            preprocessing: `data.preprocessing.Preprocessing`.
            target: path of the file; replaced as a whole at the end.
            signature: one that the network answers.
            images: see `verified`.
            tolerance: greatest absolute difference that passes.

        Returns:
            The greatest absolute difference over all outputs.

        Raises:
            InputError: an argument that cannot be used, or a missing package.
            ExportError: a child process failed, or the difference is too
                great; nothing is left behind.
        """
        target = check_file(target, self.ending)
        record_file = check_file(target + ".json", ".json")
        form = self._answering(signature, backbone)
        with verified(
            form, backbone, preprocessing, target, images, tolerance
        ) as (folder, work, record):
            written = os.path.join(work, "export.json")
            write_json(record, written)
            os.replace(written, record_file)
            os.replace(os.path.join(folder, f"backbone{self.ending}"), target)
        return record["max_difference"]

    def _answering(self, signature, backbone):
        signatures = {signature: check_signature(signature, backbone)}

        def write(*paths):
            call_under_tensorflow(self.writer, *paths, json.dumps(signatures))

        return Form(
            self.name, signatures, self.packages, write, self.floats_only
        )

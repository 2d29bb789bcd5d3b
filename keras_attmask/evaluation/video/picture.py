"""Films with what was found on them, to be looked at."""

import numpy as np

from keras_attmask.data.image_files import decode_image
from keras_attmask.data.image_files import read_file
from keras_attmask.evaluation.video.label_maps import resized_mask
from keras_attmask.evaluation.video.metrics import boundary
from keras_attmask.visualize.sheet import INK
from keras_attmask.visualize.sheet import as_written
from keras_attmask.visualize.sheet import save_figure

_COLUMNS = 5
_ROWS = 10
_HEIGHT = 240  # pixels of a frame on the sheet
_COLOUR = 0.55  # share of an object's colour


def overlaid(frame, mask, palette):
    """A frame, objects in their colours with a line around.

    Args:
        frame: uint8 `(h, w, 3)`.
        mask: numbers of objects, uint8 `(h, w)`.
        palette: uint8 `(256, 3)`.

    Returns:
        uint8 `(h, w, 3)`.
    """
    colours = palette[mask].astype("float32")
    mixed = frame + _COLOUR * (colours - frame)
    seen = np.where(mask[..., None] > 0, mixed, frame)
    edges = np.zeros(mask.shape, bool)
    for number in np.unique(mask[mask > 0]):
        edges |= boundary(mask == number)
    seen[edges] = 255
    return seen.round().astype("uint8")


def _small(path, mask, palette):
    """A frame with its mask, at the height of the sheet's."""
    width = max(1, round(mask.shape[1] * _HEIGHT / mask.shape[0]))
    frame = decode_image(read_file(path), path)
    frame = np.asarray(frame.resize((width, _HEIGHT)))
    return overlaid(frame, resized_mask(mask, (_HEIGHT, width)), palette)


class FilmSheet:
    """The first few films, some frames of each from first to last."""

    def __init__(self):
        self._rows = []

    def watch(self, sequence, masks, palette):
        """Passes masks on, and keeps those that the sheet shows.

        Args:
            sequence: `data.layouts.davis.Sequence`.
            masks: iterator of uint8 `(h, w)`, one a frame.
            palette: uint8 `(256, 3)`.

        Yields:
            The masks.
        """
        last = len(sequence) - 1
        chosen = {round(last * c / (_COLUMNS - 1)) for c in range(_COLUMNS)}
        row = []
        for index, mask in enumerate(masks):
            if index in chosen and len(self._rows) < _ROWS:
                path = sequence.frames[index]
                row.append((index, _small(path, mask, palette)))
            yield mask
        if row:
            self._rows.append((sequence.name, row))

    def save(self, target, marks):
        """Writes the sheet.

        Args:
            target: path of the PNG file.
            marks: dict from a film's name to its J&F, from 0 to 1.
        """
        from matplotlib.figure import Figure

        figure = Figure(
            (2.2 * _COLUMNS, 1.5 * len(self._rows) + 0.1), layout="constrained"
        )
        figure.get_layout_engine().set(
            w_pad=0.02, h_pad=0.02, wspace=0.0, hspace=0.0
        )
        axes = figure.subplots(len(self._rows), _COLUMNS, squeeze=False)
        for line, (name, row) in zip(axes, self._rows):
            for axis in line:
                axis.set_axis_off()
            for axis, (index, picture) in zip(line, row):
                axis.imshow(picture)
                axis.set_title(
                    f"frame {index}", fontsize=7, color=INK, loc="left", pad=2
                )
            line[0].set_title(
                f"{as_written(name)}, J&F {100 * marks[name]:.1f} %",
                fontsize=7,
                color=INK,
                loc="left",
                pad=2,
                weight="bold",
            )
        save_figure(figure, target)

"""Names the images that could not be read."""

import pathlib

import keras
from rich.console import Console

_SHOWN = 5


class UnreadableReport(keras.callbacks.Callback):
    """Says at the end of an epoch which images could not be read.

    A few are named on the screen, all of them in `unreadable.txt` in the run
    folder, one a line.

    Args:
        unreadable: a `data.Unreadable`.
        folder: the run folder.
        console: where to print; standard error by default.
    """

    def __init__(self, unreadable, folder, console=None):
        super().__init__()
        self.unreadable = unreadable
        self.file = pathlib.Path(folder) / "unreadable.txt"
        self.console = console or Console(stderr=True, highlight=False)
        self._told = 0

    def on_epoch_end(self, epoch, logs=None):
        reasons = list(self.unreadable.reasons.values())
        new, self._told = reasons[self._told :], len(reasons)
        if not new:
            return
        with open(self.file, "a", encoding="utf-8") as file:
            file.writelines(f"{reason}\n" for reason in new)
        lines = [f"{len(new)} unreadable, others stand in: {new[0]}"]
        lines += [f"  {reason}" for reason in new[1:_SHOWN]]
        if len(new) > _SHOWN:
            lines.append(f"  and more, all in {self.file}")
        for line in lines:
            self.console.print(line, markup=False, soft_wrap=True)

"""What linear heads reached, drawn."""

from keras_attmask.visualize.sheet import COLOURS
from keras_attmask.visualize.sheet import INK
from keras_attmask.visualize.sheet import quiet_axis
from keras_attmask.visualize.sheet import save_figure


def draw_heads(heads, accuracy, target):
    """Accuracy over epochs of one head, over learning rates of several.

    Args:
        heads: list of `Head`.
        accuracy: of `training.Course`, `(epochs, heads, 2)`.
        target: path of the PNG file.

    Raises:
        InputError: the file cannot be written there.
    """
    from matplotlib.figure import Figure

    figure = Figure((6.4, 3.8), layout="constrained")
    axis = figure.subplots()
    if len(heads) == 1:
        _over_epochs(axis, accuracy[:, 0])
    else:
        _over_rates(axis, heads, accuracy[-1, :, 0])
    axis.legend(frameon=False, fontsize=8, labelcolor=INK)
    save_figure(figure, target)


def _over_epochs(axis, accuracy):
    epochs = range(1, len(accuracy) + 1)
    for column, label in enumerate(("first", "among five")):
        axis.plot(
            epochs,
            100 * accuracy[:, column],
            color=COLOURS[column],
            lw=1.6,
            marker="o" if len(epochs) < 2 else "",
            label=label,
        )
    quiet_axis(axis, "Linear head: accuracy on test images, %", "epoch")


def _over_rates(axis, heads, last):
    for number, kind in enumerate(dict.fromkeys(head.kind for head in heads)):
        members = [i for i, head in enumerate(heads) if head.kind == kind]
        members.sort(key=lambda i: heads[i].learning_rate)
        blocks, pooling = kind
        axis.plot(
            [heads[i].learning_rate for i in members],
            100 * last[members],
            "o-",
            color=COLOURS[number % len(COLOURS)],
            lw=1.6,
            ms=4,
            label=f"{blocks} block{'s' * (blocks > 1)}, {pooling}",
        )
    axis.set_xscale("log")
    title = "Linear heads: accuracy after the last epoch, %"
    quiet_axis(axis, title, "learning rate for 256 images")

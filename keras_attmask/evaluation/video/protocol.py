"""Objects followed through films by patch tokens alone, on DAVIS 2017.

Nothing is trained: the masks of a film's first frame are carried from frame
to frame by the likeness of patches, see `propagation`, and compared with the
true ones by region (J) and boundary (F).
"""

import csv
import os

import numpy as np

from keras_attmask.atomic import whole
from keras_attmask.data.layouts.davis import open_davis
from keras_attmask.data.layouts.indexed_png import write_indexed
from keras_attmask.evaluation.reader import Reader
from keras_attmask.evaluation.record import recorded
from keras_attmask.evaluation.video.film import film_scores
from keras_attmask.evaluation.video.film import found_masks
from keras_attmask.evaluation.video.metrics import statistics
from keras_attmask.evaluation.video.picture import FilmSheet
from keras_attmask.evaluation.video.propagation import Propagation


def _written(masks, sequence, palette, output):
    """Passes masks on, each written as the official evaluation reads it."""
    for path, mask in zip(sequence.frames, masks):
        name = f"{os.path.splitext(os.path.basename(path))[0]}.png"
        target = os.path.join(output, sequence.name, name)
        write_indexed(target, mask, palette)
        yield mask


def _summary(scores):
    """The means over objects, of all films together."""
    found = np.array(
        [
            [statistics(of_object[:, measure]) for measure in (0, 1)]
            for of_film in scores.values()
            for of_object in of_film
        ]
    )  # (objects, J and F, mean and recall and decay)
    means = found.mean(axis=0)
    named = {"j_and_f": float(means[:, 0].mean())}
    for measure, values in zip("jf", means):
        for suffix, value in zip(("", "_recall", "_decay"), values):
            named[f"{measure}{suffix}"] = float(value)
    return {**named, "objects": len(found)}


def _write_objects(scores, numbers, output):
    """A table of all objects."""
    with whole(os.path.join(output, "video_objects.csv")) as path:
        with open(path, "w", encoding="utf-8", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(("sequence", "object", "j", "f"))
            for name, of_film in scores.items():
                for number, of_object in zip(numbers[name], of_film):
                    marks = [f"{mark:.4f}" for mark in of_object.mean(axis=0)]
                    table.writerow((name, number, *marks))


def video(
    backbone,
    data,
    preprocessing=None,
    split="val",
    size=480,
    num_neighbors=5,
    radius=12,
    context=7,
    temperature=0.1,
    batch_size=256,
    limit=None,
    output=None,
):
    """Semi-supervised segmentation of films by propagated labels.

    Frames are squeezed as a whole to `size` pixels at the shorter side and a
    multiple of 64 at the other, and fitted to the backbone's patches. The
    objects are those of the first frame. Memory holds the patch tokens of
    `context` + 2 frames and of one step.

    Args:
        backbone: `VisionTransformer`, or a `Reader` of one.
        data: folder of DAVIS 2017, see `data.layouts.davis`.
        preprocessing: `data.Preprocessing`, see `Reader`; its mean and
            deviation count, its size and cut do not.
        split: name of a list of films in ImageSets/2017.
        size: pixels of the shorter side.
        num_neighbors: patches that a patch takes its labels of.
        radius: patches up to which others are looked at; 0 looks at all.
        context: earlier frames that are looked at, beside the first.
        temperature: T of a neighbour's weight exp(cosine / T).
        batch_size: images of the backbone's own size a step; of frames, as
            many as have no more attention than these.
        limit: use that many films, the first; None uses all.
        output: folder for the masks, `FILM/00000.png` and so on as the
            official evaluation reads them, `video.json`, the table
            `video_objects.csv` and the picture `video.png`; None writes
            nothing.

    Returns:
        A dict of "j_and_f", the mean of "j" and "f": region similarity and
        boundary measure, means over frames (all but a film's first and
        last), then over objects; "j_recall" and "f_recall", the share of
        frames above one half; "j_decay" and "f_decay", by how much the last
        quarter is worse than the first, from -1 to 1; "objects", how many
        there are.

    Raises:
        InputError: films or settings that cannot be used.

    Example:
        scores = video(backbone, "DAVIS", limit=2, output="results")
    """
    rule = Propagation(num_neighbors, radius, context, temperature)
    reader = Reader.of(backbone, preprocessing, batch_size)
    films = open_davis(data, split, limit)
    given = [film.first() for film in films]  # all, before any work is done
    scores, sheet = {}, FilmSheet()
    for film, (_, _, palette) in zip(films, given):
        masks = found_masks(reader, film, size, rule)
        if output:
            masks = _written(masks, film, palette, output)
            masks = sheet.watch(film, masks, palette)
        scores[film.name] = film_scores(film, masks)
    if output:
        numbers = {f.name: objects for f, (_, objects, _) in zip(films, given)}
        _write_objects(scores, numbers, output)
        marks = {name: found.mean() for name, found in scores.items()}
        sheet.save(os.path.join(output, "video.png"), marks)
    return recorded(_summary(scores), output, "video")

import dataclasses
import subprocess
import sys

import numpy as np
import pytest
from cut_alone import cut_alone
from once import once
from PIL import Image

from keras_attmask import counter_random
from keras_attmask.data.host_views import host_views
from keras_attmask.data.order import BatchOrder
from keras_attmask.data.photo_views import PhotoViews
from keras_attmask.data.source_types import ArraySource
from keras_attmask.data.source_types import EncodedSource
from keras_attmask.data.sources import open_source
from keras_attmask.data.unreadable import Unreadable
from keras_attmask.view_law import ViewLaw

tf = pytest.importorskip("tensorflow")

LAW = ViewLaw(local_crops=3, global_size=16, local_size=8)


@pytest.fixture
def photos(tmp_path):
    """Seven photographs of different sizes, kinds and modes."""
    generator = np.random.default_rng(0)
    for number, suffix in enumerate(["png", "jpg", "bmp", "gif"] * 2):
        size = generator.integers(12, 40, 2)
        image = generator.integers(0, 256, (*size, 3), "uint8")
        mode = "L" if number == 5 else "RGB"
        picture = Image.fromarray(image).convert(mode)
        picture.save(tmp_path / f"{number}.{suffix}")
    (tmp_path / "7.gif").unlink()
    return tmp_path


def batches(source, law=LAW, **options):
    arguments = {"batch_size": 3, "seed": 4, "epochs": 2, **options}
    return list(host_views(source, law, **arguments).as_numpy_iterator())


def test_shapes_order_and_length(photos):
    source = open_source(photos)
    dataset = host_views(source, LAW, batch_size=3, seed=4, epochs=2)
    shapes = {name: s.shape for name, s in dataset.element_spec.items()}
    assert shapes == {
        "global_views": (3, 2, 16, 16, 3),
        "local_views": (3, 3, 8, 8, 3),
        "index": (3,),
    }
    order = BatchOrder(7, 3, 4)
    found = [b["index"].tolist() for b in dataset.as_numpy_iterator()]
    assert len(dataset) == len(found) == 4
    assert found == [
        order.indices(e, s).tolist() for e in (0, 1) for s in (0, 1)
    ]


def test_the_same_seed_gives_the_same_views_from_any_epoch_on(photos):
    source = open_source(photos)
    first, again = batches(source), batches(source, start_epoch=1)
    assert len(again) == 2
    for one, two in zip(first[2:], again):
        for name in one:
            np.testing.assert_array_equal(one[name], two[name])
    other = batches(source, seed=5)
    assert (first[0]["global_views"] != other[0]["global_views"]).any()


def test_views_of_an_image_differ_among_themselves_and_epochs(photos):
    source = open_source(photos).take(np.array([0]))
    first, second = batches(source, batch_size=1)
    views = [*first["global_views"][0], *second["global_views"][0]]
    for number, view in enumerate(views):
        assert all((view != other).any() for other in views[:number])


def test_one_channel_and_no_local_views(photos):
    law = dataclasses.replace(LAW, local_crops=0)
    batch = batches(open_source(photos), law, channels=1)[0]
    assert batch.keys() == {"global_views", "index"}
    assert batch["global_views"].shape == (3, 2, 16, 16, 1)


def test_bytes_and_arrays_give_the_views_of_files(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (3, 9, 9, 3), "uint8")
    for number, image in enumerate(images):
        Image.fromarray(image).save(tmp_path / f"{number}.png")
    files = open_source(tmp_path)
    encoded = EncodedSource([open(p, "rb").read() for p in files.paths])
    wanted = batches(files)[1]["local_views"]
    for source in [encoded, ArraySource(images)]:
        found = batches(source)[1]["local_views"]
        np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("probability", [0.0, 1.0])
def test_flips_follow_their_probability(probability):
    images = np.random.default_rng(0).integers(0, 256, (3, 9, 9, 3), "uint8")
    law = dataclasses.replace(
        LAW,
        global_scale=(1.0, 1.0),
        global_size=9,
        flip_probability=probability,
    )
    batch = batches(ArraySource(images), law)[0]
    for index, views in zip(batch["index"], batch["global_views"]):
        image = images[index][:, ::-1] if probability else images[index]
        for view in views:
            np.testing.assert_array_equal(view, image)


@pytest.mark.parametrize("batch_size", [1, 7, 32, 34])
def test_parts_of_a_batch_keep_their_order(batch_size):
    """Threads read up to 16 images at a time, in equal parts."""
    generator = np.random.default_rng(0)
    source = ArraySource(generator.integers(0, 256, (34, 9, 9, 3), "uint8"))
    (batch, *_) = batches(source, batch_size=batch_size, epochs=1)
    order = BatchOrder(34, batch_size, 4)
    assert batch["index"].tolist() == order.indices(0, 0).tolist()
    read = PhotoViews(source, LAW, 4)
    for row, index in enumerate(batch["index"]):
        for name, views in zip(LAW.kinds, read(0, [index])):
            found = batch[f"{name}_views"][row]
            np.testing.assert_array_equal(found, views[0])


def test_views_are_those_of_their_own_keys_and_law(photos):
    """All are drawn together, and yet each as if alone."""
    source = open_source(photos)
    batch = batches(source, batch_size=7, epochs=1)[0]
    for row, index in enumerate(batch["index"]):
        image = source.open(int(index))
        key = counter_random.fold_in(4, 0, np)  # seed and epoch
        key = counter_random.fold_in(key, np.array([index]), np)
        for name, kind in LAW.kinds.items():
            numbers = np.arange(kind.first, kind.first + kind.count)
            keys = counter_random.fold_in(key, numbers, np)
            wanted = cut_alone(image, keys, kind.size, kind.scale)
            np.testing.assert_array_equal(batch[f"{name}_views"][row], wanted)


def test_a_run_may_begin_at_any_step(photos):
    source = open_source(photos)
    every = batches(source, epochs=3)
    for start in range(6):
        epoch, step = divmod(start, 2)
        found = batches(source, epochs=3, start_epoch=epoch, start_step=step)
        assert len(found) == 6 - start
        for one, two in zip(every[start:], found):
            for name in one:
                np.testing.assert_array_equal(one[name], two[name])


def test_processes_give_the_batches_of_threads(photos):
    source = open_source(photos)
    for one, two in zip(batches(source), batches(source, processes=2)):
        for name in one:
            np.testing.assert_array_equal(one[name], two[name])


def test_hosts_share_a_batch_without_overlap(photos):
    source = open_source(photos)
    whole = batches(source, batch_size=6)
    parts = [batches(source, batch_size=6, share=(n, 3)) for n in range(3)]
    for batch, *shares in zip(whole, *parts):
        for name in batch:
            joined = np.concatenate([share[name] for share in shares])
            np.testing.assert_array_equal(batch[name], joined)


def test_the_next_image_stands_in_for_one_that_cannot_be_read(photos):
    (photos / "3.gif").write_bytes(b"no picture")
    source = open_source(photos)
    unreadable = Unreadable(limit=0.5)
    found = batches(source, batch_size=7, unreadable=unreadable)
    assert list(unreadable.reasons) == [3]
    assert str(photos / "3.gif") in unreadable.reasons[3]
    # The place of the image that was read: its labels count.
    assert sorted(found[0]["index"]) == [0, 1, 2, 4, 4, 5, 6]
    again = batches(source, batch_size=7)  # nobody takes notes, same views
    for one, two in zip(found, again):
        for name in one:
            np.testing.assert_array_equal(one[name], two[name])


@pytest.mark.parametrize("limit", [0.0, 0.2])
def test_too_many_unreadable_files_stop_the_run(photos, limit):
    for name in ("3.gif", "4.png"):
        (photos / name).write_bytes(b"no picture")
    unreadable = Unreadable(limit)
    message = "data: expected at most .* unreadable images, got .*(3.gif|4.png)"
    with pytest.raises(tf.errors.OpError, match=message):
        batches(open_source(photos), batch_size=7, unreadable=unreadable)


@once("it is about tf.data")
def test_python_exits_beside_a_living_iterator():
    """Its threads wait for Python, which waited for them for ever."""
    code = """if True:
        import numpy as np
        from keras_attmask.data import ArraySource, host_views
        from keras_attmask.view_law import ViewLaw
        source = ArraySource(np.zeros((64, 40, 40, 3), "uint8"))
        iterator = iter(
            host_views(source, ViewLaw(), batch_size=16, seed=0, epochs=50)
        )
        next(iterator)
    """
    subprocess.run([sys.executable, "-c", code], timeout=120, check=True)

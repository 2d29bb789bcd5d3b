import os
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from keras_attmask.data import ArraySource
from keras_attmask.data import EncodedSource
from keras_attmask.data import Preprocessing
from keras_attmask.data import open_source
from keras_attmask.data.source_types import FileSource
from keras_attmask.errors import InputError
from keras_attmask.evaluation import ClassTokens
from keras_attmask.evaluation import FeatureCache
from keras_attmask.evaluation import PatchTokens
from keras_attmask.evaluation import Reader
from keras_attmask.evaluation.block_vectors import BlockVectors
from keras_attmask.evaluation.digests import digest_of_source
from keras_attmask.models import VisionTransformer

PREPROCESSING = Preprocessing((8, 8, 1), (0.5,), (0.25,))


def backbone(**settings):
    return VisionTransformer((8, 8, 1), 4, 2, 2, 16, **settings)


def pixels():
    return np.random.default_rng(0).integers(0, 256, (5, 8, 8, 1), "uint8")


@pytest.fixture
def reader(tmp_path):
    cache = FeatureCache(tmp_path / "features")
    return Reader(backbone(), PREPROCESSING, 2, cache)


def kept(reader):
    if not os.path.isdir(reader.cache.folder):
        return []
    return sorted(os.listdir(reader.cache.folder))


def spoil(reader):
    """Makes all that was kept recognisable."""
    for name in kept(reader):
        path = os.path.join(reader.cache.folder, name)
        np.save(path, np.full_like(np.load(path), 7))


def is_spoilt(answers):
    return (answers == 7).all()


def files(folder, count=3):
    for number, image in enumerate(pixels()[:count, :, :, 0]):
        Image.fromarray(image).save(folder / f"{number}.bmp")
    return open_source(folder)


def test_what_was_read_is_read_again_from_disk(reader):
    source = ArraySource(pixels())
    first = reader.class_tokens(source)
    plain = Reader(reader.backbone, PREPROCESSING, 2).class_tokens(source)
    assert (first == plain).all() and len(kept(reader)) == 1
    spoil(reader)
    assert is_spoilt(reader.class_tokens(ArraySource(pixels())))
    other = Reader(reader.backbone, PREPROCESSING, 5, reader.cache)
    assert is_spoilt(other.class_tokens(source))


def test_what_is_written_to_answers_does_not_reach_the_disk(reader):
    source = ArraySource(pixels())
    reader.class_tokens(source)[:] = 3
    assert not (reader.class_tokens(source) == 3).any()


def test_labels_are_not_part_of_it(reader):
    reader.class_tokens(ArraySource(pixels(), np.arange(5)))
    spoil(reader)
    assert is_spoilt(reader.class_tokens(ArraySource(pixels())))


def test_changed_weights_are_read_anew(reader):
    source = ArraySource(pixels())
    reader.class_tokens(source)
    spoil(reader)
    for variable in (reader.backbone.norm.beta, reader.backbone.weights[0]):
        values = np.array(variable)
        values.flat[0] += 1e-3
        variable.assign(values)
        found = reader.class_tokens(source)
        plain = Reader(reader.backbone, PREPROCESSING, 2).class_tokens(source)
        assert (found == plain).all()
    assert len(kept(reader)) == 3


def test_changed_images_are_read_anew(reader):
    images = pixels()
    reader.class_tokens(ArraySource(images))
    spoil(reader)
    for changed in (images ^ np.uint8(1), images[::-1].copy(), images[:4]):
        assert not is_spoilt(reader.class_tokens(ArraySource(changed)))


def test_another_question_is_another_file(reader):
    source = ArraySource(pixels())
    reader.class_tokens(source)
    spoil(reader)
    assert not is_spoilt(reader.answers(PatchTokens, source))
    for blocks in (1, 2):
        found = reader.answers(BlockVectors, source, num_blocks=blocks)
        assert found.shape == (5, 16 * blocks) and not is_spoilt(found)
    other = Preprocessing((8, 8, 1), (0.4,), (0.25,))
    other = Reader(reader.backbone, other, 2, reader.cache)
    assert not is_spoilt(other.class_tokens(source))


def test_other_types_and_settings_are_other_networks(reader):
    source = ArraySource(pixels())
    reader.class_tokens(source)
    spoil(reader)
    for settings in ({"dtype": "bfloat16"}, {"norm_epsilon": 1e-3}):
        twin = backbone(**settings)
        twin.set_weights(reader.backbone.get_weights())
        twin = Reader(twin, PREPROCESSING, 2, reader.cache)
        assert not is_spoilt(twin.class_tokens(source))


def test_a_file_that_changed_under_its_old_name_size_and_date(reader, tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    reader.class_tokens(files(folder))
    spoil(reader)
    assert is_spoilt(reader.class_tokens(open_source(folder)))
    path = folder / "1.bmp"
    before = path.stat()
    data = bytearray(path.read_bytes())
    data[-1] ^= 255
    path.write_bytes(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert not is_spoilt(reader.class_tokens(open_source(folder)))


def test_encoded_images_are_known_by_their_bytes(reader, tmp_path):
    files(tmp_path)
    buffers = [(tmp_path / f"{n}.bmp").read_bytes() for n in range(3)]
    reader.class_tokens(EncodedSource(buffers))
    spoil(reader)
    assert is_spoilt(reader.class_tokens(EncodedSource(buffers)))
    turned = EncodedSource(buffers[::-1])
    assert not is_spoilt(reader.class_tokens(turned))


def test_a_torn_file_is_read_anew(reader):
    source = ArraySource(pixels())
    first = np.array(reader.class_tokens(source))
    path = os.path.join(reader.cache.folder, kept(reader)[0])
    for size in (0, 100, os.path.getsize(path) - 1):
        with open(path, "r+b") as file:
            file.truncate(size)
        assert (reader.class_tokens(source) == first).all()


def test_nothing_is_kept_of_what_nobody_can_know(reader):
    class Own(VisionTransformer):
        pass

    class Mirrored(ArraySource):
        pass

    source = ArraySource(pixels())
    own = Reader(Own((8, 8, 1), 4, 2, 2, 16), PREPROCESSING, 2, reader.cache)
    assert own.class_tokens(source).shape == (5, 16)
    assert reader.class_tokens(Mirrored(pixels())).shape == (5, 16)
    assert kept(reader) == []
    assert reader.cache.path(own, ClassTokens, {}, source) is None


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    cache = FeatureCache(tmp_path / "file" / "features")
    reader = Reader(backbone(), PREPROCESSING, 2, cache)
    with pytest.raises(InputError, match="expected a folder that can be"):
        reader.class_tokens(ArraySource(pixels()))


class Inverted(Preprocessing):
    def __call__(self, images):
        return -super().__call__(images)


class Doubled(ClassTokens):
    def call(self, images):
        return 2 * super().call(images)


def test_what_the_user_derived_is_not_taken_for_ours(reader):
    images = ArraySource(pixels())
    plain = reader.class_tokens(images)
    other = Inverted(**PREPROCESSING.get_config())
    inverted = Reader(reader.backbone, other, 2, reader.cache)
    assert not np.allclose(inverted.class_tokens(images), plain)
    doubled = reader.answers(Doubled, images)
    np.testing.assert_allclose(doubled, 2 * plain, rtol=1e-6)
    assert len(kept(reader)) == 1


def test_a_full_disk_costs_the_cache_alone(reader):
    resource = pytest.importorskip("resource")
    images = ArraySource(pixels())
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, limits[1]))
    try:
        found = reader.class_tokens(images)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert kept(reader) == []
    np.testing.assert_array_equal(found, reader.class_tokens(images))


def test_many_files_take_little_memory(tmp_path):
    path = tmp_path / "0.png"
    Image.new("L", (2, 2)).save(path)
    files = FileSource([str(path)] * 30_000)
    tracemalloc.start()
    found = digest_of_source(files)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 6e6  # 18 MB where all are known at once
    assert found != digest_of_source(files.take(range(29_999)))

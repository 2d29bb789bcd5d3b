import keras
import numpy as np
from keras import ops

from keras_attmask.data.preprocessing import Preprocessing
from keras_attmask.data.source_types import ArraySource
from keras_attmask.evaluation import ClassTokens
from keras_attmask.evaluation import extract_features
from keras_attmask.models import VisionTransformer
from keras_attmask.one_program import as_one
from keras_attmask.one_program import call_as_one

PREPROCESSING = Preprocessing((8, 8, 1), (0.5,), (0.25,))


def make_backbone(**settings):
    return VisionTransformer((8, 8, 1), 4, 2, 2, 16, **settings)


def make_source(count=7, side=8):
    random = np.random.default_rng(count)
    images = random.integers(0, 256, (count, side, side, 1), "uint8")
    return ArraySource(images)


def expected(backbone, source):
    images = as_one(PREPROCESSING, source.images)
    tokens = call_as_one(backbone, images, training=False)
    return ops.convert_to_numpy(tokens["class_token"])


def test_rows_are_the_class_tokens_in_order():
    # Strong stochastic depth: a call in training mode would be seen.
    backbone, source = make_backbone(stochastic_depth_rate=0.9), make_source()
    features = extract_features(backbone, source, PREPROCESSING, 3)
    assert features.dtype == np.float32 and features.shape == (7, 16)
    np.testing.assert_allclose(
        features, expected(backbone, source), rtol=0, atol=1e-5
    )


def test_a_batch_may_be_larger_than_the_source():
    backbone, source = make_backbone(), make_source()
    np.testing.assert_allclose(
        extract_features(backbone, source, PREPROCESSING, 100),
        extract_features(backbone, source, PREPROCESSING, 2),
        rtol=0,
        atol=1e-5,
    )


def test_mixed_precision_backbone_gives_float32_features():
    backbone = make_backbone(dtype="mixed_bfloat16")
    features = extract_features(backbone, make_source(), PREPROCESSING, 4)
    assert features.dtype == np.float32
    assert np.isfinite(features).all()


def test_one_graph_serves_all_batches_and_follows_the_weights():
    class Counting(VisionTransformer):
        traces = 0

        def call(self, *args, **kwargs):
            Counting.traces += 1
            return super().call(*args, **kwargs)

    backbone = Counting((8, 8, 1), 4, 2, 2, 16)
    tokens = ClassTokens(backbone)
    first = extract_features(tokens, make_source(7), PREPROCESSING, 4)
    traces = Counting.traces
    backbone.norm.gamma.assign(backbone.norm.gamma * 2.0)
    again = extract_features(tokens, make_source(7), PREPROCESSING, 4)
    np.testing.assert_allclose(again, 2 * first, rtol=0, atol=1e-5)
    if keras.backend.backend() != "torch":  # torch runs eagerly
        assert Counting.traces == traces


class Measure(keras.callbacks.Callback):
    def __init__(self, tokens):
        super().__init__()
        self.tokens, self.found = tokens, []

    def on_epoch_end(self, epoch, logs=None):
        source = make_source()
        found = extract_features(self.tokens, source, PREPROCESSING, 4)
        self.found.append((found, expected(self.tokens.network, source)))


def test_a_callback_measures_during_training_without_harm():
    backbone = make_backbone()
    images = keras.Input((8, 8, 1))
    outputs = keras.layers.Dense(3)(backbone(images)["class_token"])
    model = keras.Model(images, outputs)
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
    measure = Measure(ClassTokens(backbone))
    pixels = np.random.default_rng(1).normal(size=(8, 8, 8, 1))
    model.fit(
        pixels.astype("float32"),
        np.ones((8, 3), "float32"),
        batch_size=4,
        epochs=2,
        verbose=0,
        callbacks=[measure],
    )
    for found, live in measure.found:
        np.testing.assert_allclose(found, live, rtol=0, atol=1e-5)
    first, second = (found for found, _ in measure.found)
    assert np.abs(first - second).max() > 1e-3

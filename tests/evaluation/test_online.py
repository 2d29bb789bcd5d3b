import keras
import numpy as np
import pytest
from small_distiller import batch
from small_distiller import compiled
from small_distiller import distiller

from keras_attmask.callbacks import Evaluate
from keras_attmask.callbacks import OnlineKNN
from keras_attmask.data import ArraySource
from keras_attmask.data import Preprocessing
from keras_attmask.errors import InputError
from keras_attmask.evaluation import cluster
from keras_attmask.evaluation import knn

PREPROCESSING = Preprocessing((16, 16, 3), (0.5,) * 3, (0.25,) * 3)
KNN = {"knn", "knn_top5"}
UNLABELLED = {"view_retrieval", "view_retrieval_top5", "effective_rank"}


def images(count=8, labelled=True):
    source = ArraySource(batch(count, 16)["images"])
    if labelled:
        source.labels = np.arange(count) % 2
    return source


def fitted(epochs=4, **settings):
    """The logs of a short training, and the callback."""
    watch = Evaluate(preprocessing=PREPROCESSING, **settings)
    model = compiled()
    history = model.fit(
        batch(), batch_size=6, epochs=epochs, verbose=0, callbacks=[watch]
    )
    return history, watch, model


def test_any_protocol_every_few_epochs_and_at_the_end():
    history, watch, model = fitted(
        protocol=cluster, data=images(), every_epochs=3, epochs=4
    )
    # Measured after the third and the fourth epoch, and never before.
    assert [len(history.history[name]) for name in ("nmi", "loss")] == [2, 4]
    live = cluster(model.teacher, images(), PREPROCESSING)
    assert history.history["nmi"][-1] == pytest.approx(live["nmi"], abs=1e-6)


def test_other_epochs_ask_nothing():
    asked = []

    def protocol(reader, data):
        asked.append(data)
        return {"own": 0.5, "name": "text"}

    history, _, _ = fitted(protocol=protocol, data="any", every_epochs=2)
    assert asked == ["any", "any"]
    assert history.history["own"] == [0.5, 0.5]
    assert "name" not in history.history  # no number


@pytest.mark.parametrize(
    "data, names",
    [
        ((images(6), images(3)), KNN),
        ((images(2), images(1)), KNN),  # fewer than the 20 that would vote
        (images(5, labelled=False), UNLABELLED),
        ((images(5, labelled=False), images(4, labelled=False)), UNLABELLED),
        (images(1, labelled=False), UNLABELLED),
        (None, set()),
    ],
)
def test_data_tell_what_is_measured(data, names):
    history, watch, model = fitted(epochs=1, data=data)
    found = set(history.history) & (KNN | UNLABELLED)
    assert found == names
    for name in found:
        assert np.isfinite(history.history[name]).all()


def test_one_graph_serves_all_epochs():
    _, watch, _ = fitted(epochs=3, data=(images(6), images(3)))
    reader = watch._reader
    assert len(reader._networks) == 1
    watch.measure()
    assert watch._reader is reader and len(reader._networks) == 1


def test_models_that_teach_nobody():
    network = distiller().teacher
    inputs = keras.Input((16, 16, 3))
    model = keras.Model(inputs, network(inputs)["class_token"])
    model.backbone = network
    model.compile("sgd", "mse")
    watch = Evaluate(knn, (images(4), images(4)), PREPROCESSING)
    history = model.fit(
        np.zeros((2, 16, 16, 3), "float32"),
        np.zeros((2, 16), "float32"),
        verbose=0,
        callbacks=[watch],
    )
    assert history.history["knn"] == [1.0]


def test_online_knn_says_one_number():
    watch = OnlineKNN((images(6), images(3)), PREPROCESSING, 3)
    watch.set_model(distiller())
    assert list(watch.measure()) == ["knn"]


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"protocol": knn}, "^data: expected"),
        ({"data": "no/such"}, "^data: .* no/such"),
        ({"every_epochs": 0}, "^every_epochs: .* got 0"),
    ],
)
def test_mistakes_are_one_line(settings, words):
    with pytest.raises(InputError, match=words):
        Evaluate(**settings)

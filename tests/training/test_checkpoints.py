import json
import os

import pytest
import small_distiller as small

from keras_attmask.errors import InputError
from keras_attmask.training import checkpoints
from keras_attmask.training.checkpoints import Checkpoints


class Weights:
    """Saves a few bytes in the place of a model."""

    def __init__(self, content=b"weights"):
        self.content = content

    def save_weights(self, path):
        path.write_bytes(self.content)

    def load_weights(self, path):
        self.content = path.read_bytes()


def names(store):
    return sorted(path.name for path in store.folder.iterdir())


def test_the_newest_stay_and_the_best(tmp_path):
    store = Checkpoints(tmp_path, keep=2)
    for step, knn in enumerate([0.1, 0.7, None, 0.3, 0.4, None]):
        store.save(Weights(), {"step": step, "score": knn})
    assert names(store) == ["step-00000001", "step-00000004", "step-00000005"]
    assert store.newest().step == 5


def test_a_state_of_another_version_is_refused_in_a_line(tmp_path):
    store = Checkpoints(tmp_path)
    store.save(Weights(), {"step": 3})
    facts = store.folder / "step-00000003" / "facts.json"
    values = json.loads(facts.read_text())
    del values["layout"]  # as the first version wrote them
    facts.write_text(json.dumps(values))
    with pytest.raises(InputError, match="expected a state of layout 2, got"):
        store.newest()


def test_what_was_saved_comes_back(tmp_path):
    store = Checkpoints(tmp_path)
    assert store.newest() is None
    store.save(Weights(b"first"), {"step": 3, "more": [1, 2]})
    saved = Checkpoints(tmp_path).newest()
    assert saved.step == 3 and saved.facts["more"] == [1, 2]
    model = Weights()
    saved.load(model)
    assert model.content == b"first"


def test_the_same_step_again_takes_the_place(tmp_path):
    store = Checkpoints(tmp_path)
    for content in (b"first", b"second"):
        store.save(Weights(content), {"step": 3})
    model = Weights()
    store.newest().load(model)
    assert model.content == b"second" and names(store) == ["step-00000003"]


def test_a_state_stays_until_another_has_its_name(tmp_path, monkeypatch):
    store, replace = Checkpoints(tmp_path, keep=1), os.replace
    store.save(Weights(b"first"), {"step": 3})

    def fail(source, target):
        if source.name == "writing":
            raise OSError(5, "Input/output error")
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(checkpoints.os, "replace", fail)
        with pytest.raises(OSError, match="Input/output"):
            store.save(Weights(b"second"), {"step": 3})
    model = Weights()
    store.newest().load(model)
    assert model.content == b"first"
    store.save(Weights(b"third"), {"step": 3})
    assert names(store) == ["step-00000003"]


@pytest.mark.parametrize(
    "damage, named",
    [
        (lambda place: (place / "facts.json").unlink(), "no facts.json"),
        (lambda place: (place / "facts.json").write_text("{"), "no facts"),
        (
            lambda place: (place / "state.weights.h5").write_bytes(b"x"),
            "checksum of state.weights.h5",
        ),
        (lambda place: (place / "state.weights.h5").unlink(), "No such file"),
    ],
)
def test_a_damaged_state_is_named_and_passed_over(tmp_path, damage, named):
    store, lines = Checkpoints(tmp_path), []
    for step in (1, 2):
        store.save(Weights(), {"step": step})
    damage(store.folder / "step-00000002")
    assert store.newest(lines.append).step == 1
    assert len(lines) == 1 and named in lines[0]
    assert "step-00000002 is damaged" in lines[0]


@pytest.mark.parametrize("moment", ["weights", "rename"])
def test_a_failure_leaves_the_last_state_alone(tmp_path, monkeypatch, moment):
    store = Checkpoints(tmp_path)
    store.save(Weights(), {"step": 1})

    def fail(*arguments):
        raise OSError(28, "No space left on device")

    model = Weights()
    if moment == "weights":
        model.save_weights = fail
    else:
        monkeypatch.setattr(checkpoints.os, "replace", fail)
    with pytest.raises(OSError, match="No space left"):
        store.save(model, {"step": 2})
    assert names(store) == ["step-00000001"]
    assert store.newest().step == 1


def test_a_real_model(tmp_path):
    model = small.uncompiled()
    store = Checkpoints(tmp_path)
    model.step.assign(7)
    store.save(model, {"step": 7})
    facts = (store.folder / "step-00000007" / "facts.json").read_text()
    assert len(json.loads(facts)["checksum"]) == 64
    model.step.assign(0)
    store.newest().load(model)
    assert int(model.step) == 7

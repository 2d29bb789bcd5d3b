import json

import pytest

from keras_attmask.commands.backend import require_backend
from keras_attmask.errors import InputError


def test_the_chosen_backend_is_installed(monkeypatch):
    for name in ("jax", "tensorflow"):
        pytest.importorskip(name)
        monkeypatch.setenv("KERAS_BACKEND", name)
        require_backend()


def test_an_unknown_backend_is_named(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "nonsense")
    with pytest.raises(InputError, match="^KERAS_BACKEND: .*got 'nonsense'"):
        require_backend()


def test_the_choice_of_the_keras_file_is_checked(monkeypatch, tmp_path):
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    file = tmp_path / "keras.json"
    file.write_text(json.dumps({"backend": "openvino"}))
    with pytest.raises(InputError, match=f"^{file}: .*got 'openvino'"):
        require_backend()

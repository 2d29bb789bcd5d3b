import keras
import pytest

from keras_attmask import processor


@pytest.mark.skipif(
    keras.backend.backend() != "torch", reason="libraries of PyTorch"
)
@pytest.mark.parametrize(
    ("maker", "width", "slow"),
    [
        ("vendor_id : AuthenticAMD", "AVX512", True),
        ("vendor_id : AuthenticAMD", "AVX2", False),
        ("vendor_id : GenuineIntel", "AVX512", False),
        ("", "DEFAULT", False),
    ],
)
def test_mkl_is_slow_on_wide_processors_of_amd(monkeypatch, maker, width, slow):
    import torch

    monkeypatch.setattr(processor, "_maker", lambda: maker)
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: width)
    # Around the cache: this answer is not for the rest of the process.
    assert processor.slow_in_mkl.__wrapped__() == slow


def test_a_maker_is_text_also_without_a_file(monkeypatch):
    def fail(*arguments):
        raise FileNotFoundError

    monkeypatch.setattr(processor.pathlib.Path, "read_text", fail)
    assert isinstance(processor._maker(), str)

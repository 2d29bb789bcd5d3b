"""Both roads of PyTorch: values asked for, and values left on a device."""

import keras
import numpy as np
import pytest

if keras.backend.backend() != "torch":
    pytest.skip("PyTorch's own updates", allow_module_level=True)

import torch

from keras_attmask.schedules import WarmupCosine
from keras_attmask.training import AdamW
from keras_attmask.training import torch_updates


def trained(steps, **options):
    """Values, moments and velocities after some steps of two variables."""
    generator = np.random.default_rng(0)
    variables = [
        keras.Variable(generator.normal(size=shape), name=name)
        for shape, name in [((3, 4), "prototypes"), ((5,), "bias")]
    ]
    optimizer = AdamW(
        WarmupCosine(0.1, 0.01, 10), WarmupCosine(0.3, 0.6, 10), **options
    )
    optimizer.build(variables)
    for _ in range(steps):
        gradients = [
            torch.tensor(generator.normal(size=v.shape), dtype=torch.float32)
            for v in variables
        ]
        with torch.no_grad():
            optimizer.apply(gradients, variables)
    return [
        keras.ops.convert_to_numpy(v)
        for v in [*variables, *optimizer.variables]
    ]


@pytest.mark.parametrize("frozen_steps", [0, 3])
@pytest.mark.parametrize("clip_norm", [None, 0.5])
@pytest.mark.parametrize("steps", [2, 6])
def test_a_device_gets_what_a_cpu_gets(
    monkeypatch, frozen_steps, clip_norm, steps
):
    options = {"frozen_steps": frozen_steps, "clip_norm": clip_norm}
    on_cpu = trained(steps, **options)
    monkeypatch.setattr(torch_updates, "on_cpu", lambda tensors: False)
    for one, two in zip(on_cpu, trained(steps, **options), strict=True):
        np.testing.assert_allclose(one, two, rtol=2e-5, atol=1e-7)


@pytest.mark.parametrize("asks", [True, False])
def test_averages_move_towards_values(monkeypatch, asks):
    monkeypatch.setattr(torch_updates, "on_cpu", lambda tensors: asks)
    averages = [torch.ones(3), torch.zeros(2)]
    values = [torch.zeros(3), torch.full((2,), 4.0)]
    torch_updates.average_together(averages, values, torch.tensor(0.75))
    np.testing.assert_allclose(averages[0], 0.75)
    np.testing.assert_allclose(averages[1], 1.0)
    np.testing.assert_allclose(values[1], 4.0)

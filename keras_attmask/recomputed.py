"""Cheap results that PyTorch computes again instead of keeping them.

Operation by operation, PyTorch keeps the input of every product for its
gradient: after a norm or a GELU that is a second copy of what is kept anyway.
XLA decides for itself what to keep.
"""

import contextlib
import threading

import keras

_STATE = threading.local()


@contextlib.contextmanager
def recomputing():
    """Inside, what `cheap` gives is not kept for gradients.

    Does nothing on compiled backends and where no gradient is recorded.
    """
    if keras.backend.backend() != "torch":
        yield
        return
    import torch

    if not torch.is_grad_enabled():
        yield
        return
    _STATE.made = {}
    hooks = torch.autograd.graph.saved_tensors_hooks(_pack, _unpack)
    try:
        with hooks:
            yield
    finally:
        _STATE.made = None


def cheap(function, x):
    """`function(x)`, computed anew where a later gradient needs it.

    Args:
        function: without state or chance; its values at backward time must
            be those at forward time.
        x: float tensor, which `function` itself keeps for its gradient.
    """
    y = function(x)
    made = getattr(_STATE, "made", None)
    if made is not None and y.is_contiguous():
        # Holding y, so that nothing else comes to lie in its place.
        made[y.data_ptr()] = y, function, x.detach()
    return y


class _Again:
    """A result that is made when it is asked for."""

    def __init__(self, function, x, shape):
        self._function, self._x, self._shape = function, x, shape

    def __call__(self):
        import torch

        with torch.no_grad():
            return self._function(self._x).view(self._shape)


def _pack(tensor):
    found = _STATE.made.get(tensor.data_ptr())
    if found is None or not tensor.is_contiguous():
        return tensor
    y, function, x = found
    if tensor.numel() != y.numel() or tensor.dtype != y.dtype:
        return tensor
    return _Again(function, x, tensor.shape)


def _unpack(kept):
    return kept() if isinstance(kept, _Again) else kept

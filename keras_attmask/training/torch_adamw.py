"""AdamW on PyTorch with a few calls for all variables together.

PyTorch runs operation by operation; a small network has a hundred variables,
and twenty calls for each take longer than the arithmetic. The mathematics is
that of `adamw.AdamW.update_step`.
"""

import torch


def _clipped(gradients, norm):
    """Each gradient with an L2 norm of `norm` at most."""
    norms = torch.stack(torch._foreach_norm(gradients))
    factors = torch.clamp(norm / (norms + 1e-6), max=1.0)
    return torch._foreach_mul(gradients, list(factors.unbind()))


@torch.no_grad()
def update_together(
    optimizer, gradients, parameters, moments, velocities, rate, corrections
):
    """Moves all parameters by one step of AdamW, in place.

    Args:
        optimizer: an `AdamW`; tells betas, epsilon, decay and clipping.
        gradients: list of tensors.
        parameters: list of tensors, likewise `moments` and `velocities`.
        rate: learning rate, a scalar tensor.
        corrections: 1 - beta ** step for both betas, scalar tensors.
    """
    beta_1, beta_2 = optimizer.beta_1, optimizer.beta_2
    if optimizer.clip_norm is not None:
        gradients = _clipped(gradients, optimizer.clip_norm)
    torch._foreach_mul_(moments, beta_1)
    torch._foreach_add_(moments, gradients, alpha=1 - beta_1)
    torch._foreach_mul_(velocities, beta_2)
    torch._foreach_addcmul_(velocities, gradients, gradients, 1 - beta_2)
    root = torch._foreach_sqrt(velocities)
    torch._foreach_div_(root, torch.sqrt(corrections[1]))
    torch._foreach_add_(root, optimizer.epsilon)
    moves = torch._foreach_div(moments, root)
    torch._foreach_mul_(moves, rate / corrections[0])
    decayed = [p for p in parameters if p.ndim > 1]
    if decayed:
        torch._foreach_mul_(decayed, 1 - rate * optimizer.current_decay())
    torch._foreach_sub_(parameters, moves)

"""AdamW and the moving average on PyTorch, all variables together.

PyTorch runs operation by operation: twenty passes over the memory of each of
a hundred variables take longer than the arithmetic, which one fused pass does.
On a GPU, where asking for a number's value would stop the queue of work,
scheduled numbers stay tensors and each operation goes over all variables.
The mathematics is that of `adamw.AdamW.update_group`.
"""

import torch


def on_cpu(tensors):
    """Whether values may be asked for without waiting for a device."""
    return tensors[0].device.type == "cpu"


def _clip(gradients, norm):
    """Brings each gradient, in place, to an L2 norm of `norm` at most."""
    norms = torch.stack(torch._foreach_norm(gradients))
    factors = torch.clamp(norm / (norms + 1e-6), max=1.0)
    torch._foreach_mul_(gradients, list(factors.unbind()))


def by_law(parts):
    """Tensors of variables that move by the same law.

    Args:
        parts: list of `(Group, variables, gradients)`; a gradient may be
            None.

    Returns:
        A dict: `Law` -> lists of gradients, values, moments and velocities.
    """
    rows = {}
    for group, variables, gradients in parts:
        slots = (group.moments.value, group.velocities.value)
        for gradient, variable, *own in zip(gradients, variables, *slots):
            if gradient is not None:
                value = variable.value
                row = (gradient.to(value.dtype), value, *own)
                rows.setdefault(group.law, []).append(row)
    return {law: list(map(list, zip(*its))) for law, its in rows.items()}


@torch.no_grad()
def update_together(
    optimizer, gradients, parameters, moments, velocities, rate, corrections
):
    """Moves all parameters by one step of AdamW, in place.

    Args:
        optimizer: an `AdamW`; tells betas, epsilon, decay and clipping.
        gradients: list of tensors; they are clipped in place.
        parameters: list of tensors, likewise `moments` and `velocities`.
        rate: learning rate, a scalar tensor.
        corrections: 1 - beta ** step for both betas, scalar tensors.
    """
    beta_1, beta_2 = optimizer.beta_1, optimizer.beta_2
    if optimizer.clip_norm is not None:
        _clip(gradients, optimizer.clip_norm)
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


@torch.no_grad()
def update_in_one_pass(
    optimizer, gradients, parameters, moments, velocities, rate, step
):
    """The same on a CPU, reading and writing each value once.

    Args:
        optimizer: see `update_together`, as the lists of tensors.
        gradients: likewise.
        parameters: likewise.
        moments: likewise.
        velocities: likewise.
        rate: learning rate, a number.
        step: which update of these parameters this is, from 1.
    """
    if optimizer.clip_norm is not None:
        _clip(gradients, optimizer.clip_norm)
    count = torch.tensor(float(step))
    decay = float(optimizer.current_decay())
    slots = list(zip(parameters, gradients, moments, velocities))
    for decayed in (True, False):
        chosen = [slot for slot in slots if (slot[0].ndim > 1) == decayed]
        if chosen:
            torch._fused_adamw_(
                *map(list, zip(*chosen)),
                [],
                [count] * len(chosen),
                lr=rate,
                beta1=optimizer.beta_1,
                beta2=optimizer.beta_2,
                weight_decay=decay if decayed else 0.0,
                eps=optimizer.epsilon,
                amsgrad=False,
                maximize=False,
            )


@torch.no_grad()
def average_together(averages, values, momentum):
    """average <- momentum * average + (1 - momentum) * value, in place.

    Args:
        averages: list of tensors.
        values: list of tensors.
        momentum: a scalar tensor.
    """
    if on_cpu(averages):
        torch._foreach_lerp_(averages, values, 1.0 - float(momentum))
        return
    torch._foreach_mul_(averages, momentum)
    torch._foreach_add_(averages, torch._foreach_mul(values, 1.0 - momentum))

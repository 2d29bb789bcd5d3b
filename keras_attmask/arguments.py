"""What a layer was made with."""

import inspect


def arguments_of(layer, kind):
    """Arguments of a layer by name, where it keeps them as attributes.

    Args:
        layer: of that kind.
        kind: the class whose arguments are meant, without `**kwargs`.
    """
    names = inspect.signature(kind.__init__).parameters
    return {n: getattr(layer, n) for n in names if n not in ("self", "kwargs")}

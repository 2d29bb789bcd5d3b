"""What any run does to its process before it begins."""

import contextlib

from keras_attmask import huge_pages
from keras_attmask.compile_cache import keep_compiled
from keras_attmask.deterministic import use_deterministic_operations
from keras_attmask.distribution import naming_lost_hosts
from keras_attmask.distribution import set_up
from keras_attmask.errors import from_threads
from keras_attmask.freed_memory import keep_freed_memory


@contextlib.contextmanager
def prepared(strategy, deterministic, setting):
    """Sets memory, programs and devices up.

    The process keeps the memory that it frees from then on, see
    `freed_memory`.

    Args:
        strategy: which devices train, see `distribution.set_up`; or
            `Devices` that were set up before.
        deterministic: use operations alone that repeat to the bit.
        setting: what mistakes that threads find should speak of.

    Yields:
        `(devices, grant, stack)`: `grant` is to be called after each step,
        `stack` is a `contextlib.ExitStack`.
    """
    keep_freed_memory()
    keep_compiled()
    grant = huge_pages.withhold()
    if deterministic:
        use_deterministic_operations()
    devices = set_up(strategy) if isinstance(strategy, str) else strategy
    with (
        naming_lost_hosts(devices),
        from_threads(setting),
        contextlib.ExitStack() as stack,
    ):
        stack.callback(grant)
        yield devices, grant, stack

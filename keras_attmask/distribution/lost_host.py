"""Other hosts that are gone."""

import contextlib

from keras_attmask.errors import InputError
from keras_attmask.errors import LostHost


@contextlib.contextmanager
def naming_lost_hosts(devices):
    """Says in one line that another host has ended.

    Args:
        devices: `Devices`.

    Raises:
        LostHost: instead of what a framework says of it.
    """
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        if devices.hosts == 1 or not devices.is_of_lost_host(error):
            raise
        raise LostHost(
            f"host {devices.host} of {devices.hosts} lost another one, whose "
            "own output tells why; the same command on all of them, with "
            "--run and the run's folder, goes on from the last checkpoint"
        ) from error

"""Reading photographs in processes beside this one.

Threads share one interpreter, which takes a sixth of the time of reading for
itself: some six cores are all that it can keep busy, and the training step
asks it for time as well.
"""

import contextlib
import functools
import os
import pathlib
import pickle
import queue
import subprocess
import sys
import weakref

import numpy as np

from keras_attmask.data.unreadable import Unreadable
from keras_attmask.errors import InputError

_SCRIPT = pathlib.Path(__file__).with_name("reading_process.py")
_WORTH_IT = 1000  # images, below which starting costs more than it gains


def count_processes(wanted, source):
    """How many reading processes to start.

    Args:
        wanted: that many; -1 for one a core where there are several, and
            images enough to be worth the start.
        source: the images, see `source_types`.

    Returns:
        A number; 0 means to read by threads.

    Raises:
        InputError: processes wanted, but the source keeps files open, which
            only threads can share.
    """
    if wanted > 0 and not source.shareable:
        raise InputError(
            f"recipe.data.processes: expected 0 or -1 for {source.name}, whose "
            f"open files processes cannot share, got {wanted}"
        )
    if wanted >= 0:
        return wanted
    cores = _count_cores()
    worth_it = cores > 1 and len(source) >= _WORTH_IT and source.shareable
    return cores if worth_it else 0


def _count_cores():
    if hasattr(os, "sched_getaffinity"):  # not on every system
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def _answer(views, epoch, indices):
    """What a process does: `(error or None, reasons, arrays)`.

    The reasons are those of images that cannot be read, by index; whoever
    asks counts them.
    """
    views.unreadable = Unreadable(limit=1.0)
    try:
        made, error = views(epoch, indices), None
    except InputError as raised:
        made, error = [], raised
    return error, views.unreadable.reasons, made


class _Process:
    """One process that makes views; one thread at a time may ask it."""

    def __init__(self, job):
        self._process = subprocess.Popen(
            [sys.executable, "-I", str(_SCRIPT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._process.stdin.write(job)
        self._process.stdin.flush()

    def __call__(self, epoch, indices, shapes):
        """Has it answer: see `_answer`."""
        try:
            pickle.dump((int(epoch), indices), self._process.stdin)
            self._process.stdin.flush()
            error, reasons = pickle.load(self._process.stdout)
            arrays = [] if error else [self._array(s) for s in shapes]
        except (EOFError, OSError) as lost:
            status = self._process.wait()
            raise RuntimeError(
                f"a reading process ended with status {status}; "
                "recipe.data.processes=0 reads without them"
            ) from lost
        return error, reasons, arrays

    def _array(self, shape):
        array = np.empty(shape, "uint8")
        rest = memoryview(array.reshape(-1))
        while rest:
            count = self._process.stdout.readinto(rest)
            if not count:
                raise EOFError
            rest = rest[count:]
        return array

    def close(self):
        """Ends the process: no more requests come."""
        with contextlib.suppress(OSError):  # it may have died
            self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()


def _close_all(processes):
    for process in processes:
        process.close()


class ReadingProcesses:
    """Makes views as a `PhotoViews` does, in other processes.

    Args:
        views: a `PhotoViews`; its source must be one that can be pickled.
        count: processes to start.
        unreadable: an `Unreadable` that takes down images that cannot be
            read.
    """

    def __init__(self, views, count, unreadable=None):
        self.shapes = views.shapes
        self._images, self._unreadable = views.count, unreadable
        answer = functools.partial(_answer, views)
        job = pickle.dumps(sys.path) + pickle.dumps(answer)
        processes = [_Process(job) for _ in range(count)]
        self._free = queue.LifoQueue()
        for process in processes:
            self._free.put(process)
        # At exit threads may still be asking; processes then end by themselves.
        weakref.finalize(self, _close_all, processes).atexit = False

    def __call__(self, epoch, indices):
        """See `PhotoViews`; any number of threads may call at a time."""
        shapes = [(len(indices), *shape) for shape in self.shapes]
        process = self._free.get()
        try:
            error, reasons, arrays = process(epoch, indices, shapes)
        finally:
            self._free.put(process)
        if self._unreadable is not None:
            for index, reason in reasons.items():
                self._unreadable.add(index, self._images, reason)
        if error:
            raise error
        return arrays

"""Memory of the host, in processes of their own."""

import subprocess
import sys

import pytest

from keras_attmask import host_memory

GREEDY = """
import importlib.util, sys, time
spec = importlib.util.spec_from_file_location("host_memory", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
before = module.peak()
module.end_beyond(before + 200_000_000)
held = b"x" * int(sys.argv[2])
time.sleep(1)
print(module.peak() - before)
"""


def run(size):
    return subprocess.run(
        [sys.executable, "-c", GREEDY, host_memory.__file__, str(size)],
        capture_output=True,
        text=True,
    )


def test_a_process_that_takes_too_much_ends():
    assert run(400_000_000).returncode == host_memory.OUT_OF_MEMORY


def test_one_that_keeps_within_its_limit_goes_on():
    child = run(100_000_000)
    assert child.returncode == 0
    assert int(child.stdout) == pytest.approx(100_000_000, rel=0.1)


def test_what_is_available_is_less_than_the_machine_has():
    with open("/proc/meminfo") as file:
        whole = int(file.readline().split()[1]) * 1024
    assert 0 < host_memory.available() <= whole


@pytest.mark.parametrize(
    "error, lack",
    [
        (MemoryError(), True),
        (RuntimeError("RESOURCE_EXHAUSTED: Out of memory"), True),
        (RuntimeError("shapes differ"), False),
    ],
)
def test_which_errors_tell_of_too_little_memory(error, lack):
    assert host_memory.is_lack(error) is lack

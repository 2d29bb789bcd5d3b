import pathlib
import platform
import subprocess
import sys

import pytest

FILE = pathlib.Path(__file__).parents[1] / "keras_attmask/freed_memory.py"
# Three blocks that are freed at the top of the heap, again and again.
CHILD = """
import ctypes, resource, runpy, sys
if sys.argv[1] == "kept":
    assert runpy.run_path(sys.argv[2])["keep_freed_memory"]()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.free.argtypes = [ctypes.c_void_p]
libc.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]
size = 30 << 20

def use():
    blocks = [libc.malloc(size) for _ in range(3)]
    for block in blocks:
        libc.memset(block, 1, size)
    for block in blocks:
        libc.free(block)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

for _ in range(3):
    before = use()
print(use() - before)
"""


@pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="other C libraries keep as usual"
)
@pytest.mark.parametrize("mode", ["usual", "kept"])
def test_pages_are_used_again(mode):
    done = subprocess.run(
        [sys.executable, "-c", CHILD, mode, FILE],
        capture_output=True,
        text=True,
        check=True,
    )
    # 90 MiB are 23,040 pages of 4 KiB.
    assert (int(done.stdout) < 100) == (mode == "kept"), done.stdout

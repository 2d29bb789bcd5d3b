import os
import subprocess
import sys

import pytest

from keras_attmask import huge_pages

WANTED = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}


@pytest.fixture(autouse=True)
def machine(monkeypatch, tmp_path):
    """A kernel and a library that have large pages for those that ask."""
    kernel = tmp_path / "enabled"
    kernel.write_text("always [madvise] never\n")
    monkeypatch.setattr(huge_pages, "_KERNEL", kernel)
    monkeypatch.setattr(os, "confstr", lambda name: "glibc 2.36")
    return kernel


def test_asks():
    assert huge_pages.environment({}) == WANTED


def test_keeps_what_else_is_tuned():
    found = huge_pages.environment({"GLIBC_TUNABLES": "glibc.rtld.nns=2"})
    wanted = "glibc.rtld.nns=2:glibc.malloc.hugetlb=1"
    assert found == {"GLIBC_TUNABLES": wanted}


def test_leaves_a_choice_of_the_user():
    chosen = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=0"}
    assert huge_pages.environment(chosen) == {}


@pytest.mark.parametrize("setting", ["[always] madvise never", "x [never]"])
def test_leaves_a_kernel_that_does_not_listen(machine, setting):
    machine.write_text(setting)
    assert huge_pages.environment({}) == {}


def test_leaves_other_systems(machine, monkeypatch):
    monkeypatch.setattr(os, "confstr", lambda name: "glibc 2.34")
    assert huge_pages.environment({}) == {}
    monkeypatch.delattr(os, "confstr")
    assert huge_pages.environment({}) == {}
    machine.unlink()
    assert huge_pages.environment({}) == {}


PAGES = """
import ctypes, pathlib, runpy, sys
def state():
    lines = [line.split() for line in open("/proc/self/status")]
    return int(dict(words[:2] for words in lines if words[1:])["THP_enabled:"])
control = ctypes.CDLL(None).prctl
control(41, int(sys.argv[2]), 0, 0, 0)
before = state()
grant = runpy.run_path(sys.argv[1])["withhold"]()
during = state()
grant()
print(before, during, state())
"""


@pytest.mark.skipif(
    not os.path.exists("/proc/self/status")
    or "THP_enabled" not in open("/proc/self/status").read(),
    reason="a kernel that does not tell",
)
@pytest.mark.parametrize("off, wanted", [(0, "1 0 1"), (1, "0 0 0")])
def test_withholds_what_nobody_else_has_withheld(off, wanted):
    said = subprocess.run(
        [sys.executable, "-c", PAGES, huge_pages.__file__, str(off)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert said.stdout.strip() == wanted


def test_withholds_nothing_on_other_systems(monkeypatch):
    class Library:
        """Knows no prctl."""

    monkeypatch.setattr(huge_pages.ctypes, "CDLL", lambda name: Library())
    huge_pages.withhold()()


PROGRAM = """
import os, pathlib, sys
from keras_attmask import huge_pages
huge_pages._KERNEL = pathlib.Path(sys.argv[1])
os.confstr = lambda name: "glibc 2.36"
print(os.getpid(), "before")
huge_pages.restart_with_huge_pages()
print(os.getpid(), os.environ.get("GLIBC_TUNABLES"), sys.argv[2:])
"""


def test_restarts_once_with_the_same_number_and_words(machine, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    environment = {k: v for k, v in os.environ.items() if k not in WANTED}
    process = subprocess.Popen(
        [sys.executable, program, machine, "--word=a b"],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    said = process.communicate(timeout=60)[0].splitlines()
    assert process.returncode == 0
    started = f"{process.pid} before"
    end = f"{process.pid} {WANTED['GLIBC_TUNABLES']} ['--word=a b']"
    assert said == [started, started, end]

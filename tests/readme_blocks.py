"""The README, taken apart."""

import dataclasses
import pathlib
import re
import shlex

ROOT = pathlib.Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text("utf-8")
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INSTALLS = ("python3 -m venv ", "pip install ", "pytest", ". .venv/")


@dataclasses.dataclass(frozen=True)
class Block:
    """A fenced example: its language, its text, the line it begins in."""

    language: str
    text: str
    line: int

    def __str__(self):
        return f"{self.language}-{self.line}"

    @property
    def lines(self):
        """Commands of a shell, one a line."""
        return self.text.replace("\\\n", " ").strip().splitlines()

    @property
    def installs(self):
        """Whether it prepares the machine, which a test had better not do."""
        return self.language == "bash" and all(
            part.strip().startswith(_INSTALLS)
            for line in self.lines
            for part in line.split("&&")
        )

    @property
    def commands(self):
        """Words after `attmask`, a list a line; None for a real script."""
        lines = list(map(shlex.split, self.lines))
        if any(words[0] != "attmask" or words[-1] == "&" for words in lines):
            return None
        return [words[1:] for words in lines]


def blocks():
    """All of them, in order."""
    return [
        Block(*found.groups(), TEXT[: found.start()].count("\n") + 2)
        for found in _FENCE.finditer(TEXT)
    ]


def extras():
    """Names in brackets behind this package in commands of pip."""
    found = re.findall(r'pip install "?(?:-e )?"?[\w.]+\[([\w,]+)\]', TEXT)
    return {name for names in found for name in names.split(",")}

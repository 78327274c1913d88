"""Fenced blocks of the Markdown pages, with the section they stand in.

Knows Markdown fences and headings only; what a block must satisfy is for the tests to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

_FENCE = re.compile(r"^```(?P<language>[a-z]*)(?: file=(?P<file>\S+))?$")
_ELISION = "..."


class Block(NamedTuple):
    """One fenced block. ``file`` is the path that its info string gives: ``yaml file=strategies/shop.yaml``."""

    page: str
    line: int
    section: str
    language: str
    file: str | None
    text: str

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"


class Step(NamedTuple):
    """A command of a console block, without its ``$``, and the lines that are shown below it."""

    command: str
    output: tuple[str, ...]


def read_blocks(page: Path, name: str) -> Iterator[Block]:
    """The blocks of a page in order. Raises AssertionError for a fence that is not closed or not understood."""
    section = ""
    opened: tuple[int, re.Match[str]] | None = None
    lines: list[str] = []
    for number, line in enumerate(page.read_text("utf-8").splitlines(), 1):
        if opened is not None:
            if line == "```":
                at, match = opened
                text = "".join(f"{each}\n" for each in lines)
                yield Block(name, at, section, match["language"], match["file"], text)
                opened, lines = None, []
            else:
                lines.append(line)
        elif line.startswith("```"):
            found = _FENCE.match(line)
            assert found is not None, f"{name}:{number}: a fence that the tests cannot read: {line}"
            opened = (number, found)
        elif line.startswith("#"):
            section = line.lstrip("# ")
    assert opened is None, f"{name}: the fence of line {opened and opened[0]} is never closed"


def by_section(blocks: Iterable[Block]) -> Iterator[tuple[str, list[Block]]]:
    """The blocks of each section that has any, in order."""
    for section, found in groupby(blocks, key=lambda block: block.section):
        yield section, list(found)


def steps(text: str) -> Iterator[Step]:
    """The commands of a console block."""
    command = ""
    output: list[str] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            if command:
                yield Step(command, tuple(output))
            command, output = line[2:], []
        else:
            assert command, f"output before any command: {line}"
            output.append(line)
    if command:
        yield Step(command, tuple(output))


def is_excerpt(expected: Iterable[str], real: Iterable[str]) -> bool:
    """Whether lines are an excerpt: a line ``...`` stands for any lines, ``...`` within a line for any text."""
    pattern = "".join(_pattern(line.rstrip()) for line in expected)
    return re.fullmatch(pattern, "".join(f"{line.rstrip()}\n" for line in real)) is not None


def _pattern(line: str) -> str:
    if line.strip() == _ELISION:
        return r"(?:[^\n]*\n)*?"
    return "[^\n]*".join(re.escape(part) for part in line.split(_ELISION)) + "\n"

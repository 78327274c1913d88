"""Places of a text as the Language Server Protocol counts them, and as offsets.

The protocol breaks lines at CR, LF and CR LF alone (YAML 1.1, and so a finding's span, at three more characters), and
counts columns in units of an encoding. Source: Language Server Protocol 3.17, Text Documents, Position.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

from sgstrat.source.span import Span
from sgstrat.source.text import SourceText

_BREAK = re.compile("\r\n|\r|\n")
_UNITS: dict[str, Callable[[str], int]] = {
    "utf-8": lambda text: len(text.encode("utf-8", "surrogatepass")),
    "utf-16": lambda text: len(text) + sum(char > "\uffff" for char in text),
    "utf-32": len,
}


class Point(NamedTuple):
    """A place between two characters: line and column from 0, the column in units of the encoding."""

    line: int
    column: int


class Stretch(NamedTuple):
    """From ``start`` to before ``end``."""

    start: Point
    end: Point


class Buffer:
    """One text and its lines. ``encoding`` is ``utf-8``, ``utf-16`` or ``utf-32``."""

    def __init__(self, text: str, encoding: str = "utf-16") -> None:
        self.text = text
        self._units = _UNITS[encoding]
        self._source = SourceText("", text)

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in _BREAK.finditer(self.text))]

    def point(self, offset: int) -> Point:
        """The place of the character at ``offset``."""
        line = bisect_right(self._starts, offset) - 1
        start = self._starts[line]
        return Point(line, self._measure(self.text[start:offset]))

    def offset(self, point: Point) -> int:
        """The offset of a place; past the end of a line or the text, that end. Half a character is its beginning."""
        if point.line >= len(self._starts):
            return len(self.text)
        start = self._starts[point.line]
        end = self._starts[point.line + 1] if point.line + 1 < len(self._starts) else len(self.text)
        line = self.text[start:end].rstrip("\r\n")
        if line.isascii():
            return start + min(point.column, len(line))
        left = point.column
        for index, char in enumerate(line):
            left -= self._units(char)
            if left < 0:
                return start + index
        return start + len(line)

    def place(self, offset: int) -> tuple[int, int]:
        """The line and column, both from 1, of an offset as a finding or node has them."""
        return self._source.position(offset)

    def offsets(self, span: Span) -> tuple[int, int]:
        """Where a span of a finding or node begins and ends."""
        return self._source.offset(span.line, span.column), self._source.offset(span.end_line, span.end_column)

    def stretch(self, start: int, end: int) -> Stretch:
        """A stretch by its offsets."""
        return Stretch(self.point(start), self.point(end))

    def stretch_of(self, span: Span) -> Stretch:
        """A span as the protocol has it."""
        return self.stretch(*self.offsets(span))

    def _measure(self, text: str) -> int:
        return len(text) if text.isascii() else self._units(text)

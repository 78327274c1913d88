"""The text of one file, line by line, for findings that show the source.

Knows how YAML counts lines, nothing else of YAML.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

LINE_BREAK = "\r\n\x85\u2028\u2029"
"""The characters at which YAML 1.1, and so libyaml and PyYAML, begin a new line; CR LF counts as one.

``str.splitlines`` also breaks at form feeds and file separators, which would shift every later line.
"""

_BREAK = re.compile(f"\r\n|[{LINE_BREAK}]")


@dataclass(frozen=True)
class SourceText:
    """A file as text. Not slotted, since the line index is made on first use and kept.

    ``file`` is the path shown to people, as in :class:`~sgstrat.source.span.Span`.
    """

    file: str
    text: str

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in _BREAK.finditer(self.text))]

    @property
    def line_count(self) -> int:
        """How many lines there are; after a final line break stands one more, empty line."""
        return len(self._starts)

    def line(self, number: int) -> str:
        """A line by its number from 1, without its line break; empty where the file has no such line."""
        starts = self._starts
        if not 1 <= number <= len(starts):
            return ""
        start = starts[number - 1]
        if number == len(starts):
            return self.text[start:]
        line = self.text[start : starts[number]]
        return line[:-2] if line.endswith("\r\n") else line[:-1]

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column, both from 1, of the character at ``offset`` (0 to the length of the text, inclusive)."""
        number = bisect_right(self._starts, offset)
        return number, offset - self._starts[number - 1] + 1

    def offset(self, line: int, column: int) -> int:
        """Where a line and column, both from 1, stand in the text; past the end of a line or file, that end."""
        if line > len(self._starts):
            return len(self.text)
        return self._starts[line - 1] + min(column - 1, len(self.line(line)))

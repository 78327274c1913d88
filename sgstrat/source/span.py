"""Where a piece of text stands."""

from __future__ import annotations

from typing import NamedTuple


class Span(NamedTuple):
    """A stretch of a file. Lines and columns count from 1; the end is exclusive.

    ``file`` is the path shown to people: relative to the workspace, with forward slashes.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


def whole(file: str) -> Span:
    """The beginning of a file: for findings about the file as such."""
    return Span(file, 1, 1, 1, 1)

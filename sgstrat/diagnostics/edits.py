"""Edits of one text, put in place together. Knows places and texts, not what they mean."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable
from typing import NamedTuple

from sgstrat.diagnostics.finding import Edit
from sgstrat.source.text import SourceText

Range = tuple[int, int]
"""Offsets of a text; the end is exclusive."""


class Edited(NamedTuple):
    """A text after some edits, and where in it each of them ended up, in order of place."""

    text: str
    ranges: tuple[Range, ...]


def place(source: SourceText, edit: Edit) -> Range:
    """The stretch of the text that an edit replaces."""
    span = edit.span
    start = source.offset(span.line, span.column)
    return start, max(start, source.offset(span.end_line, span.end_column))


def apply_edits(source: SourceText, edits: Iterable[Edit]) -> Edited:
    """The text with all edits in place; equal ones count once. Raises ValueError where two of them are in conflict."""
    pieces: list[str] = []
    ranges: list[Range] = []
    at = length = 0
    taken = Taken()
    for (start, end), text in sorted({(place(source, edit), edit.text) for edit in edits}):
        if not taken.take((start, end), text):
            raise ValueError(f"two edits of {source.file} are in conflict at offset {start}")
        pieces += (source.text[at:start], text)
        length += start - at
        ranges.append((length, length + len(text)))
        length += len(text)
        at = end
    return Edited("".join((*pieces, source.text[at:])), tuple(ranges))


class Taken:
    """The stretches of one text that edits have claimed: no two may overlap, nor an insertion touch another's edge."""

    __slots__ = ("_ranges", "_texts")

    def __init__(self) -> None:
        self._ranges: list[Range] = []
        self._texts: dict[Range, str] = {}

    def is_free(self, wanted: Range, text: str) -> bool:
        """Whether an edit may be made beside those before it. The same edit again may."""
        if wanted in self._texts:
            return self._texts[wanted] == text
        at = bisect_left(self._ranges, wanted)
        return not any(_conflict(each, wanted) for each in self._ranges[max(0, at - 1) : at + 1])

    def take(self, wanted: Range, text: str) -> bool:
        """Claim a stretch, where it is free."""
        if not self.is_free(wanted, text):
            return False
        if wanted not in self._texts:
            insort(self._ranges, wanted)
            self._texts[wanted] = text
        return True


def _conflict(left: Range, right: Range) -> bool:
    if left[0] == left[1] or right[0] == right[1]:
        return left[0] <= right[1] and right[0] <= left[1]
    return left[0] < right[1] and right[0] < left[1]

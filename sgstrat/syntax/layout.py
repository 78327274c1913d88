"""How a file is laid out: every node with its place, as written, and what it stands in.

Unlike the nodes of ``syntax.parse`` it keeps aliases, keys that stand twice, and the style of everything: what a
change of the text has to know. Knows nothing of the strategy language.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from yaml.error import YAMLError
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from sgstrat.source.span import Span
from sgstrat.source.text import SourceText
from sgstrat.syntax.events import ParsedEvent, next_event
from sgstrat.syntax.parse import collector_paused

Kind = Literal["scalar", "alias", "mapping", "sequence"]


@dataclass(slots=True, eq=False)
class Part:
    """A node as written: ``start`` and ``end`` are offsets, the end exclusive; an anchor belongs to it.

    ``style`` is how a scalar is quoted (``'``, ``"``, ``|``, ``>``), or ``{`` for a collection in brackets, else empty.
    ``parts`` are those of a collection, keys and values in turn; ``index`` is the place among those of ``outer``.
    """

    kind: Kind
    start: int
    end: int
    style: str = ""
    value: str = ""
    outer: Part | None = None
    index: int = 0
    parts: list[Part] = field(default_factory=list)

    @property
    def is_key(self) -> bool:
        return self.outer is not None and self.outer.kind == "mapping" and self.index % 2 == 0

    @property
    def is_item(self) -> bool:
        return self.outer is not None and self.outer.kind == "sequence"

    @property
    def in_flow(self) -> bool:
        """Whether it stands inside brackets or braces, at any distance."""
        outer = self.outer
        while outer is not None and not outer.style:
            outer = outer.outer
        return outer is not None

    @property
    def members(self) -> int:
        """How many items or entries a collection has."""
        return len(self.parts) if self.kind == "sequence" else len(self.parts) // 2

    def value_at(self, key: str) -> Part | None:
        """The value of a mapping's key; None where it has none, or stands there twice."""
        found = [self.parts[at + 1] for at in range(0, len(self.parts), 2) if _says(self.parts[at], key)]
        return found[0] if len(found) == 1 else None


def _says(part: Part, key: str) -> bool:
    return part.kind == "scalar" and part.value == key


class Layout:
    """The ``parts`` of one file in order of writing, found by their spans."""

    __slots__ = ("_anchors", "_block_ends", "_by_place", "_shared", "parts", "source")

    def __init__(self, source: SourceText, parts: list[Part]) -> None:
        self.source = source
        self.parts = parts
        self._anchors = [part.start for part in parts if part.start < part.end and source.text[part.start] == "&"]
        self._block_ends = {part.end for part in parts if part.style in ("|", ">")}
        self._by_place = {(part.start, part.end): part for part in parts}
        self._shared: set[tuple[int, int]] = set()
        if len(self._by_place) < len(parts):
            places = Counter((part.start, part.end) for part in parts)
            self._shared.update(place for place, count in places.items() if count > 1)

    def at(self, span: Span) -> Part | None:
        """The part that a node's span means; None where none is there, or it is not clear which."""
        source = self.source
        place = source.offset(span.line, span.column), source.offset(span.end_line, span.end_column)
        return None if place in self._shared else self._by_place.get(place)

    def ends_block_scalar(self, offset: int) -> bool:
        """Whether the last written character of a block scalar stands right before this offset."""
        return offset in self._block_ends

    def has_anchor(self, start: int, end: int) -> bool:
        """Whether a part that begins in this stretch has a name by which others may repeat it."""
        return bisect_left(self._anchors, start) < bisect_left(self._anchors, end)


def lay_out(source: SourceText) -> Layout | None:
    """The layout of a file's first document; None where it cannot be read."""
    try:
        with collector_paused():
            return Layout(source, _Reader(source).run())
    except (YAMLError, UnicodeEncodeError):
        return None


class _Reader:
    def __init__(self, source: SourceText) -> None:
        self._source = source
        self._made: list[Part] = []
        self._open: list[Part] = []
        self._end = 0

    def run(self) -> list[Part]:
        get_event = next_event(self._source.text, pure=False)
        while (event := get_event()) is not None:
            kind = event.__class__
            if kind is ScalarEvent:
                self._scalar(event)
            elif kind is AliasEvent:
                self._end = event.end_mark.index
                self._add(Part("alias", event.start_mark.index, self._end))
            elif kind in (MappingStartEvent, SequenceStartEvent):
                name: Kind = "mapping" if kind is MappingStartEvent else "sequence"
                part = Part(name, event.start_mark.index, 0, "{" if event.flow_style else "")
                self._add(part)
                self._open.append(part)
            elif kind in (MappingEndEvent, SequenceEndEvent):
                part = self._open.pop()
                if part.style:
                    self._end = event.end_mark.index
                part.end = self._end  # a block ends with its last child; to libyaml it ends at the next token
            elif kind is DocumentEndEvent:
                break
        return self._made

    def _scalar(self, event: ParsedEvent) -> None:
        start, end, style = event.start_mark.index, event.end_mark.index, event.style or ""
        outer = self._open[-1] if self._open else None
        if style and style in "|>":
            end = self._block_scalar_end(start, end)
        elif not event.value and not style and outer is not None and outer.kind == "mapping" and len(outer.parts) % 2:
            start = end = self._end  # an absent value stands right after its key
        self._end = end
        self._add(Part("scalar", start, end, style, event.value))

    def _block_scalar_end(self, start: int, end: int) -> int:
        """The end of its last line that is not blank; the parser's is where the next thing begins."""
        written = self._source.text[start:end].rstrip()
        return start + (len(written) if len(written.splitlines()) > 1 else 1)

    def _add(self, part: Part) -> None:
        if self._open:
            part.outer = self._open[-1]
            part.index = len(part.outer.parts)
            part.outer.parts.append(part)
        self._made.append(part)

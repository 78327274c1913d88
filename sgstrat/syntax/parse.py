"""Text to positioned nodes, in one pass over the parser's events and without recursion.

Refuses what YAML leaves to guesswork. Knows nothing of the strategy language.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from yaml.error import Mark, YAMLError
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from sgstrat.diagnostics.finding import Findings
from sgstrat.source.span import Span, whole
from sgstrat.source.text import SourceText
from sgstrat.syntax.directives import directive_after, directives_permitted
from sgstrat.syntax.events import ParsedEvent, next_event
from sgstrat.syntax.faults import report_fault
from sgstrat.syntax.nodes import Entry, Mapping, Node, Scalar, Sequence, says_same
from sgstrat.syntax.refusals import Refusals, Stop
from sgstrat.syntax.scalars import describe, reads_as, show

MAX_DEPTH = 64
"""How deep mappings and lists may nest, inclusive; a strategy needs about ten."""
MAX_PARTS = 4_000_000
"""How large a file may be, a text counting one, a mapping or list two: 150 000 rules of 26 parts each."""
MAX_ALIASED_NODES = 100_000
"""How many nodes all aliases of a file may stand for together, each use counted in full."""
_MAX_EVENTS = MAX_PARTS + 4  # those of the stream and the document
_OPENING = frozenset((MappingStartEvent, SequenceStartEvent))
_CLOSING = frozenset((MappingEndEvent, SequenceEndEvent))

# Only so can a key in flow style end in a colon of its own: the parser complains of all other ways.
_COLON_KEY = re.compile(r"::\s")
_NOTHING = Scalar("", True, Span("", 0, 0, 0, 0))


def parse(text: str, file: str, findings: Findings, *, pure: bool = False) -> Node | None:
    """The mapping that a file holds, or None after a finding that leaves nothing to read.

    ``text`` is what :func:`~sgstrat.syntax.decode_text.decode` gives. ``pure`` asks for PyYAML's own parser in place of
    libyaml, which gives the same. All findings are made at once, but for one of syntax or of a bound, which ends the
    file. Aliases share the node of their anchor, so its spans are those of the anchor.
    """
    source = SourceText(file, text)
    if not directives_permitted(source, findings):
        return None
    builder = _Builder(source, findings)
    try:
        with collector_paused():
            builder.run(pure)
    except Stop:
        return None
    except (YAMLError, UnicodeEncodeError) as error:
        report_fault(error, source, findings)
        return None
    return _document(builder, file, findings)


@contextmanager
def collector_paused() -> Iterator[None]:
    """While a file is read nothing becomes garbage; looking for it among half a million nodes takes as long again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class _Open(NamedTuple):
    """A collection while its children are read, and what is to be taken up again after it."""

    outer: list[Node]
    outer_is_mapping: bool
    line: int
    column: int
    anchor: str | None
    has_end: bool  # a closing bracket or brace


class _Builder:
    """The nodes read so far. ``children`` are those of the collection that is open, keys and values in turn."""

    __slots__ = (
        "aliased",
        "anchors",
        "broken",
        "children",
        "doubtful_keys",
        "in_mapping",
        "refusals",
        "source",
        "stack",
    )

    def __init__(self, source: SourceText, findings: Findings) -> None:
        self.source = source
        self.refusals = Refusals(source, findings)
        self.stack: list[_Open] = []
        self.children: list[Node] = []
        self.in_mapping = False
        self.anchors: dict[str, Node | None] = {}
        self.aliased = 0
        self.broken = False
        # Whether keys may be anything but distinct texts, so that each has to be looked at.
        self.doubtful_keys = "<<" in source.text or _COLON_KEY.search(source.text) is not None

    def run(self, pure: bool) -> None:
        """Read the first document. Scalars are three quarters of all events and are made here, without a call."""
        text, file = self.source.text, self.source.file
        get_event = next_event(text, pure)
        new = tuple.__new__  # a named tuple's own constructor costs three times as much
        has_properties = "&" in text or "!" in text
        append = self.children.append
        end_line = end_column = 1
        for _ in range(_MAX_EVENTS):
            event = get_event()
            kind = event.__class__
            if kind is ScalarEvent:
                start, end, value, style = event.start_mark, event.end_mark, event.value, event.style
                line, column = start.line + 1, start.column + 1
                if style and style in "|>":
                    end_line, end_column = self._block_scalar_end(line, column, end)
                elif value or style or not (self.in_mapping and len(self.children) % 2):
                    end_line, end_column = end.line + 1, end.column + 1
                else:  # an absent value, which the parsers place differently: here it stands right after its key
                    line, column = end_line, end_column
                node = new(Scalar, (value, not style, new(Span, (file, line, column, end_line, end_column))))
                append(node)
                if has_properties:
                    self._note_properties(event, node)
            elif kind in _CLOSING:
                end_line, end_column = self._close(event, end_line, end_column)
                append = self.children.append
            elif kind in _OPENING:
                self._open(event)
                append = self.children.append
            elif kind is AliasEvent:
                end_line, end_column = self._alias(event)
            elif self._at_end(event):
                return
        message = f"the file has more than {MAX_PARTS} parts (a text is one, a mapping or a list two)"
        self.refusals.bound(message, self._span(event), "divide the strategy over several files with include")

    def _at_end(self, event: ParsedEvent) -> bool:
        """Whether an event of the stream or of a document ends the reading."""
        kind = event.__class__
        second: Span | None = None
        if kind is DocumentEndEvent:
            second = directive_after(self.source, event.end_mark.index, event.explicit)
        elif kind is DocumentStartEvent and self.children:
            second = self._span(event)
        if second is not None:
            self.refusals.second_document(second)
        return second is not None or kind is StreamEndEvent

    def _open(self, event: ParsedEvent) -> None:
        start = event.start_mark
        if len(self.stack) >= MAX_DEPTH:
            message = f"mappings and lists nest deeper than {MAX_DEPTH}"
            self.refusals.bound(message, self._span(event), "write it flatter")
        if event.anchor is not None:
            self.anchors[event.anchor] = None  # open: an alias to it from inside would never end
        if event.tag is not None:
            self.refusals.tag(start.index)
        is_mapping = event.__class__ is MappingStartEvent
        has_end = event.flow_style
        if has_end and is_mapping and self.source.text[event.end_mark.index - 1] != "{":
            has_end = False
            self.refusals.pair(start.index)
        opened = (self.children, self.in_mapping, start.line + 1, start.column + 1, event.anchor, has_end)
        self.stack.append(tuple.__new__(_Open, opened))
        self.children = []
        self.in_mapping = is_mapping

    def _close(self, event: ParsedEvent, end_line: int, end_column: int) -> tuple[int, int]:
        """Make a node of what is open. A block ends with its last child; to libyaml it ends at the next token."""
        opened = self.stack.pop()
        if opened.has_end:
            end_line, end_column = event.end_mark.line + 1, event.end_mark.column + 1
        span = tuple.__new__(Span, (self.source.file, opened.line, opened.column, end_line, end_column))
        node: Node = (
            Mapping(self._entries(opened.has_end), span) if self.in_mapping else Sequence(tuple(self.children), span)
        )
        self.children = opened.outer
        self.in_mapping = opened.outer_is_mapping
        if opened.anchor is not None:
            self.anchors[opened.anchor] = node
        if self.in_mapping:
            self._check_key(node, span)
        self.children.append(node)
        return end_line, end_column

    def _entries(self, flow: bool) -> tuple[Entry, ...]:
        keys = self.children[::2]
        pairs: Iterable[tuple[Node, Node]] = zip(keys, self.children[1::2], strict=True)
        if self.doubtful_keys or len({key[0] for key in keys}) < len(keys):
            pairs = self._sound_pairs(pairs, flow)
        new = tuple.__new__
        return tuple([new(Entry, pair) for pair in pairs])

    def _check_key(self, node: Node, span: Span) -> None:
        """Report a collection that is about to become a key; its entry is dropped when the mapping closes."""
        if len(self.children) % 2 == 0 and not isinstance(node, Scalar):
            self.doubtful_keys = True
            self.refusals.collection_key(node, span)

    def _sound_pairs(self, pairs: Iterable[tuple[Node, Node]], flow: bool) -> Iterable[tuple[Node, Node]]:
        """The entries that have a key of their own, with findings for the others."""
        sound: dict[str, tuple[Scalar, Node]] = {}
        for key, value in pairs:
            if not isinstance(key, Scalar):
                continue
            if key.plain and key.value == "<<":
                self.refusals.merge_key(key)
            elif flow and key.plain and key.value.endswith(":"):
                self.refusals.colon_key(key)
            elif key.value in sound:
                first, first_value = sound[key.value]
                self.refusals.duplicate_key(key, first, says_same(first_value, value))
            else:
                sound[key.value] = (key, value)
        return sound.values()

    def _alias(self, event: ParsedEvent) -> tuple[int, int]:
        """Let the anchor's node stand here too, and give the place where the alias ends."""
        name, span = event.anchor, self._span(event)
        node = self.anchors.get(name)
        if node is not None:
            self._weigh(node, name, span)
        else:
            self.broken = True
            if name in self.anchors:
                self.refusals.recursive_alias(name, span)
            else:
                self.refusals.unknown_alias(name, span)
            node = _NOTHING
        if self.in_mapping:
            self._check_key(node, span)
            if isinstance(node, Scalar) and len(self.children) % 2 == 0:
                node = node._replace(span=span)  # a key that is found twice has to be found at its own place
        self.children.append(node)
        return span.end_line, span.end_column

    def _weigh(self, node: Node, name: str, span: Span) -> None:
        """Count what an alias stands for, in full, and give up as soon as it is too much."""
        depth = len(self.stack)
        level: list[Node] = [node]
        while level:
            self.aliased += len(level)
            if self.aliased > MAX_ALIASED_NODES:
                message = (
                    f"*{show(name)} is one alias too many: all repeat more than {MAX_ALIASED_NODES} nodes together"
                )
                self.refusals.bound(message, span, "write fewer aliases")
            below: list[Node] = []
            for parent in level:
                if isinstance(parent, Mapping):
                    below += [part for entry in parent.entries for part in entry]
                elif isinstance(parent, Sequence):
                    below += parent.items
            level = below
            depth += 1
            if level and depth > MAX_DEPTH:
                message = f"with *{show(name)} mappings and lists nest deeper than {MAX_DEPTH}"
                self.refusals.bound(message, span, "write it flatter")

    def _note_properties(self, event: ParsedEvent, node: Scalar) -> None:
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        if event.tag is not None:
            self.refusals.tag(event.start_mark.index)

    def _block_scalar_end(self, line: int, column: int, end: Mark) -> tuple[int, int]:
        """The end of the last line of a block scalar that is not blank; the parser's is where the next thing begins."""
        last = end.line + 1 if end.column else end.line
        for number in range(last, line, -1):
            written = self.source.line(number).rstrip()
            if written:
                return number, len(written) + 1
        return line, column + 1

    def _span(self, event: ParsedEvent) -> Span:
        start, end = event.start_mark, event.end_mark
        return Span(self.source.file, start.line + 1, start.column + 1, end.line + 1, end.column + 1)


def _document(builder: _Builder, file: str, findings: Findings) -> Node | None:
    """The only node of the file, which has to be a mapping."""
    root = builder.children[0] if builder.children else None
    if isinstance(root, Mapping):
        return None if builder.broken else root
    help = "a strategy begins with version, strategy and groups"
    if root is None or (isinstance(root, Scalar) and root.plain and reads_as(root.value) == "null"):
        findings.add("SG102", "the file is empty; a mapping of keys is expected", whole(file), help=help)
        return None
    if isinstance(root, Scalar) and root.plain and ":" in root.value:
        help = 'write a space after the colon: "key: value"'
    findings.add("SG102", f"the file is {describe(root)}; a mapping of keys is expected", root.span, help=help)
    return None

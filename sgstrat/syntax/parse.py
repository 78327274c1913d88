"""Text to positioned nodes, in one pass over the parser's events and without recursion.

Refuses what YAML leaves to guesswork. Knows nothing of the strategy language.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from yaml.error import YAMLError
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

from sgstrat.diagnostics.finding import Findings, Related
from sgstrat.source.span import Span, whole
from sgstrat.source.text import LINE_BREAK, SourceText
from sgstrat.syntax.events import ParsedEvent, next_event
from sgstrat.syntax.faults import report_colon, report_fault, tag_at, tag_saying, word_at
from sgstrat.syntax.nodes import Entry, Mapping, Node, Scalar, Sequence
from sgstrat.syntax.scalars import describe, reads_as, show

MAX_DEPTH = 64
"""How deep mappings and lists may nest, inclusive; a strategy needs about ten."""
MAX_NODES = 3_000_000
"""How many nodes a file may hold: 150 000 rules of twenty nodes each."""
MAX_ALIASED_NODES = 100_000
"""How many nodes all aliases of a file may stand for together, each use counted in full."""
_MAX_EVENTS = 2 * MAX_NODES

# The first line that is neither blank nor a comment.
_CONTENT = re.compile(rf"(?:(?<=[{LINE_BREAK}])|^)(?![ \t]*(?:#|[{LINE_BREAK}]|\Z))")
_VERSION = re.compile(rf"%YAML[ \t]+1\.[12][ \t]*(?:#[^{LINE_BREAK}]*)?(?=[{LINE_BREAK}])")
_LINE = re.compile(rf"[^{LINE_BREAK}]*")
# Where a key in flow style can end in a colon: every other way is an error of the parser's own.
_COLON_KEY = re.compile(r"::\s")

_NOWHERE = Span("", 0, 0, 0, 0)
_NOTHING = Scalar("", True, _NOWHERE)


def parse(text: str, file: str, findings: Findings, *, pure: bool = False) -> Node | None:
    """The mapping that a file holds, or None after a finding that leaves nothing to read.

    ``text`` is what :func:`~sgstrat.syntax.decode_text.decode` gives. ``pure`` asks for PyYAML's own parser in place of
    libyaml, which gives the same. All findings are made at once, but for one of syntax or of a bound, which ends the
    file. Aliases share the node of their anchor, so its spans are those of the anchor.
    """
    source = SourceText(file, text)
    if not _directives_permitted(source, findings):
        return None
    builder = _Builder(source, findings)
    try:
        with _collector_paused():
            builder.run(pure)
    except _Stop:
        return None
    except (YAMLError, UnicodeEncodeError) as error:
        report_fault(error, source, findings)
        return None
    return _document(builder, file, findings)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Nodes make no cycles; looking for some among half a million tuples takes as long as making them."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class _Stop(Exception):
    """The rest of the file is not read; the finding has been made."""


class _Open(NamedTuple):
    """A collection while its children are read, and what is to be taken up again after it."""

    outer: list[Node]
    outer_is_mapping: bool
    outer_is_flow: bool
    line: int
    column: int
    anchor: str | None
    has_end: bool  # a closing bracket or brace


class _Builder:
    """The nodes read so far. ``children`` are those of the collection that is open, keys and values in turn."""

    __slots__ = ("aliased", "anchors", "broken", "children", "doubtful_keys", "findings", "in_flow", "in_mapping", "source", "stack")

    def __init__(self, source: SourceText, findings: Findings) -> None:
        self.source = source
        self.findings = findings
        self.stack: list[_Open] = []
        self.children: list[Node] = []
        self.in_mapping = False
        self.in_flow = False
        self.anchors: dict[str, Node | None] = {}
        self.aliased = 0
        self.broken = False
        # Whether keys may be anything but distinct texts: looking at each is for the few files that need it.
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
                    end_line, end_column = self._block_scalar_end(line, column, end.line + 1)
                elif value or style or not (self.in_flow or self.in_mapping):
                    end_line, end_column = end.line + 1, end.column + 1
                else:  # nothing at all, which the parsers place differently: right after what went before, such as its key
                    line, column = end_line, end_column
                node = new(Scalar, (value, not style, new(Span, (file, line, column, end_line, end_column))))
                append(node)
                if has_properties:
                    self._note_properties(event, node)
            elif kind is MappingEndEvent:
                end_line, end_column = self._close_mapping(event, end_line, end_column)
                append = self.children.append
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                self._open(event)
                append = self.children.append
            elif kind is SequenceEndEvent:
                end_line, end_column = self._close_sequence(event, end_line, end_column)
                append = self.children.append
            elif kind is AliasEvent:
                end_line, end_column = self._alias(event)
            elif kind is DocumentEndEvent:
                self._end_document(event)
            elif kind is DocumentStartEvent and self.children:
                self._second_document(self._span(event))
                return
            elif kind is StreamEndEvent:
                return
        self._refuse(f"the file has more than {MAX_NODES} nodes", self._span(event), "divide the strategy over several files with include")

    def _open(self, event: ParsedEvent) -> None:
        start = event.start_mark
        if len(self.stack) >= MAX_DEPTH:
            self._refuse(f"mappings and lists nest deeper than {MAX_DEPTH}", self._span(event), "write it flatter")
        if event.anchor is not None:
            self.anchors[event.anchor] = None  # open: an alias to it from inside would never end
        if event.tag is not None:
            self._report_tag(event)
        is_mapping = event.__class__ is MappingStartEvent
        flow = has_end = event.flow_style
        if flow and is_mapping and self.source.text[event.end_mark.index - 1] != "{":
            has_end = False
            self._report_pair(event)
        opened = (self.children, self.in_mapping, self.in_flow, start.line + 1, start.column + 1, event.anchor, has_end)
        self.stack.append(tuple.__new__(_Open, opened))
        self.children = []
        self.in_mapping = is_mapping
        self.in_flow = flow

    def _close_mapping(self, event: ParsedEvent, end_line: int, end_column: int) -> tuple[int, int]:
        """Make a mapping of what is open. A block ends with its last child, where libyaml would have it end at the next token."""
        opened = self.stack.pop()
        if opened.has_end:
            end_line, end_column = event.end_mark.line + 1, event.end_mark.column + 1
        children = self.children
        keys = children[::2]
        pairs: Iterable[tuple[Node, Node]] = zip(keys, children[1::2])
        if self.doubtful_keys or len({key[0] for key in keys}) < len(keys):
            pairs = self._sound_pairs(pairs, opened.has_end)
        new = tuple.__new__
        entries = tuple([new(Entry, pair) for pair in pairs])
        span = new(Span, (self.source.file, opened.line, opened.column, end_line, end_column))
        self._close(opened, new(Mapping, (entries, span)))
        return end_line, end_column

    def _close_sequence(self, event: ParsedEvent, end_line: int, end_column: int) -> tuple[int, int]:
        opened = self.stack.pop()
        if opened.has_end:
            end_line, end_column = event.end_mark.line + 1, event.end_mark.column + 1
        span = Span(self.source.file, opened.line, opened.column, end_line, end_column)
        self._close(opened, Sequence(tuple(self.children), span))
        return end_line, end_column

    def _close(self, opened: _Open, node: Mapping | Sequence) -> None:
        self.children = opened.outer
        self.in_mapping = opened.outer_is_mapping
        self.in_flow = opened.outer_is_flow
        if opened.anchor is not None:
            self.anchors[opened.anchor] = node
        if self.in_mapping:
            self._check_key(node, node.span)
        self.children.append(node)

    def _check_key(self, node: Node, span: Span) -> None:
        """Report a collection that is about to become a key; its entry is dropped when the mapping closes."""
        if len(self.children) % 2 == 0 and not isinstance(node, Scalar):
            self.doubtful_keys = True
            self.findings.add("SG105", f"{describe(node)} is a key here; keys are texts", span, help="quote the text if it begins with [ or {")

    def _sound_pairs(self, pairs: Iterable[tuple[Node, Node]], flow: bool) -> list[tuple[Node, Node]]:
        """The entries that have a key of their own, with findings for the others."""
        sound: dict[str, tuple[Node, Node]] = {}
        for key, value in pairs:
            if not isinstance(key, Scalar):
                continue
            if key.plain and key.value == "<<":
                self.findings.add(
                    "SG105",
                    "<< (a merge key) is not part of the language",
                    key.span,
                    help="write the keys out, or share whole values with an anchor and an alias",
                )
            elif flow and key.plain and key.value.endswith(":"):
                report_colon(key.value, key.span, self.findings)
            elif key.value in sound:
                first = sound[key.value][0]
                self.findings.add(
                    "SG103",
                    f"the key {show(key.value)} stands twice in this mapping",
                    key.span,
                    help="delete or rename one of them",
                    related=(Related(first.span, "it stands here first"),),
                )
            else:
                sound[key.value] = (key, value)
        return list(sound.values())

    def _alias(self, event: ParsedEvent) -> tuple[int, int]:
        """Let the anchor's node stand here too, and give the place where the alias ends."""
        name, span = event.anchor, self._span(event)
        node = self.anchors.get(name)
        if node is not None:
            self._weigh(node, name, span)
        else:
            self.broken = True
            if name in self.anchors:
                self.findings.add("SG105", f"*{name} stands inside the value that it repeats", span, help="write the value out")
            else:
                self.findings.add(
                    "SG101",
                    f"*{name} repeats a value, but nothing before it is marked &{name}",
                    span,
                    help=f'mark the value with &{name}, or quote the text: "*{name}"',
                )
            node = _NOTHING
        if self.in_mapping:
            self._check_key(node, span)
        self.children.append(node)
        return span.end_line, span.end_column

    def _weigh(self, node: Node, name: str, span: Span) -> None:
        """Count what an alias stands for, in full, and give up as soon as it is too much."""
        depth = len(self.stack)
        level: list[Node] = [node]
        while level:
            self.aliased += len(level)
            if self.aliased > MAX_ALIASED_NODES:
                self._refuse(
                    f"*{name} is one alias too many: together they repeat more than {MAX_ALIASED_NODES} nodes", span, "write fewer aliases"
                )
            below: list[Node] = []
            for parent in level:
                if isinstance(parent, Mapping):
                    below += [part for entry in parent.entries for part in entry]
                elif isinstance(parent, Sequence):
                    below += parent.items
            level = below
            depth += 1
            if level and depth > MAX_DEPTH:
                self._refuse(f"with *{name} mappings and lists nest deeper than {MAX_DEPTH}", span, "write it flatter")

    def _note_properties(self, event: ParsedEvent, node: Scalar) -> None:
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        if event.tag is not None:
            self._report_tag(event)

    def _report_tag(self, event: ParsedEvent) -> None:
        text = self.source.text
        start = text.find("!", event.start_mark.index)  # an anchor may come first
        line, column = self.source.position(start)
        message, help = tag_saying(tag_at(text, start))
        self.findings.add("SG105", message, Span(self.source.file, line, column, line, column + 1), help=help)

    def _report_pair(self, event: ParsedEvent) -> None:
        """A mapping of one pair without braces, as in ``[a: b]``: nearly always a text with a colon."""
        word = word_at(self.source.text, event.start_mark.index)
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        span = Span(self.source.file, line, column, line, column + max(len(word), 1))
        if word.startswith(":") or word.endswith("::"):
            report_colon(word, span, self.findings)
            return
        self.findings.add(
            "SG105",
            f"{show(word)} begins a mapping without braces inside [...]",
            span,
            help="write {key: value} if a mapping is meant, or quote the text",
        )

    def _block_scalar_end(self, line: int, column: int, end_line: int) -> tuple[int, int]:
        """The end of the last line of a block scalar that is not blank; libyaml's end is the next token's line."""
        for number in range(end_line - 1, line, -1):
            written = self.source.line(number).rstrip()
            if written:
                return number, len(written) + 1
        return line, column + 1

    def _end_document(self, event: ParsedEvent) -> None:
        """Look for directives after the document: the parser would read all of them before it told us of the next one."""
        text, offset = self.source.text, event.end_mark.index
        if event.explicit:
            while (content := _CONTENT.search(text, offset)) and text.startswith("...", content.start()):
                offset = content.end() + 3
            offset = len(text) if content is None else content.start()
        if text.startswith("%", offset):
            self._second_document(_line_span(self.source, offset))
            raise _Stop

    def _second_document(self, span: Span) -> None:
        self.findings.add("SG104", "a second YAML document begins here; a file holds one", span, help="move it to a file of its own")

    def _refuse(self, message: str, span: Span, help: str) -> None:
        self.findings.add("SG106", message, span, help=help)
        raise _Stop

    def _span(self, event: ParsedEvent) -> Span:
        start, end = event.start_mark, event.end_mark
        return Span(self.source.file, start.line + 1, start.column + 1, end.line + 1, end.column + 1)


def _directives_permitted(source: SourceText, findings: Findings) -> bool:
    """Whether the file begins with no directive, or with %YAML 1.1 or 1.2 alone, which say nothing new."""
    text = source.text
    if "%" not in text:
        return True
    content = _CONTENT.search(text)
    version = None if content is None else _VERSION.match(text, content.start())
    if version is not None:
        content = _CONTENT.search(text, version.end())
    if content is None or not text.startswith("%", content.start()):
        return True
    span = _line_span(source, content.start())
    directive = show(text[content.start() :][: span.end_column - span.column])
    findings.add("SG105", f"{directive} is a YAML directive; strategies have none", span, help="delete the line")
    return False


def _line_span(source: SourceText, offset: int) -> Span:
    line, column = source.position(offset)
    match = _LINE.match(source.text, offset)
    return Span(source.file, line, column, line, column + len(match.group() if match else ""))


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

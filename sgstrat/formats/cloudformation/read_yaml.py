"""A template's YAML to plain data, its short forms (``!Ref X``) written as long ones. Knows tags, not what they mean.

Over the same bounds as strategies, but with tags, which those refuse. Scalars stay texts, since CloudFormation takes
``443`` and ``"443"`` alike; an empty or null one is None.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

from yaml.error import YAMLError
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from sgstrat.formats.observed import Where
from sgstrat.formats.read_value import MAX_DEPTH, Reading
from sgstrat.syntax.events import ParsedEvent, next_event
from sgstrat.syntax.parse import MAX_ALIASED_NODES, MAX_PARTS

_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_OPENING = frozenset((MappingStartEvent, SequenceStartEvent))
_CLOSING = frozenset((MappingEndEvent, SequenceEndEvent))
_CORE = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq"))
_BARE = frozenset(("Ref", "Condition"))


def read_yaml(text: str, reading: Reading) -> Any:
    """The data of a template, or None after a report.

    A key that stands twice, a merge key and an alias to nothing are reported where they stand, and the rest is read.
    Anchors may repeat at most ``MAX_ALIASED_NODES`` nodes, each use counted in full.
    """
    builder = _Builder(reading)
    try:
        builder.run(text)
    except _Stop:
        return None
    except (YAMLError, UnicodeEncodeError) as error:
        mark = getattr(error, "problem_mark", None)
        place = "(document)" if mark is None else f"line {mark.line + 1}, column {mark.column + 1}"
        reading.fail(place, "", f"not valid YAML: {getattr(error, 'problem', None) or error}")
        return None
    return builder.children[0] if builder.children else None


class _Stop(Exception):
    """The rest of the text is not read; it has been reported."""


class _Open(NamedTuple):
    """A collection while its children are read."""

    outer: list[Any]
    is_mapping: bool
    anchor: str | None
    tag: str | None
    nodes: int  # that came before it, each use of an alias counted in full


class _Builder:
    """The data read so far. ``children`` are those of the collection that is open, keys and values in turn."""

    __slots__ = ("_anchors", "_nodes", "_reading", "_stack", "children")

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._nodes = 0  # those that aliases stand for
        self.children: list[Any] = []

    def run(self, text: str) -> None:
        """Read the document. Scalars are four fifths of all events and are made here, without a call."""
        get_event = next_event(text, pure=False)
        has_properties = "&" in text or "!" in text
        append = self.children.append
        for count in range(MAX_PARTS):
            event = get_event()
            kind = event.__class__
            if kind is ScalarEvent:
                value = event.value
                if value in _NULLS and not event.style and event.tag is None:
                    value = None
                elif has_properties and event.tag is not None:
                    value = _tagged(event.tag, value)
                append(value)
                if has_properties and event.anchor is not None:
                    self._anchors[event.anchor] = (value, 1)
            elif kind in _CLOSING:
                self._close(count)
                append = self.children.append
            elif kind in _OPENING:
                self._open(event, count)
                append = self.children.append
            elif kind is AliasEvent:
                append(self._alias(event.anchor))
            elif self._at_end(kind):
                return
        self._stop(f"it has more than {MAX_PARTS} parts")

    def _at_end(self, kind: type) -> bool:
        """Whether an event of the stream or of a document ends the reading."""
        if kind is DocumentStartEvent and self.children:
            self._stop("it holds several documents")
        return kind is StreamEndEvent

    def _open(self, event: ParsedEvent, count: int) -> None:
        if len(self._stack) >= MAX_DEPTH:
            self._stop(f"it nests deeper than {MAX_DEPTH}")
        is_mapping = event.__class__ is MappingStartEvent
        self._stack.append(_Open(self.children, is_mapping, event.anchor, event.tag, count + self._nodes))
        self.children = []

    def _close(self, count: int) -> None:
        opened = self._stack[-1]
        value: Any = self._mapping(self.children) if opened.is_mapping else self.children
        self._stack.pop()
        if opened.tag is not None:
            value = _tagged(opened.tag, value)
        if opened.anchor is not None:
            self._anchors[opened.anchor] = (value, count + self._nodes - opened.nodes)
        self.children = opened.outer
        self.children.append(value)

    def _mapping(self, children: list[Any]) -> dict[Any, Any]:
        keys = children[::2]
        try:
            made = dict(zip(keys, children[1::2], strict=True))
        except TypeError:  # a mapping or list as a key
            made = {}
        if len(made) == len(keys) and "<<" not in made:
            return made
        made = {}
        for key, value in zip(keys, children[1::2], strict=True):
            if not isinstance(key, str) or key == "<<":
                self._reading.fail(self._where(), key, "no key that a template can have")
            elif key in made:
                self._reading.fail(self._where(), key, "the key stands twice in one mapping")
            else:
                made[key] = value
        return made

    def _alias(self, name: str) -> Any:
        if name not in self._anchors:
            self._reading.fail(self._where(), f"*{name}", "an alias to nothing, or to what it stands in")
            return None
        value, weight = self._anchors[name]
        self._nodes += weight
        if self._nodes > MAX_ALIASED_NODES:
            self._stop(f"its aliases repeat more than {MAX_ALIASED_NODES} nodes together")
        return value

    def _where(self) -> Where:
        """The place of what is open."""
        place: Where | None = None
        for parent, opened in pairwise(self._stack):
            place = Where(place, opened.outer[-1] if parent.is_mapping and opened.outer else len(opened.outer))
        return place or Where(None, "(document)")

    def _stop(self, why: str) -> None:
        self._reading.fail("(document)", "", why)
        raise _Stop


def _tagged(tag: str, value: Any) -> Any:
    """What a tag and its value are in long form. A tag that is no function's becomes one that nothing evaluates."""
    if tag == "!" or tag in _CORE:
        return value
    name = tag.removeprefix("!")
    if name in _BARE:
        return {name: value}
    if name == "GetAtt" and isinstance(value, str):
        return {"Fn::GetAtt": value.split(".", 1)}
    return {f"Fn::{name}": value}

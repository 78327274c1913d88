"""The outline of one file: what it declares, as a tree."""

from __future__ import annotations

from typing import NamedTuple

from sgstrat.source.span import Span
from sgstrat.syntax.nodes import Entry, Mapping, Node, Scalar, Sequence

_MOST = 5000
_DEPTH = 4


class Outlined(NamedTuple):
    """A key or item with what is below it. ``span`` is all of it, ``name_span`` its name."""

    name: str
    detail: str
    span: Span
    name_span: Span
    children: tuple[Outlined, ...]


def outline_of(node: Node | None) -> tuple[Outlined, ...]:
    """The tree of a file: its keys to a few levels. Rules and flows show who talks to whom."""
    return _children(node, _DEPTH) if isinstance(node, Mapping) else ()


def _children(node: Node, depth: int) -> tuple[Outlined, ...]:
    if not depth:
        return ()
    if isinstance(node, Mapping):
        return tuple(_entry(entry, depth) for entry in node.entries[:_MOST])
    if isinstance(node, Sequence):
        return tuple(_item(index, item) for index, item in enumerate(node.items[:_MOST]) if isinstance(item, Mapping))
    return ()


def _entry(entry: Entry, depth: int) -> Outlined:
    key, value = entry
    span = Span(key.span.file, key.span.line, key.span.column, value.span.end_line, value.span.end_column)
    detail = _short(value)
    # a rule's own keys would say less than the rule's line does
    inner = depth - 1 if isinstance(value, Mapping) else 1 if isinstance(value, Sequence) else 0
    return Outlined(key.value or "?", detail, span, key.span, _children(value, inner) if inner else ())


def _item(index: int, item: Mapping) -> Outlined:
    values = {entry.key.value: _short(entry.value) for entry in item.entries}
    who = " to ".join(values[key] for key in ("from", "to") if key in values)
    name = values.get("name") or who or values.get("code") or f"[{index}]"
    detail = values.get("services") or values.get("path") or ""
    return Outlined(name, detail, item.span, item.entries[0].key.span if item.entries else item.span, ())


def _short(node: Node) -> str:
    if isinstance(node, Scalar):
        return node.value if len(node.value) <= 60 else node.value[:57] + "..."
    if isinstance(node, Sequence):
        return ", ".join(item.value for item in node.items[:4] if isinstance(item, Scalar))
    return ""

"""YAML as written: three kinds of node, each with its span.

Named tuples, since a large strategy has half a million of them.
"""

from __future__ import annotations

from typing import NamedTuple

from sgstrat.source.span import Span


class Scalar(NamedTuple):
    """A text. ``plain`` is whether it was written without quotes and not as a block scalar."""

    value: str
    plain: bool
    span: Span


class Entry(NamedTuple):
    """A key and its value."""

    key: Scalar
    value: Node


class Mapping(NamedTuple):
    """Entries in order of writing; keys are unique."""

    entries: tuple[Entry, ...]
    span: Span


class Sequence(NamedTuple):
    """Items in order of writing."""

    items: tuple[Node, ...]
    span: Span


Node = Scalar | Mapping | Sequence


def says_same(left: Node, right: Node) -> bool:
    """Whether two nodes are written with the same texts in the same order; their places aside.

    A text in quotes is not a plain one, which may be no text to YAML.
    """
    waiting: list[tuple[Node, Node]] = [(left, right)]
    while waiting:
        one, other = waiting.pop()
        if one is other:
            continue
        if isinstance(one, Scalar) and isinstance(other, Scalar):
            if one[:2] != other[:2]:
                return False
        elif isinstance(one, Sequence) and isinstance(other, Sequence) and len(one.items) == len(other.items):
            waiting += zip(one.items, other.items, strict=True)
        elif isinstance(one, Mapping) and isinstance(other, Mapping) and len(one.entries) == len(other.entries):
            for mine, yours in zip(one.entries, other.entries, strict=True):
                waiting += ((mine.key, yours.key), (mine.value, yours.value))
        else:
            return False
    return True

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

"""How many rules of AWS a written rule or flow becomes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from sgstrat.rulebook.model import DIRECTIONS, Rulebook
from sgstrat.source.span import Span


class Hint(NamedTuple):
    """A count to show at the end of a rule or flow."""

    span: Span
    rules: int


def rule_counts(rulebooks: Iterable[Rulebook], file: str) -> list[Hint]:
    """The rules and flows of a file that become more than one rule; the most of all targets counts."""
    most: dict[Span, int] = {}
    for book in rulebooks:
        counted: Counter[Span] = Counter()
        for group in book.groups:
            for direction in DIRECTIONS:
                counted.update(
                    rule.origin.span
                    for rule in group.rules(direction)
                    if rule.origin is not None and rule.origin.span.file == file
                )
        for span, count in counted.items():
            most[span] = max(count, most.get(span, 0))
    return [Hint(span, count) for span, count in sorted(most.items()) if count > 1]

"""SG419: groups that no workload of the workspace carries.

Only where a strategy says what its workloads are; baseline groups are carried without being named. Asked of the
strategies as written, so that a workload that is wrong elsewhere still counts as one that carries its groups.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sgstrat.checks.context import Context
from sgstrat.diagnostics.finding import Findings
from sgstrat.language.decode import Unit
from sgstrat.language.model import Word
from sgstrat.language.names import groups_of
from sgstrat.source.span import Span

_MOST_SHOWN = 4
_Key = tuple[str, str]  # a strategy and a group of it


class _Declared(NamedTuple):
    """A group as one strategy has it: what stands in a fragment of several strategies stands in one place."""

    key: _Key
    word: Word
    kind: str


def check_unused_groups(context: Context, findings: Findings) -> None:
    """Report each group that has to be named to be carried, and is named by no workload."""
    carried = {key for unit in context.units for key in _carried(unit)}
    declared: dict[Span, list[_Declared]] = defaultdict(list)
    for unit in context.units:
        for each in _attachable(unit):
            declared[each.word.span].append(each)
    unused = [same for same in declared.values() if all(each.key not in carried for each in same)]
    if not unused:
        return
    users = _users(context, {each.key for same in unused for each in same})
    for same in unused:
        _report(same, users, findings)


def _attachable(unit: Unit) -> Iterator[_Declared]:
    """The groups that a strategy's workloads have to name."""
    strategy = unit.names.strategy
    for kind, word, _ in groups_of(strategy) if strategy.workloads else ():
        if kind != "baseline":
            yield _Declared((unit.names.name, word.text), word, kind)


def _carried(unit: Unit) -> Iterator[_Key]:
    """The groups that a strategy's workloads name."""
    for _, workload in unit.names.strategy.workloads:
        for word in workload.groups:
            head, slash, rest = word.text.partition("/")
            yield (head, rest) if slash else (unit.names.name, head)


def _users(context: Context, keys: set[_Key]) -> Mapping[_Key, set[str]]:
    """The other groups whose rules name some groups, as the strategy of those would call them."""
    found: dict[_Key, set[str]] = {key: set() for key in keys}
    for book in context.rulebooks.values():
        for group in book.groups:
            for name in {rule.peer.name for rule in (*group.ingress, *group.egress) if rule.peer.kind == "group"}:
                place = context.workspace.locate(book, name)
                key = (place[0].strategy, place[1]) if place is not None else None
                if key in found and key != (book.strategy, group.key):
                    found[key].add(group.key if book.strategy == key[0] else f"{book.strategy}/{group.key}")
    return found


def _report(same: list[_Declared], users: Mapping[_Key, set[str]], findings: Findings) -> None:
    _, word, kind = same[0]
    naming = sorted({user for each in same for user in users[each.key]})
    shown = ", ".join(naming[:_MOST_SHOWN]) + (", ..." if len(naming) > _MOST_SHOWN else "")
    towards = f", so the rules of {shown} that name it are rules towards nobody" if naming else ""
    findings.add(
        "SG419",
        f"no workload carries group {word.text}{towards}",
        word.span,
        help="attach it to a workload, or remove it" + (" and the rules that name it" if naming else ""),
        paths=(f"groups.{kind}.{word.text}",),
    )

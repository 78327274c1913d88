"""SG417: two groups of one target that nothing tells apart, neither their rules nor anybody else's.

Equal rules alone are not enough. A rule of any group that names one of the two has to have a twin that names the other,
or else whoever carries the one is let through where whoever carries the other is not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from sgstrat.checks.context import Context
from sgstrat.diagnostics.finding import Findings, Related
from sgstrat.diagnostics.suggest import shortened
from sgstrat.reach.hosts import Place
from sgstrat.rulebook.model import DIRECTIONS, Direction, Group

_MOST_SHOWN = 4
# How other groups name one: who does, in which direction, with which protocol and ports.
_Naming = frozenset[tuple[Place, Direction, str, int | None, int | None]]


def check_duplicate_groups(context: Context, findings: Findings) -> None:
    """Report groups that are alike wherever the strategy has any of them, all of them at once."""
    equal = [places for places in _equal_rules(context) if len(places) > 1]
    if not equal:
        return
    named = _naming(context, {place for places in equal for place in places})
    alike = _everywhere(context, (same for places in equal for same in _told_apart(places, named)))
    for places in alike:
        _report([context.workspace.groups[place] for place in places], findings)


def _equal_rules(context: Context) -> Iterator[list[Place]]:
    """The groups of a target that have equal rules, and any."""
    for name, book in context.rulebooks.items():
        by_rules: dict[tuple[tuple[str, ...], tuple[str, ...]], list[Place]] = defaultdict(list)
        for group in book.groups:
            if group.ingress or group.egress:  # keys are made of the content
                rules = (tuple([each.key for each in group.ingress]), tuple([each.key for each in group.egress]))
                by_rules[rules].append((name, group.key))
        yield from by_rules.values()


def _naming(context: Context, places: set[Place]) -> dict[Place, _Naming]:
    """How all groups of the workspace name some of them."""
    workspace = context.workspace
    found: dict[Place, set[tuple[Place, Direction, str, int | None, int | None]]] = {each: set() for each in places}
    for name, book in context.rulebooks.items():
        for group in book.groups:
            for direction in DIRECTIONS:
                for rule in group.rules(direction):
                    if rule.peer.kind != "group":
                        continue
                    other = workspace.locate(book, rule.peer.name)
                    if other is not None and other in found:
                        how = (rule.protocol, rule.from_port, rule.to_port)
                        found[other].add(((name, group.key), direction, *how))
    return {place: frozenset(rules) for place, rules in found.items()}


def _told_apart(places: list[Place], named: dict[Place, _Naming]) -> Iterator[list[Place]]:
    """Those of some groups with equal rules that all others name alike."""
    alike: dict[_Naming, list[Place]] = defaultdict(list)
    for place in places:
        alike[named[place]].append(place)
    yield from (same for same in alike.values() if len(same) > 1)


def _everywhere(context: Context, alike: Iterable[list[Place]]) -> Iterator[list[Place]]:
    """Of groups that are alike in some targets those that are so in every target that has any of them."""
    company: dict[tuple[str, str], set[tuple[str, str, int]]] = defaultdict(set)
    for number, places in enumerate(alike):
        for target, key in places:
            company[target.strategy, key].add((target.environment, target.vpc, number))
    homes: dict[tuple[str, str], list[Place]] = defaultdict(list)
    for name, book in context.rulebooks.items():
        for group in book.groups:
            if (book.strategy, group.key) in company:
                homes[book.strategy, group.key].append((name, group.key))
    together: dict[tuple[str, frozenset[tuple[str, str, int]]], list[Place]] = defaultdict(list)
    for (strategy, key), where in company.items():
        if len(where) == len(homes[strategy, key]):
            together[strategy, frozenset(where)].append(homes[strategy, key][0])
    yield from (places for places in together.values() if len(places) > 1)


def _report(groups: list[Group], findings: Findings) -> None:
    first, *others = sorted(groups, key=lambda group: (*(group.span or ()), group.key))
    names = [each.key for each in (first, *others)]
    shown = shortened(names, _MOST_SHOWN)
    findings.add(
        "SG417",
        f"groups {shown} are alike: they have the same rules, and no rule tells them apart",
        others[0].span,
        help="attach one of them in place of all; if they will differ some day, waive this until then",
        related=[
            Related(each.span, f"{each.key} is here")
            for each in (first, *others[1:_MOST_SHOWN])
            if each.span is not None
        ],
        paths=[f"groups.{each.kind}.{each.key}" for each in (*others, first)],
    )

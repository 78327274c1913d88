"""SG417: two groups of one target that nothing tells apart, neither their rules nor anybody else's.

Equal rules alone are not enough. A rule of any group that names one of the two has to have a twin that names the other,
or else whoever carries the one is let through where whoever carries the other is not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from sgstrat.checks.context import Context
from sgstrat.diagnostics.finding import Findings, Related
from sgstrat.reach.hosts import Place
from sgstrat.rulebook.model import DIRECTIONS, Direction, Group

# How other groups name one: who does, in which direction, with which protocol and ports.
_Naming = frozenset[tuple[Place, Direction, str, int | None, int | None]]


class _Twins(NamedTuple):
    """Two groups that are alike, in the order in which they are written."""

    first: Group
    second: Group


def check_duplicate_groups(context: Context, findings: Findings) -> None:
    """Report each group that is as another one wherever the strategy has either of them."""
    groups = context.workspace.groups
    equal = [places for places in _equal_rules(context) if len(places) > 1]
    if not equal:
        return
    named = _naming(context, {place for places in equal for place in places})
    twins: dict[tuple[str, str, str], list[_Twins]] = defaultdict(list)
    for places in equal:
        for same in _told_apart(places, named):
            first, *others = sorted((groups[place] for place in same), key=_written)
            for second in others:
                twins[same[0][0].strategy, first.key, second.key].append(_Twins(first, second))
    homes = _homes(context)
    for (strategy, first_key, second_key), found in twins.items():
        if len(found) == len(homes[strategy, first_key] | homes[strategy, second_key]):
            _report(found[0], findings)


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


def _homes(context: Context) -> dict[tuple[str, str], set[tuple[str, str]]]:
    """The environments and VPCs in which each group of each strategy is."""
    found: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for name, book in context.rulebooks.items():
        for group in book.groups:
            found[name.strategy, group.key].add((name.environment, name.vpc))
    return found


def _written(group: Group) -> tuple[object, ...]:
    return (*(group.span or ()), group.key)


def _report(twins: _Twins, findings: Findings) -> None:
    first, second = twins
    findings.add(
        "SG417",
        f"group {second.key} has the same rules as {first.key}, and no rule tells them apart",
        second.span,
        help="keep one of them; if they will differ some day, waive this until then",
        related=(Related(first.span, f"{first.key} is here"),) if first.span is not None else (),
        paths=(f"groups.{second.kind}.{second.key}",),
    )

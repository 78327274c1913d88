"""Which written rules and flows make which rules of groups, for those about which there may be something to say.

A rule that is written several times stands in a rulebook once, with the first place as its origin. Knows no finding.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from sgstrat.checks.context import Context
from sgstrat.language.names import groups_of
from sgstrat.language.services import ServicePart
from sgstrat.rulebook.model import DIRECTIONS, Direction, Origin, Rule, TargetName
from sgstrat.source.span import Span


class RuleId(NamedTuple):
    """One rule of the workspace: its group, direction and key."""

    target: TargetName
    group: str
    direction: Direction
    key: str


class Maker(NamedTuple):
    """A place at which a rule is written, and the reason given there."""

    origin: Origin
    why: str

    @property
    def noun(self) -> str:
        return "flow" if self.origin.paths and self.origin.paths[0].startswith("flows") else "rule"

    def may_stand_for(self, other: Maker) -> bool:
        """Whether the one can be left out for the other: a rule of a group and a flow may have their own reasons."""
        return self.noun == other.noun or self.why == other.why


Again = Mapping[RuleId, list[Maker]]  # rules that are written several times, by whom, in the order of writing


class Piece(NamedTuple):
    """One rule that a written one makes."""

    id: RuleId
    rule: Rule
    maker: Maker

    @property
    def is_first(self) -> bool:
        """Whether nothing before it makes the same."""
        return self.rule.origin is not None and self.rule.origin.span == self.maker.origin.span

    @property
    def service(self) -> str:
        return str(ServicePart(self.rule.protocol, self.rule.from_port, self.rule.to_port, ""))

    def __str__(self) -> str:
        peer, group = self.rule.peer.name, self.id.group
        ends = (peer, group) if self.id.direction == "ingress" else (group, peer)
        return f"{self.service} from {ends[0]} to {ends[1]}"


def temporary_places(context: Context) -> frozenset[Span]:
    """Where rules and flows stand that expire, and will be gone some day."""
    found: list[Span] = []
    for unit in context.units:
        strategy = unit.names.strategy
        found += [flow.span for flow in strategy.flows if flow.expires is not None]
        for _, _, group in groups_of(strategy):
            found += [rule.span for rule in group.ingress if rule.expires is not None]
            found += [rule.span for rule in group.egress if rule.expires is not None]
    return frozenset(found)


def repeated(context: Context) -> dict[RuleId, list[Maker]]:
    """The rules that are written several times, with all of their makers in the order in which they are written."""
    found: dict[RuleId, set[Maker]] = defaultdict(set)
    for name, book in context.rulebooks.items():
        groups = {group.key: group for group in book.groups} if book.repeats else {}
        firsts: dict[tuple[str, Direction], dict[str, Rule]] = {}
        for group, direction, key, why, origin in book.repeats:
            if (group, direction) not in firsts:
                firsts[group, direction] = {rule.key: rule for rule in groups[group].rules(direction)}
            first = firsts[group, direction][key]
            if first.origin is not None:
                makers = found[RuleId(name, group, direction, key)]
                makers.update((Maker(first.origin, first.description), Maker(origin, why)))
    return {each: sorted(makers, key=lambda maker: maker.origin.span) for each, makers in found.items()}


def pieces(context: Context, places: Collection[Span], again: Again) -> dict[Span, list[Piece]]:
    """All that is made at some places, in every group and environment."""
    found: dict[Span, list[Piece]] = {place: [] for place in places}
    for each, rule in _rules(context) if places else ():
        if rule.origin is not None and rule.origin.span in found:
            found[rule.origin.span].append(Piece(each, rule, Maker(rule.origin, rule.description)))
        for maker in again.get(each, ())[1:]:
            if maker.origin.span in found:
                found[maker.origin.span].append(Piece(each, rule, maker))
    return found


def _rules(context: Context) -> Iterator[tuple[RuleId, Rule]]:
    for name, book in context.rulebooks.items():
        for group in book.groups:
            for direction in DIRECTIONS:
                for rule in group.rules(direction):
                    yield RuleId(name, group.key, direction, rule.key), rule

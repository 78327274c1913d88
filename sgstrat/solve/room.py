"""How many rules groups and composites would have under a plan of fusing, counted as AWS counts, without making them.

A thing is a set of keys of a target's groups: one key is the group itself, several are the composite that has the rules
of all of them. Room for CloudFormation's sentinel is always left, so that a plan does not depend on the formats that
are asked for. Must not know how plans are found.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sgstrat.net.cidr import FAMILIES, Family
from sgstrat.net.interval import Interval, union
from sgstrat.net.service import service_interval
from sgstrat.rulebook.model import DIRECTIONS, Direction, Group, Rule, Rulebook
from sgstrat.rulebook.weight import weights
from sgstrat.solve.optimize import merged
from sgstrat.solve.spans import spans

Block = frozenset[str]
Partition = tuple[Block, ...]
"""What a workload carries of the groups that may be fused: each is in one block; one of several is a composite."""
StandIns = Mapping[str, tuple[Block, ...]]


class Load(NamedTuple):
    """The fullest direction and family of a thing: by how much it is full, and how many rules it has in all."""

    total: int
    direction: Direction
    family: Family
    rules: int


class Full(NamedTuple):
    """A thing and its load."""

    thing: Block
    load: Load


class Tally(NamedTuple):
    """Rules more than as written, and the fullest thing of those that have more than they had."""

    rules: int
    fullest: Full | None


class _Side(NamedTuple):
    """One direction of a thing: weights of its rules with addresses and lists by family, their number, references."""

    weights: tuple[int, int]
    number: int
    references: Mapping[str, frozenset[Interval]]


def fuller(one: Full | None, other: Full | None) -> Full | None:
    """The fuller of two things; of equals the one that comes first by name."""
    known = [each for each in (one, other) if each is not None]
    return min(known, key=lambda each: (-each.load.total, sorted(each.thing)), default=None)


class Room:
    """The groups of one target. ``merges``: whether rules are merged later, and so are to be counted as merged."""

    def __init__(self, book: Rulebook, merges: bool) -> None:
        self.quota = book.quotas.rules_per_group
        self._groups = {group.key: group for group in book.groups}
        self._lists = {each.key: each for each in book.prefix_lists}
        self.merges = merges
        self._sides: dict[tuple[Block, Direction], _Side] = {}
        self._loads: dict[tuple[Block, tuple[tuple[Block, ...], ...]], Load] = {}
        self._alone: dict[Block, int] = {}
        self._named: dict[Block, tuple[str, ...]] = {}
        self._named_by: dict[str, set[str]] = defaultdict(set)
        for group in book.groups:
            for direction in DIRECTIONS:
                for rule in group.rules(direction):
                    if rule.peer.kind == "group" and rule.peer.name in self._groups:
                        self._named_by[rule.peer.name].add(group.key)

    def load(self, thing: Block, stand_ins: StandIns) -> Load:
        """The fullest side of a thing, where rules name ``stand_ins`` instead of a peer."""
        peers = self._peers(thing)
        key = (thing, tuple(stand_ins.get(peer, ()) for peer in peers))
        known = self._loads.get(key)
        if known is None:
            known = self._loads[key] = self._count(thing, stand_ins)
        return known

    def alone(self, thing: Block) -> int:
        """What a thing weighs at least in its fullest direction and family, whatever stands for its peers."""
        known = self._alone.get(thing)
        if known is None:
            known = self._alone[thing] = max(
                weight + least + _sentinel(direction, family, side)
                for direction in DIRECTIONS
                for side in (self._side(thing, direction),)
                for least in (self._fewest(side),)
                for family, weight in enumerate(side.weights)
            )
        return known

    def namers(self, members: Iterable[str]) -> set[str]:
        """The groups with rules that name any of these."""
        return {key for member in members for key in self._named_by.get(member, ())}

    def tally(
        self, gone: Iterable[str], named: Iterable[str], composites: Iterable[Block], stand_ins: StandIns
    ) -> Tally:
        """What there is more, or less, than as written, without what is ``gone`` and with composites.

        ``stand_ins`` stand for their peers in the rules of the composites and of the groups ``named``.
        """
        rules = -sum(map(self._size, gone))
        fullest: Full | None = None
        for block in composites:
            load = self.load(block, stand_ins)
            rules += load.rules
            fullest = fuller(fullest, Full(block, load))
        for key in named:
            alone = frozenset((key,))
            load, before = self.load(alone, stand_ins), self.load(alone, {})
            rules += load.rules - before.rules
            if load.total > before.total:
                fullest = fuller(fullest, Full(alone, load))
        return Tally(rules, fullest)

    def fits_as_written(self, key: str) -> bool:
        """Whether a group of the target is within its quota before anything is fused."""
        return self.load(frozenset((key,)), {}).total <= self.quota

    def _size(self, key: str) -> int:
        return self.load(frozenset((key,)), {}).rules

    def _peers(self, thing: Block) -> tuple[str, ...]:
        known = self._named.get(thing)
        if known is None:
            found = {peer for direction in DIRECTIONS for peer in self._side(thing, direction).references}
            known = self._named[thing] = tuple(sorted(found))
        return known

    def _count(self, thing: Block, stand_ins: StandIns) -> Load:
        rules, loads = 0, []
        for direction in DIRECTIONS:
            side = self._side(thing, direction)
            by_peer: dict[object, set[Interval]] = defaultdict(set)
            for peer, kinds in side.references.items():
                for name in stand_ins.get(peer, (peer,)):
                    by_peer[name] |= kinds
            references = sum(self._single(kinds) for kinds in by_peer.values())
            rules += side.number + references
            for number, family in enumerate(FAMILIES):
                total = side.weights[number] + references + _sentinel(direction, number, side)
                loads.append((total, direction, family))
        total, direction, family = max(loads, key=lambda each: each[0])
        return Load(total, direction, family, rules)

    def _single(self, kinds: Iterable[Interval]) -> int:
        """How many rules some kinds of packets with one peer take."""
        return len(spans(union(kinds))) if self.merges else len(set(kinds))

    def _fewest(self, side: _Side) -> int:
        if self.merges:
            return min(1, len(side.references))
        return len({kind for kinds in side.references.values() for kind in kinds})

    def _side(self, thing: Block, direction: Direction) -> _Side:
        key = (thing, direction)
        known = self._sides.get(key)
        if known is None:
            known = self._sides[key] = self._read([self._groups[each] for each in sorted(thing)], direction)
        return known

    def _read(self, groups: list[Group], direction: Direction) -> _Side:
        addressed: dict[str, Rule] = {}
        references: dict[str, set[Interval]] = defaultdict(set)
        for group in groups:
            for rule in group.rules(direction):
                if rule.peer.kind == "group":
                    kinds = service_interval(rule.protocol, rule.from_port, rule.to_port)
                    references[rule.peer.name].add(kinds)
                else:
                    addressed.setdefault(rule.key, rule)
        rules = tuple(addressed.values())
        if self.merges:
            rules = merged(rules, direction)
        counted = [weights(rule.peer, self._lists) for rule in rules]
        four, six = sum(each for each, _ in counted), sum(each for _, each in counted)
        return _Side((four, six), len(rules), {peer: frozenset(kinds) for peer, kinds in references.items()})


def _sentinel(direction: Direction, family: int, side: _Side) -> int:
    """The IPv4 rule of a group in CloudFormation whose egress names no address (``rulebook.weight``)."""
    return int(direction == "egress" and family == 0 and side.number == 0)

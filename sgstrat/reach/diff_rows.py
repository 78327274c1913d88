"""Joins what changes alike, names it, finds the rules behind it, and puts the riskiest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from sgstrat.net.interval import Intervals, intersection, size, union
from sgstrat.net.kinds import service_texts
from sgstrat.reach.diff_ends import Pairing, Side
from sgstrat.reach.diff_model import RISKS, Change, Evidence, Interface, Interfaces, Outside, Risk, Way
from sgstrat.reach.diff_outside import OutsideChange
from sgstrat.reach.diff_pairs import PairChange
from sgstrat.reach.grants import Grant
from sgstrat.reach.hosts import Host, blocks
from sgstrat.reach.relation import meeting
from sgstrat.rulebook.model import Direction

MOST_EVIDENCE = 3
_WAYS: tuple[Way, ...] = ("ingress", "egress", "between")
_FEW = 2  # so many interfaces are named rather than called the carriers of a group


class Key(NamedTuple):
    """What changes that become one row have in common."""

    risk: Risk
    way: Way
    source: Interfaces | Outside
    destination: Interfaces | Outside
    kinds: Intervals
    is_certain: bool


Rows = dict[Key, tuple[list[str], tuple[Evidence, ...]]]


class RowBuilder:
    """Rows of one sign. ``is_new`` is the side that has the traffic: the new one for what is gained."""

    def __init__(self, is_new: bool) -> None:
        self._is_new = is_new
        self._rows: Rows = {}

    def add(
        self, environment: str, here: Side, there: Side, outside: Iterable[OutsideChange], pairs: Iterable[PairChange]
    ) -> None:
        """Join what changes alike in one environment, then with the same of other environments."""
        naming = _Naming(here, self._is_new)
        search = _Search(here, there)
        for key, evidence in (*self._outside(naming, search, outside), *self._pairs(naming, search, pairs)):
            environments, _ = self._rows.setdefault(key, ([], evidence()))
            environments.append(environment)

    def changes(self) -> tuple[Change, ...]:
        """All rows, the riskiest first."""
        rows = (
            Change(*key[:5], service_texts(key.kinds), tuple(environments), key.is_certain, evidence)
            for key, (environments, evidence) in self._rows.items()
        )
        return tuple(sorted(rows, key=_order))

    def _outside(
        self, naming: _Naming, search: _Search, changes: Iterable[OutsideChange]
    ) -> Iterator[tuple[Key, Callable[[], tuple[Evidence, ...]]]]:
        alike: dict[tuple[Direction, Outside, Risk, Intervals], list[Pairing]] = defaultdict(list)
        for each in changes:
            alike[each.direction, each.far, each.risk, each.kinds].append(each.host)
        for (direction, far, risk, kinds), hosts in alike.items():
            ours = naming.interfaces(hosts)
            source, destination = (far, ours) if direction == "ingress" else (ours, far)
            first = hosts[0].host(self._is_new)
            yield (
                Key(risk, direction, source, destination, kinds, is_certain=True),
                search.outside(first, direction, far, kinds),
            )

    def _pairs(
        self, naming: _Naming, search: _Search, changes: Iterable[PairChange]
    ) -> Iterator[tuple[Key, Callable[[], tuple[Evidence, ...]]]]:
        sources: dict[tuple[Interface, Intervals, bool], list[Pairing]] = defaultdict(list)
        by_name: dict[Interface, Pairing] = {}
        for each in changes:
            by_name[each.destination.name] = each.destination
            sources[each.destination.name, each.kinds, each.is_certain].append(each.source)
        alike: dict[tuple[tuple[Interface, ...], Intervals, bool], tuple[list[Pairing], list[Pairing]]] = {}
        for (destination, kinds, is_certain), hosts in sources.items():
            names = tuple(each.name for each in hosts)
            alike.setdefault((names, kinds, is_certain), (hosts, []))[1].append(by_name[destination])
        for (_, kinds, is_certain), (froms, tos) in alike.items():
            key = Key("group", "between", naming.interfaces(froms), naming.interfaces(tos), kinds, is_certain)
            yield key, search.between(froms[0].host(self._is_new), tos[0].host(self._is_new), kinds)


def _order(change: Change) -> tuple[object, ...]:
    return (
        RISKS.index(change.risk),
        _WAYS.index(change.way),
        -size(change.kinds),
        not change.is_certain,
        change.source.names,
        change.destination.names,
        change.kinds,
        change.environments,
    )


class _Naming:
    """Names sets of interfaces, by the group that they alone carry where there are several."""

    def __init__(self, side: Side, is_new: bool) -> None:
        self._side = side
        self._is_new = is_new

    def interfaces(self, pairings: list[Pairing]) -> Interfaces:
        names = tuple(sorted({each.name for each in pairings}))
        hosts = [host for each in pairings if (host := each.host(self._is_new)) is not None]
        if len(names) <= _FEW or len(hosts) != len(names):
            return Interfaces(names)
        common = frozenset.intersection(*(host.tokens for host in hosts))
        places = {place for place in hosts[0].groups if (str(place[0]), place[1]) in common}
        for target, key in sorted(places):
            if len(self._side.estate.carriers((str(target), key))) == len(names):
                return Interfaces(names, f"{target.strategy}/{key}")
        return Interfaces(names)


class _Search:
    """Finds the rules that let traffic through on the side that has it; those that the other side lacks come alone."""

    def __init__(self, here: Side, there: Side) -> None:
        self._here = here
        self._there = there

    def outside(
        self, host: Host | None, direction: Direction, far: Outside, kinds: Intervals
    ) -> Callable[[], tuple[Evidence, ...]]:
        addresses = blocks(far.cidrs)

        def meets(grant: Grant) -> bool:
            if far.kind == "addresses":
                return bool(intersection(union(grant.addresses), addresses))
            name = grant.rule.peer.name
            wanted = grant.reference if far.kind == "group" else grant.unknown_list
            return wanted is not None and far.names[0] in (name, f"{grant.place[0].strategy}/{name}")

        def find() -> tuple[Evidence, ...]:
            grants = self._here.estate.grants(host, direction) if host is not None else ()
            near = (each for each in grants if intersection((each.kinds,), kinds) and meets(each))
            return self._evidence((direction, each) for each in near)

        return find

    def between(
        self, source: Host | None, destination: Host | None, kinds: Intervals
    ) -> Callable[[], tuple[Evidence, ...]]:
        def find() -> tuple[Evidence, ...]:
            if source is None or destination is None:
                return ()
            relation = self._here.relation
            out: list[tuple[Direction, Grant]] = [
                ("egress", each) for each in meeting(relation, source, "egress", destination, kinds)
            ]
            into: list[tuple[Direction, Grant]] = [
                ("ingress", each) for each in meeting(relation, destination, "ingress", source, kinds)
            ]
            return self._evidence((*into, *out))

        return find

    def _evidence(self, grants: Iterable[tuple[Direction, Grant]]) -> tuple[Evidence, ...]:
        found: dict[Evidence, bool] = {}
        for direction, grant in grants:
            (target, key), rule = grant.place, grant.rule
            evidence = Evidence(f"{target.strategy}/{key}", rule.source, rule.description)
            found[evidence] = found.get(evidence, False) or not self._is_there(direction, grant)
        fresh = [each for each, is_fresh in found.items() if is_fresh]
        return tuple(fresh or found)[:MOST_EVIDENCE]

    def _is_there(self, direction: Direction, grant: Grant) -> bool:
        group = self._there.workspace.groups.get(grant.place)
        return group is not None and any(each.key == grant.rule.key for each in group.rules(direction))

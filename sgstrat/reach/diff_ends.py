"""The interfaces of both sides, each with what it was and what it is, and whether that differs.

A workload that is declared for a group that none carried continues what that group was, and the other way round, so
that a declaration alone opens nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from sgstrat.reach.diff_model import Interface
from sgstrat.reach.estate import Atlas, Estate
from sgstrat.reach.grants import Grant, group_token
from sgstrat.reach.hosts import End, Host, Place, vpc_addresses
from sgstrat.reach.relation import Relation
from sgstrat.rulebook.model import DIRECTIONS, Direction, Rulebook, TargetName
from sgstrat.rulebook.workspace import Workspace

Key = tuple[TargetName, str, str]


class Side:
    """One side in one environment."""

    def __init__(self, workspace: Workspace, environment: str) -> None:
        self.workspace = workspace
        self.estate: Estate = Atlas(workspace).estate(environment)
        self.relation = Relation(self.estate)
        self.hosts = {_key(host): host for host in self.estate.hosts}
        self._alone: dict[Place, Host] = {}
        self._carried: dict[TargetName, frozenset[str]] = {}

    def alone(self, place: Place) -> Host | None:
        """An interface with one group and the baseline of its VPC; None where there is no such group."""
        if place not in self.workspace.groups:
            return None
        known = self._alone.get(place)
        if known is None:
            known = self._alone[place] = self.hosts.get((place[0], "group", place[1])) or self._with_baseline(place)
        return known

    def _with_baseline(self, place: Place) -> Host:
        book = self.estate.books[place[0]]
        places = tuple(dict.fromkeys((*self._baseline(book), place, *self.estate.parts.get(place, ()))))
        four, six, assumed = vpc_addresses(book)
        tokens = frozenset(map(group_token, places))
        end = End("group", book.strategy, place[1])
        return Host(end, book.target, places, tokens, ipv4=four, ipv6=six, is_exact=False, assumed=assumed)

    def _baseline(self, book: Rulebook) -> Iterator[Place]:
        for other in self.estate.books.values():
            near = other.target != book.target and other.strategy != book.strategy and self.estate.same_vpc(book, other)
            for group in other.groups:
                if group.kind == "baseline" and (other.target == book.target or (group.enforce and near)):
                    yield (other.target, group.key)

    def instead(self, other: Host) -> Host | None:
        """What a workload of the other side was here: its groups that no workload carries here, together."""
        places = (place for place in other.groups if (place[0], "group", place[1]) in self.hosts)
        found = [host for place in places if (host := self.alone(place)) is not None]
        if not found:
            return None
        together = tuple(dict.fromkeys(place for host in found for place in host.groups))
        return replace(found[0], groups=together, tokens=frozenset(map(group_token, together)))

    def grants(self, place: Place, direction: Direction) -> frozenset[tuple[object, ...]]:
        """What a group's rules let through, in a form that is equal on both sides where that is the same."""
        host = self.alone(place)
        if host is None:
            return frozenset()
        grants = (each for each in self.estate.grants(host, direction) if each.place == place)
        return frozenset(map(_content, grants))


class Pairing(NamedTuple):
    """One interface: what it was and is (None: it was or is not there), and in which directions its rules differ."""

    name: Interface
    old: Host | None
    new: Host | None
    differs: frozenset[Direction]
    is_other: bool

    def host(self, is_new: bool) -> Host | None:
        """The interface on one side."""
        return self.new if is_new else self.old


def pair_up(old: Side, new: Side) -> tuple[Pairing, ...]:
    """Every interface of either side, in order."""
    changed = _Changes(old, new)
    return tuple(changed.pairing(key) for key in sorted({*old.hosts, *new.hosts}))


def _key(host: Host) -> Key:
    if host.target is None:
        raise ValueError("an interface has a target")
    return (host.target, host.end.kind, host.end.name)


def _content(grant: Grant) -> tuple[object, ...]:
    return (grant.kinds, grant.reference, grant.addresses, grant.unknown_list)


class _Changes:
    """Which groups' rules differ; asked for each group once."""

    def __init__(self, old: Side, new: Side) -> None:
        self._old = old
        self._new = new
        self._known: dict[Place, frozenset[Direction]] = {}
        shared = old.estate.books.keys() & new.estate.books.keys()
        self._same_names = {name for name in shared if _names(old.estate.books[name]) == _names(new.estate.books[name])}

    def pairing(self, key: Key) -> Pairing:
        target, kind, name = key
        old, new = self._host(self._old, self._new, key), self._host(self._new, self._old, key)
        interface = Interface("workload" if kind == "workload" else "group", target.strategy, target.vpc, name)
        if old is None or new is None:
            return Pairing(interface, old, new, frozenset(DIRECTIONS), True)
        is_other = _standing(self._old, old) != _standing(self._new, new)
        places = {*old.groups, *new.groups}
        differs = frozenset(direction for place in places for direction in self._differs(place))
        if set(old.groups) != set(new.groups):
            differs = frozenset(DIRECTIONS)
        return Pairing(interface, old, new, differs, is_other)

    @staticmethod
    def _host(side: Side, other: Side, key: Key) -> Host | None:
        found = side.hosts.get(key)
        if found is not None:
            return found
        target, kind, name = key
        return side.alone((target, name)) if kind == "group" else side.instead(other.hosts[key])

    def _differs(self, place: Place) -> frozenset[Direction]:
        known = self._known.get(place)
        if known is None:
            known = self._known[place] = frozenset(each for each in DIRECTIONS if self._differs_in(place, each))
        return known

    def _differs_in(self, place: Place, direction: Direction) -> bool:
        old, new = self._old.workspace.groups.get(place), self._new.workspace.groups.get(place)
        if old is None or new is None:
            return True
        if place[0] in self._same_names and old.rules(direction) == new.rules(direction):
            return False
        return self._old.grants(place, direction) != self._new.grants(place, direction)


def _standing(side: Side, host: Host) -> tuple[object, ...]:
    """What beside rules decides whom an interface reaches."""
    vpc = side.estate.books[host.target].vpc if host.target is not None else None
    return (host.tokens, host.unknown, host.addresses, host.is_exact, host.assumed, vpc)


def _names(book: Rulebook) -> tuple[object, ...]:
    """What the names in rules depend on. Lists of other targets may change without their book, so those never match."""
    foreign = any(each.origin == "foreign" for each in book.prefix_lists)
    lists = tuple((each.key, each.origin, each.entries, each.aws, each.id) for each in book.prefix_lists)
    return (
        object() if foreign else None,
        lists,
        book.existing,
        tuple((each.key, each.strategy, each.environment, each.vpc) for each in book.references),
    )

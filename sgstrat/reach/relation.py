"""Whether one host reaches another: egress of the one and ingress of the other must both allow it.

Security groups are stateful, so replies need no rule, and only who begins a connection is asked about. Routes, network
ACLs and firewalls are not judged.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sgstrat.net.cidr import FAMILIES, Family
from sgstrat.net.interval import Intervals, covers, difference, intersection, union
from sgstrat.net.kinds import EVERY_KIND, KINDS_OF
from sgstrat.net.traffic import Rectangle, Traffic
from sgstrat.reach.estate import Estate
from sgstrat.reach.grants import Grant
from sgstrat.reach.hosts import Host, public_line
from sgstrat.rulebook.model import Direction

_SHARED = intersection(KINDS_OF["ipv4"], KINDS_OF["ipv6"])
_NEEDED: dict[tuple[Family, ...], Intervals] = {
    (): (),
    ("ipv4",): KINDS_OF["ipv4"],
    ("ipv6",): KINDS_OF["ipv6"],
    FAMILIES: EVERY_KIND,
}


class Verdict(NamedTuple):
    """What passes from one end to another, as kinds of packets (canonical intervals).

    ``certain``: for every address of both ends. ``possible``: for some of their addresses, or given what an
    existing group sends (AWS lets a new group send everything); includes ``certain``. ``unknown``: only where
    groups or lists allow it whose content nobody here knows; nothing of it is in ``possible``. ``best``: certain if
    they allowed everything. ``needed``: the kinds that exist between stated addresses, or where there are none,
    assumed ones.
    """

    certain: Intervals = ()
    possible: Intervals = ()
    unknown: Intervals = ()
    best: Intervals = ()
    needed: Intervals = ()

    def limited(self, kinds: Intervals) -> Verdict:
        """What of it is about these kinds."""
        return Verdict(*(intersection(part, kinds) for part in self))


class Side(NamedTuple):
    """What one host's groups let through to (or from) another, in one family, as kinds of packets.

    ``some``: for some address; ``every``: for every one; ``perhaps``: what unknown lists and groups could add.
    """

    some: Intervals
    every: Intervals
    perhaps: Intervals


OPEN = Side(EVERY_KIND, EVERY_KIND, ())


class Relation:
    """Verdicts on hosts of one estate. What a host's address rules say of the same addresses is worked out once."""

    def __init__(self, estate: Estate) -> None:
        self.estate = estate
        self._traffic: dict[tuple[Host, Direction], Traffic] = {}
        self._by_address: dict[tuple[Host, Direction, Intervals], tuple[Intervals, Intervals]] = {}
        self._lists: dict[tuple[Host, Direction], tuple[Grant, ...]] = {}

    def verdict(self, source: Host, destination: Host) -> Verdict:
        """What ``source`` may begin to send to ``destination``. Nothing where no group is at either end."""
        if source.is_outside and destination.is_outside:
            return Verdict()
        sides: dict[Family, tuple[Side, Side]] = {}
        common = tuple(family for family in FAMILIES if source.of(family) and destination.of(family))
        for family in common:
            out = self.side(source, "egress", destination, family)
            if out.some or out.perhaps:
                into = self.side(destination, "ingress", source, family)
                if into.some or into.perhaps:
                    sides[family] = (out, into)
        firm = tuple(each for each in common if each not in source.assumed and each not in destination.assumed)
        return _verdict(sides, firm or common)

    def side(self, host: Host, direction: Direction, other: Host, family: Family) -> Side:
        """What ``host`` lets through to or from the addresses of ``other`` in a family."""
        if host.is_outside:
            return OPEN
        some: Intervals = ()
        every: Intervals = ()
        by_reference = self.referred(host, direction, other)
        if self.estate.is_routed(host, other):
            some, every = self.by_address(host, direction, other.of(family))
        perhaps = self._perhaps(host, direction, other, family)
        if other.lists:  # somewhere among its addresses, so that only what holds for all of them is known
            perhaps = union((*perhaps, *some))
            some = every = union((*every, *self._listed(host, direction, other)))
        if by_reference:
            some, every = union((*some, *by_reference)), union((*every, *by_reference))
        if host.unknown:
            perhaps = EVERY_KIND
            some = EVERY_KIND if direction == "egress" else some
        return Side(some, every, perhaps)

    def reaches_by_address(self, host: Host, direction: Direction, addresses: Intervals) -> bool:
        """Whether any address rule of ``host`` meets any of these addresses of one family."""
        return bool(self.by_address(host, direction, addresses)[0])

    def traffic(self, host: Host, direction: Direction) -> Traffic:
        """Exactly what a host's rules let through by address, whoever is there; references and unknown lists aside."""
        key = (host, direction)
        known = self._traffic.get(key)
        if known is None:
            grants = self.estate.grants(host, direction)
            whole = Traffic.of(Rectangle(grant.kinds, each) for grant in grants for each in grant.addresses)
            known = self._traffic[key] = whole
        return known

    def unknown_lists(self, host: Host, direction: Direction) -> tuple[Grant, ...]:
        """The rules of a host that name lists of unknown content."""
        key = (host, direction)
        known = self._lists.get(key)
        if known is None:
            grants = self.estate.grants(host, direction)
            known = self._lists[key] = tuple(grant for grant in grants if grant.unknown_list is not None)
        return known

    def referred(self, host: Host, direction: Direction, other: Host) -> Intervals:
        """The kinds that a host's rules let through to or from another by the groups that it carries."""
        references = self.estate.references(host, direction)
        if not references or not other.tokens:
            return ()
        met = [references[token] for token in other.tokens if token in references]
        return met[0] if len(met) == 1 else union(part for kinds in met for part in kinds)

    def by_address(self, host: Host, direction: Direction, addresses: Intervals) -> tuple[Intervals, Intervals]:
        """The kinds for some and for every one of some addresses."""
        key = (host, direction, addresses)
        known = self._by_address.get(key)
        if known is None:
            whole = self.traffic(host, direction)
            near = [slab for slab in whole.slabs if intersection(slab.addresses, addresses)]
            some = union(slab.kinds for slab in near)
            every = union(slab.kinds for slab in near if covers(slab.addresses, addresses))
            known = self._by_address[key] = (some, every)
        return known

    def _listed(self, host: Host, direction: Direction, other: Host) -> Intervals:
        grants = self.unknown_lists(host, direction)
        return union(grant.kinds for grant in grants if grant.unknown_list in other.lists)

    def _perhaps(self, host: Host, direction: Direction, other: Host, family: Family) -> Intervals:
        """Kinds that rules with lists of unknown content let through if ``other`` is in the list."""
        return union(
            grant.kinds
            for grant in self.unknown_lists(host, direction)
            if grant.unknown_list not in other.lists and _may_hold(grant, other, family)
        )


def _verdict(sides: dict[Family, tuple[Side, Side]], families: tuple[Family, ...]) -> Verdict:
    """From both sides in each family in which anything passes; ``families`` are those that count for certainty."""
    needed = _NEEDED[families]
    some = {family: _through(family, out.some, into.some) for family, (out, into) in sides.items()}
    possible = union(part for each in some.values() for part in each)
    if not any(out.perhaps or into.perhaps for out, into in sides.values()):
        if not possible:
            return Verdict(needed=needed)
        every = {family: _through(family, out.every, into.every) for family, (out, into) in sides.items()}
        certain = _over_families(every, families)
        return Verdict(certain, possible, (), certain, needed)
    every = {family: _through(family, out.every, into.every) for family, (out, into) in sides.items()}
    best = {family: _through(family, _best(out), _best(into)) for family, (out, into) in sides.items()}
    wider = union(part for family, (out, into) in sides.items() for part in _through(family, _wider(out), _wider(into)))
    return Verdict(
        _over_families(every, families), possible, difference(wider, possible), _over_families(best, families), needed
    )


def _through(family: Family, out: Intervals, into: Intervals) -> Intervals:
    return intersection(intersection(out, into), KINDS_OF[family])


def _may_hold(grant: Grant, other: Host, family: Family) -> bool:
    """Whether a list of unknown content may hold addresses of a host.

    AWS-managed lists hold public addresses of one AWS service each: neither interfaces nor "the internet".
    """
    if grant.family != family:
        return False
    if not grant.is_aws:
        return True
    if not other.is_outside or other.lists or other.end.kind == "internet":
        return False
    return bool(intersection(other.of(family), public_line(family)))


def _wider(side: Side) -> Intervals:
    return union((*side.some, *side.perhaps)) if side.perhaps else side.some


def _best(side: Side) -> Intervals:
    return union((*side.every, *side.perhaps)) if side.perhaps else side.every


def _over_families(parts: dict[Family, Intervals], families: tuple[Family, ...]) -> Intervals:
    """Kinds that pass in each of the families in which they exist; each ICMP exists in one."""
    shared = _SHARED if families else ()
    for family in families:
        shared = intersection(shared, parts.get(family, ()))
    own = [part for kinds in parts.values() for part in difference(kinds, _SHARED)]
    return union((*shared, *own)) if own else shared


def meeting(relation: Relation, host: Host, direction: Direction, other: Host, kinds: Intervals) -> Iterable[Grant]:
    """The rules of ``host`` that let any of these kinds through to or from ``other``, unknown lists included."""
    addresses = other.addresses if relation.estate.is_routed(host, other) else ()
    for grant in relation.estate.grants(host, direction):
        if not intersection((grant.kinds,), kinds):
            continue
        if grant.reference is not None:
            if grant.reference in other.tokens:
                yield grant
        elif grant.unknown_list is not None:
            if grant.unknown_list in other.lists or any(
                _may_hold(grant, other, family) for family in FAMILIES if other.of(family)
            ):
                yield grant
        elif intersection(union(grant.addresses), addresses):
            yield grant

"""One packet that shows why: what passes although it must not, or what does not pass although it must.

And the rules on both sides that let it through, by place.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sgstrat.net.cidr import FAMILIES, Family
from sgstrat.net.interval import Intervals, difference, intersection, union
from sgstrat.net.kinds import KINDS_OF, address_text, kind_text
from sgstrat.reach.grants import Grant
from sgstrat.reach.hosts import UNSTATED, Host
from sgstrat.reach.relation import Relation, meeting
from sgstrat.rulebook.model import Direction


class Witness(NamedTuple):
    """A packet between two hosts: addresses on the line of ``net.traffic``, and its kind.

    ``egress`` and ``ingress`` are the rules that let it through on each side; empty where no group is, or none does.
    """

    source: Host
    destination: Host
    sender: int
    receiver: int
    kind: int
    egress: tuple[Grant, ...]
    ingress: tuple[Grant, ...]

    @property
    def packet(self) -> str:
        """The packet in words."""
        return f"{kind_text(self.kind)} from {_at(self.source, self.sender)} to {_at(self.destination, self.receiver)}"


def _at(host: Host, place: int) -> str:
    if host.lists:
        return f"a member of {host.end}"
    shown = "an IPv6 address that nobody stated" if ((place, place),) == UNSTATED else address_text(place)
    return shown if host.is_outside else f"{host.end} ({shown})"


def passing(relation: Relation, source: Host, destination: Host, kinds: Intervals) -> Witness | None:
    """One packet of these kinds that gets from one host to the other; None where there is none."""
    for _, kind, sender, receiver in _stretches(relation, source, destination, kinds):
        if sender and receiver:
            return _witness(relation, source, destination, (sender[0][0], receiver[0][0]), kind)
    return None


def stopped(relation: Relation, source: Host, destination: Host, kinds: Intervals) -> Witness | None:
    """One packet of these kinds that does not get from one host to the other, for sure; None where all may."""
    for family, kind, senders, receivers in _stretches(relation, source, destination, kinds):
        missing = difference(source.of(family), senders), difference(destination.of(family), receivers)
        if missing[0] or missing[1]:
            sender = missing[0] or source.of(family)
            receiver = missing[1] or destination.of(family)
            return _witness(relation, source, destination, (sender[0][0], receiver[0][0]), kind)
    return None


def _stretches(
    relation: Relation, source: Host, destination: Host, kinds: Intervals
) -> Iterator[tuple[Family, int, Intervals, Intervals]]:
    """For each stretch of kinds alike: the senders that are let in, and the receivers that are let out to."""
    for family in FAMILIES:
        both = intersection(kinds, KINDS_OF[family])
        out = _reach(relation, source, "egress", destination, family)
        into = _reach(relation, destination, "ingress", source, family)
        if not both or out is None or into is None:
            continue
        for kind in _candidates(both, out, into):
            yield family, kind, into.addresses_of(kind), out.addresses_of(kind)


class _Passing(NamedTuple):
    """Which addresses of the other end one side lets through, by kinds."""

    slabs: tuple[tuple[Intervals, Intervals], ...]

    def addresses_of(self, kind: int) -> Intervals:
        return union(each for kinds, held in self.slabs if intersection(kinds, ((kind, kind),)) for each in held)


def _reach(relation: Relation, host: Host, direction: Direction, other: Host, family: Family) -> _Passing | None:
    """None where the other end has no address of the family."""
    there = other.of(family)
    if not there or not host.of(family):
        return None
    side = relation.side(host, direction, other, family)
    slabs: list[tuple[Intervals, Intervals]] = [(side.every, there)]
    if side.some != side.every:
        if host.unknown and direction == "egress":
            slabs.append((side.some, there))
        else:
            whole = relation.traffic(host, direction).slabs
            slabs += [((slab.kinds,), intersection(slab.addresses, there)) for slab in whole]
    return _Passing(tuple(slabs))


def _candidates(kinds: Intervals, *sides: _Passing) -> Iterator[int]:
    """The first kind of every stretch in which neither side changes."""
    edges = {low for low, _ in kinds}
    for side in sides:
        for held, _ in side.slabs:
            for low, high in held:
                edges.update((low, high + 1))
    yield from (edge for edge in sorted(edges) if intersection(kinds, ((edge, edge),)))


def _witness(relation: Relation, source: Host, destination: Host, packet: tuple[int, int], kind: int) -> Witness:
    sender, receiver = packet
    return Witness(
        source,
        destination,
        sender,
        receiver,
        kind,
        tuple(_letting(relation, source, "egress", destination, kind, receiver)),
        tuple(_letting(relation, destination, "ingress", source, kind, sender)),
    )


def _letting(
    relation: Relation, host: Host, direction: Direction, other: Host, kind: int, place: int
) -> Iterator[Grant]:
    """The rules that let this very packet through."""
    for grant in meeting(relation, host, direction, other, ((kind, kind),)):
        if not grant.addresses or intersection(union(grant.addresses), ((place, place),)):
            yield grant

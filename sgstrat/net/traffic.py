"""Traffic sets: packets by family, protocol, port (or ICMP type and code) and one address, exact and canonical.

A packet is a point of a plane: its kind (protocol and port, see ``net.service``) and its address. Both families lie on
one line of addresses, apart from each other. A set is a tuple of slabs; equal sets are equal values. Intervals only:
nothing is ever enumerated. Knows nothing of rules, nor of which side of a packet the address is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from sgstrat.net.cidr import BITS, Cidr, Family
from sgstrat.net.interval import Interval, Intervals, covers, difference, intersection, union

# Far enough apart that the last IPv4 address and the first IPv6 address are no neighbours.
START: dict[Family, int] = {"ipv4": 0, "ipv6": 1 << 128}
LINE: dict[Family, Interval] = {family: (start, start + (1 << BITS[family]) - 1) for family, start in START.items()}


def on_line(cidr: Cidr) -> Interval:
    """The addresses of a block on the line that both families share; both ends inclusive."""
    start = START[cidr.family]
    return (start + cidr.first, start + cidr.last)


def off_line(place: int) -> tuple[Family, int]:
    """The family and the address, as an integer, of a place on the line."""
    family: Family = "ipv6" if place >= START["ipv6"] else "ipv4"
    return family, place - START[family]


class Slab(NamedTuple):
    """All packets of these kinds (inclusive) at these addresses (canonical, never empty)."""

    kinds: Interval
    addresses: Intervals


class Rectangle(NamedTuple):
    """Packets of a range of kinds at a range of addresses on the line; all ends inclusive."""

    kinds: Interval
    addresses: Interval


class Packet(NamedTuple):
    """One packet of a traffic set: its kind and its address on the line."""

    kind: int
    place: int


Combine = Callable[[Intervals, Intervals], Intervals]


@dataclass(frozen=True, slots=True)
class Traffic:
    """A set of packets. Slabs are sorted by kind, do not overlap, and neighbours differ in their addresses."""

    slabs: tuple[Slab, ...] = ()

    @classmethod
    def of(cls, rectangles: Iterable[Rectangle]) -> Traffic:
        """The union of rectangles, in any order."""
        by_kinds: dict[Interval, list[Interval]] = defaultdict(list)
        for kinds, addresses in rectangles:
            by_kinds[kinds].append(addresses)
        starts: dict[int, list[Interval]] = defaultdict(list)
        edges: set[int] = set()
        for low, high in by_kinds:
            starts[low].append((low, high))
            edges.update((low, high + 1))
        slabs: list[Slab] = []
        active: list[Interval] = []
        line = sorted(edges)
        for low, following in pairwise(line):
            active = [kinds for kinds in active if kinds[1] >= low] + starts[low]
            if active:
                _append(slabs, low, following - 1, union(part for kinds in active for part in by_kinds[kinds]))
        return cls(tuple(slabs))

    @classmethod
    def product(cls, kinds: Intervals, addresses: Intervals) -> Traffic:
        """All packets of some kinds at some addresses."""
        return cls(tuple(Slab(each, addresses) for each in kinds) if addresses else ())

    def __bool__(self) -> bool:
        return bool(self.slabs)

    def __or__(self, other: Traffic) -> Traffic:
        return _combined(self, other, lambda left, right: union((*left, *right)))

    def __and__(self, other: Traffic) -> Traffic:
        return _combined(self, other, intersection)

    def __sub__(self, other: Traffic) -> Traffic:
        return _combined(self, other, difference)

    def __le__(self, other: Traffic) -> bool:
        """Whether all of this is in ``other``."""
        return not self - other

    def __contains__(self, packet: Packet) -> bool:
        place = ((packet.place, packet.place),)
        return any(low <= packet.kind <= high and covers(held, place) for (low, high), held in self.slabs)

    @property
    def kinds(self) -> Intervals:
        """The kinds of which there is any packet."""
        return union(slab.kinds for slab in self.slabs)

    def kinds_at_all(self, addresses: Intervals) -> Intervals:
        """The kinds of which there is a packet at every one of these addresses; canonical ``addresses``."""
        return union(slab.kinds for slab in self.slabs if covers(slab.addresses, addresses))

    def addresses_of(self, kind: int) -> Intervals:
        """Where there are packets of one kind."""
        return next((held for (low, high), held in self.slabs if low <= kind <= high), ())

    def limited(self, kinds: Intervals, addresses: Intervals) -> Traffic:
        """What of it is of these kinds and at these addresses."""
        return self & Traffic.product(kinds, addresses)

    def witness(self) -> Packet | None:
        """One packet of the set, always the same; None where there is none."""
        if not self.slabs:
            return None
        (kind, _), ((place, _), *_) = self.slabs[0]
        return Packet(kind, place)


NOTHING = Traffic()


def _append(slabs: list[Slab], low: int, high: int, addresses: Intervals) -> None:
    """Add a slab after all others, joined with the last where it goes on."""
    if not addresses:
        return
    if slabs and slabs[-1].kinds[1] + 1 == low and slabs[-1].addresses == addresses:
        slabs[-1] = Slab((slabs[-1].kinds[0], high), addresses)
    else:
        slabs.append(Slab((low, high), addresses))


def _combined(left: Traffic, right: Traffic, combine: Combine) -> Traffic:
    """Both sets swept along the kinds; ``combine`` says what becomes of their addresses."""
    slabs: list[Slab] = []
    for low, high, here, there in _sweep(left.slabs, right.slabs):
        _append(slabs, low, high, combine(here, there))
    return Traffic(tuple(slabs))


def _sweep(left: tuple[Slab, ...], right: tuple[Slab, ...]) -> Iterator[tuple[int, int, Intervals, Intervals]]:
    """Every stretch of kinds in which neither side changes, with the addresses of both."""
    edges = sorted({edge for slab in (*left, *right) for edge in (slab.kinds[0], slab.kinds[1] + 1)})
    i = j = 0
    for low, following in pairwise(edges):
        while i < len(left) and left[i].kinds[1] < low:
            i += 1
        while j < len(right) and right[j].kinds[1] < low:
            j += 1
        here = left[i].addresses if i < len(left) and left[i].kinds[0] <= low else ()
        there = right[j].addresses if j < len(right) and right[j].kinds[0] <= low else ()
        yield low, following - 1, here, there

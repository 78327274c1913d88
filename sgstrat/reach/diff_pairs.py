"""Which pairs of interfaces may have changed, and by what; found by reference and by address, never all with all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sgstrat.net.interval import Intervals, difference
from sgstrat.reach.diff_ends import Pairing, Side
from sgstrat.reach.hosts import Host, Token
from sgstrat.reach.relation import Verdict
from sgstrat.rulebook.model import Direction

_Where = tuple[Intervals, Intervals]


class PairChange(NamedTuple):
    """The kinds of packets that one interface may newly begin to send another (``gained``), or no longer may."""

    source: Pairing
    destination: Pairing
    kinds: Intervals
    is_certain: bool


def pair_changes(pairings: tuple[Pairing, ...], old: Side, new: Side) -> tuple[list[PairChange], list[PairChange]]:
    """What pairs gain and lose, in order of the interfaces."""
    changed = [index for index, each in enumerate(pairings) if each.is_other or each.differs]
    if not changed:
        return [], []
    met = {
        pair for side, is_new in ((old, False), (new, True)) for pair in _Meetings(pairings, side, is_new).of(changed)
    }
    gained: list[PairChange] = []
    lost: list[PairChange] = []
    for i, j in sorted(met):
        source, destination = pairings[i], pairings[j]
        before, after = _verdict(old, source.old, destination.old), _verdict(new, source.new, destination.new)
        _note(gained, source, destination, after, before)
        _note(lost, source, destination, before, after)
    return gained, lost


def _note(into: list[PairChange], source: Pairing, destination: Pairing, here: Verdict, there: Verdict) -> None:
    """Add what passes here and not there, what is certain apart from what is only possible."""
    if here.possible == there.possible:
        return
    kinds = difference(here.possible, there.possible)
    possible = difference(kinds, here.certain)
    for part, is_certain in ((difference(kinds, possible), True), (possible, False)):
        if part:
            into.append(PairChange(source, destination, part, is_certain))


def _verdict(side: Side, source: Host | None, destination: Host | None) -> Verdict:
    if source is None or destination is None:
        return Verdict()
    return side.relation.verdict(source, destination)


class _Meetings:
    """Which interfaces of one side name each other, or each other's addresses."""

    def __init__(self, pairings: tuple[Pairing, ...], side: Side, is_new: bool) -> None:
        self._side = side
        self._hosts = [each.host(is_new) for each in pairings]
        self._carriers: dict[Token, list[int]] = defaultdict(list)
        self._naming: dict[Direction, dict[Token, list[int]]] = {
            "ingress": defaultdict(list),
            "egress": defaultdict(list),
        }
        self._places: dict[_Where, list[int]] = defaultdict(list)
        self._openers: dict[tuple[Direction, _Where], list[int]] = {}
        self._unknown: dict[Direction, list[int]] = {"ingress": [], "egress": []}
        for index, host in self._present():
            self._places[host.ipv4, host.ipv6].append(index)
            if host.unknown:
                self._unknown["egress"].append(index)
            for token in host.tokens:
                self._carriers[token].append(index)
            for direction, naming in self._naming.items():
                for token in side.estate.references(host, direction):
                    naming[token].append(index)

    def _present(self) -> Iterator[tuple[int, Host]]:
        return ((index, host) for index, host in enumerate(self._hosts) if host is not None)

    def of(self, changed: Iterable[int]) -> Iterator[tuple[int, int]]:
        """Every pair with a changed interface that may let something through, as source and destination."""
        for index in changed:
            host = self._hosts[index]
            if host is None:
                continue
            for other in self._named(index, host, "egress") & self._namers(host, "ingress"):
                yield index, other
            for other in self._named(index, host, "ingress") & self._namers(host, "egress"):
                yield other, index

    def _named(self, index: int, host: Host, direction: Direction) -> set[int]:
        """The interfaces that the rules of ``host`` in one direction meet."""
        if index in self._unknown[direction]:
            return {index for index, _ in self._present()}
        references = self._side.estate.references(host, direction)
        found = {index for token in references for index in self._carriers.get(token, ())}
        for where, indexes in self._places.items():
            if self._opens(host, direction, where):
                found.update(indexes)
        return found

    def _namers(self, host: Host, direction: Direction) -> set[int]:
        """The interfaces whose rules in one direction meet ``host``."""
        naming = self._naming[direction]
        found = {index for token in host.tokens for index in naming.get(token, ())}
        found.update(self._unknown[direction])
        where = (host.ipv4, host.ipv6)
        openers = self._openers.get((direction, where))
        if openers is None:
            openers = [index for index, other in self._present() if self._opens(other, direction, where)]
            self._openers[direction, where] = openers
        found.update(openers)
        return found

    def _opens(self, host: Host, direction: Direction, where: _Where) -> bool:
        return any(part and self._side.relation.by_address(host, direction, part)[0] for part in where)

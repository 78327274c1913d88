"""All pairs of an estate at once: who reaches whom, the internet and declared networks included.

Hosts are found by the group a rule names or by its addresses, so that most pairs are never looked at.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import reduce
from itertools import accumulate
from operator import or_, xor
from typing import NamedTuple

from sgstrat.net.cidr import FAMILIES, Family
from sgstrat.net.interval import Interval, Intervals
from sgstrat.net.kinds import EVERY_KIND
from sgstrat.net.traffic import START, Traffic
from sgstrat.reach.ends import internet, merged, party
from sgstrat.reach.grants import Grant
from sgstrat.reach.hosts import INTERNET, End, Host, Token, listed_somewhere, outside
from sgstrat.reach.relation import Relation, Verdict
from sgstrat.rulebook.model import Direction


class Edge(NamedTuple):
    """What ``source`` may begin to send to ``destination``: an edge exists where anything is possible or unknown."""

    source: End
    destination: End
    verdict: Verdict


class Exposure(NamedTuple):
    """What one interface's rules let through by address, exactly, whoever is there; and lists of unknown content.

    ``references`` are the groups that its rules name, with the kinds of packets.
    """

    host: Host
    direction: Direction
    traffic: Traffic
    lists: tuple[Grant, ...]
    references: dict[tuple[str, str], Intervals]


def all_pairs(relation: Relation, *, with_networks: bool = True) -> Iterator[Edge]:
    """Every pair of interfaces (workloads, and groups that none carries) of which the one reaches the other.

    With the internet, and with ``with_networks`` every declared network, list and AWS-managed list that rules name, as
    the other end. In order of the interfaces; hosts of one name in several VPCs are one end.
    """
    found: dict[tuple[End, End], list[Verdict]] = defaultdict(list)
    hosts = relation.estate.hosts
    candidates = _Candidates(relation)
    for host in hosts:
        for other in candidates.of(host):
            verdict = relation.verdict(host, other)
            if verdict.possible or verdict.unknown:
                found[host.end, other.end].append(verdict)
    for strangers in _outsiders(relation, with_networks=with_networks):
        for host in hosts:
            for stranger in strangers:
                for pair in ((stranger, host), (host, stranger)):
                    verdict = relation.verdict(*pair)
                    if verdict.possible or verdict.unknown:
                        found[pair[0].end, pair[1].end].append(verdict)
    for (source, destination), verdicts in found.items():
        yield Edge(source, destination, verdicts[0] if len(verdicts) == 1 else merged(verdicts))


def exposed(relation: Relation) -> tuple[list[Edge], list[Edge]]:
    """What the internet reaches, and what reaches the internet."""
    strangers = _internet(relation)
    into: list[Edge] = []
    out: list[Edge] = []
    for host in relation.estate.hosts:
        for stranger in strangers:
            for found, pair in ((into, (stranger, host)), (out, (host, stranger))):
                verdict = relation.verdict(*pair)
                if verdict.possible or verdict.unknown:
                    found.append(Edge(pair[0].end, pair[1].end, verdict))
    return into, out


def exposures(relation: Relation) -> Iterator[Exposure]:
    """Each interface's traffic by address, in both directions: exact sets, for comparing."""
    for host in relation.estate.hosts:
        for direction in ("ingress", "egress"):
            yield Exposure(
                host,
                direction,
                relation.traffic(host, direction),
                relation.unknown_lists(host, direction),
                relation.estate.references(host, direction),
            )


class _Candidates:
    """For an interface, those that it could reach.

    Either one names the other's group, or the addresses of both let a packet by.
    Sets of hosts are integers with a bit for each, since there are as many sets as edges of port ranges.
    """

    def __init__(self, relation: Relation) -> None:
        self._relation = relation
        self._hosts = relation.estate.hosts
        self._at: dict[Intervals, int] = defaultdict(int)
        self._named_by: dict[Token, int] = defaultdict(int)
        self._carrying: dict[Token, int] = defaultdict(int)
        for index, host in enumerate(self._hosts):
            for family in FAMILIES:
                if host.of(family):
                    self._at[host.of(family)] |= 1 << index
            for token in relation.estate.references(host, "ingress"):
                self._named_by[token] |= 1 << index
            for token in host.tokens:
                self._carrying[token] |= 1 << index
        self._takers: dict[Intervals, _Takers] = {}

    def of(self, host: Host) -> Iterator[Host]:
        """In order of the interfaces."""
        references = self._relation.estate.references(host, "egress")
        takers = {family: self._takers_from(host.of(family)) for family in FAMILIES}
        naming = reduce(or_, (self._named_by.get(token, 0) for token in host.tokens), 0)
        found = 0
        for token, kinds in references.items():
            carriers = self._carrying.get(token, 0)
            if carriers:
                found |= carriers & reduce(or_, (each.of(kinds) for each in takers.values()), naming)
        for addresses, there in self._at.items():
            sent = self._sent(host, addresses)
            if sent:
                family: Family = "ipv6" if addresses[0][0] >= START["ipv6"] else "ipv4"
                found |= there & (takers[family].of(sent) | naming)
        while found:
            lowest = found & -found
            yield self._hosts[lowest.bit_length() - 1]
            found ^= lowest

    def _sent(self, host: Host, addresses: Intervals) -> Intervals:
        if host.unknown or any(not grant.is_aws for grant in self._relation.unknown_lists(host, "egress")):
            return EVERY_KIND
        return self._relation.by_address(host, "egress", addresses)[0]

    def _takers_from(self, addresses: Intervals) -> _Takers:
        known = self._takers.get(addresses)
        if known is None:
            known = self._takers[addresses] = _Takers(self._relation, addresses) if addresses else _NOBODY
        return known


class _Takers:
    """Which interfaces let a packet in from some addresses, by its kind."""

    def __init__(self, relation: Relation | None, addresses: Intervals) -> None:
        changes: dict[int, int] = defaultdict(int)
        for index, host in enumerate(relation.estate.hosts if relation is not None else ()):
            for low, high in self._taken(relation, host, addresses):
                changes[low] ^= 1 << index
                changes[high + 1] ^= 1 << index
        self._starts = sorted(changes)
        self._masks = list(accumulate((changes[start] for start in self._starts), xor))
        self._known: dict[Interval, int] = {}

    @staticmethod
    def _taken(relation: Relation | None, host: Host, addresses: Intervals) -> Intervals:
        if relation is None:
            return ()
        if host.unknown or any(not grant.is_aws for grant in relation.unknown_lists(host, "ingress")):
            return EVERY_KIND
        return relation.by_address(host, "ingress", addresses)[0]

    def of(self, kinds: Intervals) -> int:
        """Those that let any of these kinds in."""
        found = 0
        for interval in kinds:
            known = self._known.get(interval)
            if known is None:
                first = max(0, bisect_right(self._starts, interval[0]) - 1)
                last = bisect_right(self._starts, interval[1])
                known = self._known[interval] = reduce(or_, self._masks[first:last], 0)
            found |= known
        return found


_NOBODY = _Takers(None, ())


def _internet(relation: Relation) -> tuple[Host, ...]:
    addresses = internet(relation.estate)
    return (outside(INTERNET, addresses),) if addresses else ()


def _outsiders(relation: Relation, *, with_networks: bool) -> Iterator[Iterable[Host]]:
    yield _internet(relation)
    if not with_networks:
        return
    near = relation.estate.surroundings
    seen = set()
    for end in (*near.networks, *near.lists):
        here = party(relation.estate, end)
        if here is None:
            continue
        same = tuple((host.addresses, host.lists) for host in here.proper)
        if same not in seen:  # several strategies may declare one network; the first by name stands for all
            seen.add(same)
            yield here.proper
    if not near.lists:
        yield from _lists_in_rules(relation)


def _lists_in_rules(relation: Relation) -> Iterator[Iterable[Host]]:
    """Without declarations: lists of unknown content that rules name."""
    seen: dict[tuple[str, str], Grant] = {}
    for host in relation.estate.hosts:
        for direction in ("ingress", "egress"):
            for grant in relation.unknown_lists(host, direction):
                seen.setdefault(grant.unknown_list or ("", ""), grant)
    for token, grant in seen.items():
        end = End("prefix_list", grant.place[0].strategy, grant.rule.peer.name)
        yield [listed_somewhere(end, family, token) for family in FAMILIES if family == grant.family]

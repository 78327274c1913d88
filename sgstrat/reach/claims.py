"""Assertions judged in one environment: which pair of hosts breaks one, and by which packet.

Knows hosts and verdicts; how an assertion is written, and how a failure is reported, is ``assertions``' business.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from sgstrat.net.interval import Intervals, difference, intersection, union
from sgstrat.net.kinds import EVERY_KIND, KINDS_OF
from sgstrat.reach.ends import Party, pairs
from sgstrat.reach.hosts import End, Host, block, only_family, outside
from sgstrat.reach.relation import Relation
from sgstrat.reach.witness import Witness, passing, stopped


class Breach(NamedTuple):
    """Why an assertion does not hold for one pair of hosts.

    ``kinds`` are what passes against a ``deny`` or ``only``, or what an ``allow`` lacks. ``is_proven`` is False
    where it hangs on what nobody here knows: the rules of existing groups, the content of lists, where an interface
    stands.
    """

    source: Host
    destination: Host
    kinds: Intervals
    is_proven: bool
    witness: Witness | None
    reason: Literal["permitted", "missing", "whereabouts", "unknown"] = "permitted"


def denied(relation: Relation, source: Party, destination: Party, asked: Intervals) -> Iterator[Breach]:
    """Every pair of hosts between which any of ``asked`` is permitted."""
    for left, right, is_there in _everybody(source, destination):
        verdict = relation.verdict(left, right).limited(asked)
        if verdict.possible and is_there:
            yield Breach(left, right, verdict.possible, True, passing(relation, left, right, verdict.possible))
        elif verdict.possible:
            yield Breach(
                left, right, verdict.possible, False, passing(relation, left, right, verdict.possible), "whereabouts"
            )
        elif verdict.unknown:
            yield Breach(left, right, verdict.unknown, False, None, "unknown")


def _everybody(source: Party, destination: Party) -> Iterator[tuple[Host, Host, bool]]:
    """All pairs that a denial is about, and whether both surely are where the ends say.

    An interface is counted at a network's addresses when its workload's ``networks`` say that it is there. Since
    nothing guards two networks but the interfaces between them, those whose whole VPC lies in a network count there
    too.
    """
    both_outside = source.is_outside and destination.is_outside

    def sure(end: Party) -> tuple[Host, ...]:
        return (*end.proper, *end.located, *(end.inside if both_outside else ()))

    def unsure(end: Party) -> tuple[Host, ...]:
        return (*(() if both_outside else end.inside), *end.perhaps)

    yield from ((left, right, True) for left in sure(source) for right in sure(destination))
    yield from ((left, right, False) for left in unsure(source) for right in (*sure(destination), *unsure(destination)))
    yield from ((left, right, False) for left in sure(source) for right in unsure(destination))


def allowed(relation: Relation, source: Party, destination: Party, asked: Intervals) -> Iterator[Breach]:
    """Every pair of hosts between which some of ``asked`` is not permitted for some of their addresses."""
    for left, right in pairs(relation, source.proper, destination.proper):
        verdict = relation.verdict(left, right)
        needed = intersection(asked, verdict.needed) or asked
        missing = difference(needed, verdict.certain)
        for_sure = difference(needed, verdict.best)
        if for_sure:
            yield Breach(left, right, for_sure, True, stopped(relation, left, right, for_sure), "missing")
        elif missing:
            yield Breach(left, right, missing, False, None, "unknown")


def only(
    relation: Relation, sources: Iterable[Party], destinations: Iterable[Party], asked: Intervals
) -> Iterator[Breach]:
    """Everything permitted towards ``destinations`` that is not from ``sources`` on the kinds ``asked``."""
    named = tuple(sources)
    friends = {host for end in named for host in end.proper if not host.is_outside}
    known = {host.end for end in named for host in end.located}
    addresses = union(each for end in named for host in (*end.proper, *end.located) for each in _standing(host))
    lists = frozenset(token for end in named for host in end.proper for token in host.lists)
    other_kinds = difference(EVERY_KIND, asked)
    for target in dict.fromkeys(host for end in destinations for host in (*end.proper, *end.located)):
        for host in relation.estate.hosts:
            is_friend = host in friends or host.end in known
            yield from _against(relation, host, target, other_kinds if is_friend else EVERY_KIND)
        if not target.is_outside:
            yield from _by_address(relation, target, addresses, asked)
            yield from _by_list(relation, target, lists, asked)
            if target.unknown:
                yield Breach(_anybody(EVERYWHERE), target, EVERY_KIND, False, None, "unknown")


# Unicast addresses, loopback aside. Sources: IANA IPv4 Address Space Registry, IANA IPv6 Address Space.
EVERYWHERE: Intervals = (
    *difference(((block("1.0.0.0/8")[0], block("223.0.0.0/8")[1]),), (block("127.0.0.0/8"),)),
    *union((block("2000::/3"), block("fc00::/7"))),
)


def _standing(host: Host) -> Intervals:
    """The addresses for which a source is known: those stated for it."""
    return host.addresses if host.is_exact and not host.lists else ()


def _against(relation: Relation, source: Host, target: Host, kinds: Intervals) -> Iterator[Breach]:
    """What an interface may send. What a target lets in by address is said once for all who are there, not here."""
    found = intersection(relation.verdict(source, target).possible, kinds)
    if not target.is_outside:
        found = intersection(found, relation.referred(target, "ingress", source))
    if found:
        yield Breach(source, target, found, True, passing(relation, source, target, found))


def _anybody(addresses: Intervals) -> Host:
    return outside(End("cidr", "", "anywhere else"), addresses)


def _by_address(relation: Relation, target: Host, addresses: Intervals, asked: Intervals) -> Iterator[Breach]:
    """What the target's rules let in from addresses that are not named, or on kinds that are not."""
    strangers = difference(EVERYWHERE, addresses)
    for held, limit in ((strangers, EVERY_KIND), (addresses, difference(EVERY_KIND, asked))):
        host = _anybody(held)
        kinds: list[tuple[int, int]] = []
        for slab in relation.traffic(target, "ingress").slabs:
            for family in ("ipv4", "ipv6"):
                near = intersection(only_family(slab.addresses, family), only_family(held, family))
                if near and target.of(family):
                    kinds += intersection(intersection((slab.kinds,), KINDS_OF[family]), limit)
        if kinds:
            yield Breach(host, target, union(kinds), True, passing(relation, host, target, union(kinds)))


def _by_list(relation: Relation, target: Host, lists: frozenset[tuple[str, str]], asked: Intervals) -> Iterator[Breach]:
    """What lists of unknown content let in that are not named, or on kinds that are not."""
    for grant in relation.unknown_lists(target, "ingress"):
        limit = difference(EVERY_KIND, asked) if grant.unknown_list in lists else EVERY_KIND
        kinds = intersection((grant.kinds,), limit)
        if kinds:
            host = Host(
                End("prefix_list", grant.place[0].strategy, grant.rule.peer.name),
                lists=frozenset((grant.unknown_list or ("", ""),)),
            )
            witness = Witness(host, target, 0, target.addresses[0][0], kinds[0][0], (), (grant,))
            yield Breach(host, target, kinds, True, witness)

"""From the name of an end to the hosts that it means, in one environment.

A group means every workload that carries it, with all of that workload's groups; carried by none, itself and the
baseline. A network, VPC, list or CIDR means hosts at its addresses of which nothing else is known; the workspace's own
interfaces that are there are told apart, by how surely they are there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from sgstrat.net.cidr import FAMILIES, Family, parse_cidr
from sgstrat.net.interval import Intervals, covers, difference, intersection, union
from sgstrat.net.kinds import EVERY_KIND
from sgstrat.reach.estate import Estate
from sgstrat.reach.grants import group_token
from sgstrat.reach.hosts import End, Host, blocks, listed_somewhere, only_family, outside, public_line
from sgstrat.reach.relation import Relation, Verdict

# A declared network or list is a party of its own, and no part of "the internet", when all of its entries are this
# narrow (language, section 11).
NARROW: dict[Family, int] = {"ipv4": 16, "ipv6": 32}


class Party(NamedTuple):
    """The hosts that an end means.

    ``proper``: those it names. For addresses also the interfaces there: ``located`` by their workload's
    ``networks``, ``inside`` since their VPC lies there as a whole, ``perhaps`` where a part of their VPC does; each
    narrowed to those addresses.
    """

    end: End
    proper: tuple[Host, ...]
    located: tuple[Host, ...] = ()
    inside: tuple[Host, ...] = ()
    perhaps: tuple[Host, ...] = ()

    @property
    def is_outside(self) -> bool:
        return all(host.is_outside for host in self.proper)


def party(estate: Estate, end: End) -> Party | None:
    """The hosts of an end; None where there is nothing of that name in the environment. It may have no hosts at all."""
    if end.kind == "group":
        return _group(estate, end)
    if end.kind == "workload":
        hosts = tuple(host for host in estate.hosts if host.end == end)
        return Party(end, hosts) if hosts else None
    if end.kind == "existing":
        token = estate.surroundings.existing.get(end)
        if token is None:
            return None
        return Party(end, estate.carriers(token) or estate.existing_alone(end, token))
    if end.kind == "internet":
        return Party(end, _bare(end, internet(estate, end.name)))
    if end.kind == "cidr":
        return _at(estate, end, blocks((end.name,)))
    if end.kind == "prefix_list":
        return _list(estate, end)
    declared = estate.surroundings.networks if end.kind == "network" else estate.surroundings.vpcs
    cidrs = declared.get(end)
    return None if cidrs is None else _at(estate, end, blocks(cidrs))


def _group(estate: Estate, end: End) -> Party | None:
    places = [
        (name, end.name)
        for name, book in estate.books.items()
        if book.strategy == end.strategy and any(group.key == end.name for group in book.groups)
    ]
    if not places:
        return None
    return Party(end, tuple(dict.fromkeys(host for place in places for host in estate.carriers(group_token(place)))))


def _list(estate: Estate, end: End) -> Party | None:
    listed = estate.surroundings.lists.get(end)
    if listed is None:
        return None
    if listed.token is not None:
        return Party(end, (listed_somewhere(end, listed.family, listed.token),))
    return _at(estate, end, blocks(listed.cidrs or ()))


def _bare(end: End, addresses: Intervals) -> tuple[Host, ...]:
    return (outside(end, addresses),) if addresses else ()


def _at(estate: Estate, end: End, addresses: Intervals) -> Party:
    """Everybody at some addresses."""
    located, inside, perhaps = [], [], []
    for host in estate.hosts:
        here = {
            family: intersection(host.of(family), only_family(addresses, family))
            for family in FAMILIES
            if family not in host.assumed
        }
        if not any(here.values()):
            continue
        narrowed = replace(host, ipv4=here.get("ipv4", ()), ipv6=here.get("ipv6", ()))
        if host.is_exact:
            located.append(narrowed)
        elif any(held and covers(held, host.of(family)) for family, held in here.items()):
            inside.append(narrowed)
        else:
            perhaps.append(narrowed)
    return Party(end, _bare(end, addresses), tuple(located), tuple(inside), tuple(perhaps))


def internet(estate: Estate, name: str = "internet") -> Intervals:
    """The addresses that ``internet`` means as an end: public, and of no VPC and no declared narrow network or list."""
    near = estate.surroundings
    named: list[tuple[str, ...]] = [book.vpc.cidrs + book.vpc.ipv6_cidrs for book in estate.books.values()]
    named += near.vpcs.values()
    named += [cidrs for cidrs in near.networks.values() if _is_narrow(cidrs)]
    named += [listed.cidrs for listed in near.lists.values() if listed.cidrs is not None and _is_narrow(listed.cidrs)]
    if not near.lists:  # rulebooks alone still have their own lists
        lists = [each for book in estate.books.values() for each in book.prefix_lists]
        entries = [tuple(entry.cidr for entry in each.entries) for each in lists]
        named += [cidrs for cidrs in entries if _is_narrow(cidrs)]
    known = union(each for cidrs in named for each in blocks(cidrs))
    families = [family for family in FAMILIES if name in ("internet", f"internet-{family}")]
    return tuple(each for family in families for each in difference(public_line(family), only_family(known, family)))


def _is_narrow(cidrs: tuple[str, ...]) -> bool:
    return all(cidr.prefix >= NARROW[cidr.family] for cidr in map(parse_cidr, cidrs))


def pairs(relation: Relation, sources: Iterable[Host], destinations: Iterable[Host]) -> Iterator[tuple[Host, Host]]:
    """The pairs of hosts that two ends are about: those within one VPC, else across peered ones, else all of them.

    Groups that live in several VPCs connect within each that they share, or, sharing none, across each peered pair
    (language, section 5).
    """
    every = [(source, destination) for source in sources for destination in destinations]
    near = [pair for pair in every if relation.estate.is_near(*pair)]
    return iter(near or [pair for pair in every if relation.estate.is_peered(*pair)] or every)


def between(relation: Relation, source: Party, destination: Party) -> Verdict:
    """What passes between two ends: certain where it does for every pair of their hosts, possible where for any.

    Interfaces that stand at a network's addresses add what they may reach as possible.
    """
    main = [relation.verdict(*pair) for pair in pairs(relation, source.proper, destination.proper)]
    verdict = merged(main) if main else Verdict()
    extra = [relation.verdict(*pair) for pair in _others(source, destination)]
    possible = union(part for each in (verdict, *extra) for part in each.possible)
    unknown = union(part for each in (verdict, *extra) for part in each.unknown)
    needed = union(part for each in (verdict, *extra) for part in each.needed) if not verdict.needed else verdict.needed
    return verdict._replace(possible=possible, unknown=difference(unknown, possible), needed=needed)


def _others(source: Party, destination: Party) -> Iterator[tuple[Host, Host]]:
    """Pairs with interfaces that stand at the addresses of an end."""
    near = source.located + source.inside + source.perhaps
    far = destination.located + destination.inside + destination.perhaps
    yield from ((host, other) for host in near for other in (*destination.proper, *far))
    yield from ((host, other) for host in source.proper for other in far)


def merged(verdicts: Iterable[Verdict]) -> Verdict:
    """Several pairs as one: certain in all, possible in any.

    A kind that no address of a pair has is no objection there.
    """
    whole = list(verdicts)
    needed = union(part for each in whole for part in each.needed)
    certain = best = EVERY_KIND
    for each in whole:
        absent = difference(needed, each.needed)
        certain = intersection(certain, union((*each.certain, *absent)))
        best = intersection(best, union((*each.best, *absent)))
    possible = union(part for each in whole for part in each.possible)
    unknown = difference(union(part for each in whole for part in each.unknown), possible)
    return Verdict(certain, possible, unknown, best, needed)

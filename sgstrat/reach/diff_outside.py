"""What changes towards the outside: addresses, prefix lists of unknown content, and groups that others manage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from sgstrat.net.cidr import FAMILIES, Family
from sgstrat.net.interval import Interval, Intervals, covers, difference, intersection, size, union
from sgstrat.net.kinds import blocks_text
from sgstrat.net.traffic import Traffic
from sgstrat.reach.diff_ends import Pairing, Side
from sgstrat.reach.diff_model import Outside, Risk
from sgstrat.reach.hosts import Host, Token, only_family, public_line
from sgstrat.rulebook.model import DIRECTIONS, Direction

# More addresses than these are a wide network: what a /16 holds, an IPv6 /32 (language, section 11).
_WIDE: dict[Family, int] = {"ipv4": 2**16, "ipv6": 2**96}


class OutsideChange(NamedTuple):
    """Kinds of packets that an interface may newly exchange with the outside, or no longer may."""

    host: Pairing
    direction: Direction
    far: Outside
    risk: Risk
    kinds: Intervals


def outside_changes(pairing: Pairing, old: Side, new: Side) -> tuple[list[OutsideChange], list[OutsideChange]]:
    """What one interface gains and loses."""
    gained: list[OutsideChange] = []
    lost: list[OutsideChange] = []
    for direction in DIRECTIONS:
        if direction not in pairing.differs:
            continue
        before, after = _Reach(old, pairing.old, direction), _Reach(new, pairing.new, direction)
        gained += _more(pairing, direction, after, before)
        lost += _more(pairing, direction, before, after)
    return gained, lost


class _Reach:
    """What an interface may exchange with the outside on one side."""

    def __init__(self, side: Side, host: Host | None, direction: Direction) -> None:
        self.traffic = Traffic() if host is None else side.relation.traffic(host, direction)
        self.lists: dict[Token, Intervals] = {}
        self.groups: dict[Token, Intervals] = {}
        self.names: dict[Token, str] = {}
        if host is None:
            return
        parts: dict[Token, list[Interval]] = defaultdict(list)
        for grant in side.relation.unknown_lists(host, direction):
            if grant.unknown_list is not None:
                parts[grant.unknown_list].append(grant.kinds)
                self.names[grant.unknown_list] = _qualified(grant.place[0].strategy, grant.rule.peer.name)
        self.lists = {token: union(kinds) for token, kinds in parts.items()}
        managed = {token for token in side.estate.references(host, direction) if not _is_made(token)}
        if managed:
            self.groups = {token: side.estate.references(host, direction)[token] for token in managed}
            for grant in side.estate.grants(host, direction):
                if grant.reference in managed and grant.reference is not None:
                    self.names[grant.reference] = _qualified(grant.place[0].strategy, grant.rule.peer.name)


def _is_made(token: Token) -> bool:
    """Whether a token is that of a group of the workspace (see ``grants.group_token`` and ``hosts.id_token``)."""
    return token[0].count("/") == 2 and " " not in token[0]


def _qualified(strategy: str, name: str) -> str:
    return name if "/" in name else f"{strategy}/{name}"


def _more(pairing: Pairing, direction: Direction, here: _Reach, there: _Reach) -> Iterator[OutsideChange]:
    """What ``here`` has and ``there`` has not."""
    yield from _addresses(pairing, direction, here.traffic, there.traffic)
    for kind, tables in (("prefix_list", (here.lists, there.lists)), ("group", (here.groups, there.groups))):
        for token, kinds in sorted(tables[0].items()):
            rest = difference(kinds, tables[1].get(token, ()))
            if rest:
                name = here.names[token]
                far = Outside("prefix_list", (name,)) if kind == "prefix_list" else Outside("group", (name,))
                yield OutsideChange(pairing, direction, far, "list" if kind == "prefix_list" else "group", rest)


def _addresses(pairing: Pairing, direction: Direction, here: Traffic, there: Traffic) -> Iterator[OutsideChange]:
    if here == there:
        return
    found: dict[tuple[Outside, Risk], list[Interval]] = {}
    for low, high, addresses, whole in _pieces(here - there, here):
        key = _far(addresses, whole)
        found.setdefault(key, []).append((low, high))
    for (far, risk), kinds in found.items():
        yield OutsideChange(pairing, direction, far, risk, union(kinds))


def _pieces(rest: Traffic, whole: Traffic) -> Iterator[tuple[int, int, Intervals, Intervals]]:
    """The slabs of ``rest``, each with the addresses that all of ``whole`` has there; ``rest`` is part of ``whole``."""
    at = 0
    for (low, high), addresses in rest.slabs:
        while whole.slabs[at].kinds[1] < low:
            at += 1
        index = at
        while index < len(whole.slabs) and whole.slabs[index].kinds[0] <= high:
            (first, last), all_addresses = whole.slabs[index]
            yield max(low, first), min(high, last), addresses, all_addresses
            index += 1


@lru_cache(maxsize=4096)
def _far(addresses: Intervals, whole: Intervals) -> tuple[Outside, Risk]:
    """How addresses that changed are called, given all that are open with them, and how risky that is."""
    world: list[Family] = []
    names: list[str] = []
    for family in FAMILIES:
        here, public = only_family(addresses, family), public_line(family)
        if here and covers(whole, public) and intersection(here, public):
            world.append(family)
        elif here:
            names += blocks_text(here)
    if world:
        names.insert(0, "internet" if len(world) == len(FAMILIES) else f"internet-{world[0]}")
    is_wide = any(size(only_family(addresses, family)) > _WIDE[family] for family in FAMILIES)
    far = Outside("addresses", tuple(names), blocks_text(addresses))
    return far, "internet" if world else "wide" if is_wide else "network"

"""Landscapes of any size in the shape of real ones, and the single rules that they mean.

Tiers call each other (flows), are administered and watched from networks that all share, take some calls from lists of
addresses of their own, and fetch packages through an AWS-managed prefix list. Everything depends on the numbers alone.
Knows no format: ``generate.py`` writes a landscape as a strategy, other programs build the same rules in other ways, so
that what is compared is known to be the same. Nothing of sgstrat is used here.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

SERVICES = {
    "https": (443, 443),
    "http": (80, 80),
    "ssh": (22, 22),
    "mysql": (3306, 3306),
    "postgresql": (5432, 5432),
    "redis": (6379, 6379),
    "app-http": (8080, 8080),
    "app-rpc": (7000, 7010),
    "metrics": (9100, 9100),
}
OWN_SERVICES = ("app-http", "app-rpc", "metrics")  # the others are in the catalogue
CALLED = ("https", "mysql", "app-http", "redis")
NETWORKS = {
    "offices": ("192.168.0.0/26", "192.168.1.0/26", "192.168.2.0/26"),
    "monitoring-hosts": ("192.168.16.0/28", "192.168.17.0/28"),
}
LISTS = {"partners": ("198.51.100.0/25", "198.51.100.128/25")}
MANAGED_LIST = "s3"
CIDRS_PER_RULE = 3


class Line(NamedTuple):
    """A rule as it is written: several peers on one line."""

    egress: bool
    peers: tuple[str, ...]
    service: str
    why: str


class Tier(NamedTuple):
    """One group, with the rules that it writes itself."""

    name: str
    description: str
    lines: tuple[Line, ...]


class Flow(NamedTuple):
    """Calls from one tier to another, each by its name."""

    source: str
    target: str
    service: str
    why: str


class Landscape(NamedTuple):
    """All tiers, and the flows between them."""

    tiers: tuple[Tier, ...]
    flows: tuple[Flow, ...]


class Rule(NamedTuple):
    """A rule as AWS counts it: one peer. ``kind`` of the peer is ``cidr``, ``group`` or ``list``. All are TCP."""

    egress: bool
    low: int
    high: int
    kind: str
    peer: str
    why: str


def landscape(groups: int, rules: int, shape: str = "tiers", seed: int = 1) -> Landscape:
    """So many groups, each with so many rules, both directions together. ``shape`` is ``tiers`` or ``plain``.

    In ``tiers`` half of them come from flows and the others from lines of several peers; in ``plain`` each has a line.
    """
    if shape == "plain":
        return Landscape(tuple(_plain(index, groups, rules) for index in range(groups)), ())
    each = min(rules // 4, groups)
    return Landscape(
        tuple(_tier(index, rules - 2 * each) for index in range(groups)),
        tuple(_flows(groups, each, Random(seed))),
    )


def single_rules(whole: Landscape) -> dict[str, list[Rule]]:
    """The rules of each group, as AWS will have them."""
    found = {tier.name: [rule for line in tier.lines for rule in _of_line(line)] for tier in whole.tiers}
    for flow in whole.flows:
        ports = SERVICES[flow.service]
        found[flow.source].append(Rule(True, *ports, "group", flow.target, flow.why))
        found[flow.target].append(Rule(False, *ports, "group", flow.source, flow.why))
    return found


def _of_line(line: Line) -> Iterator[Rule]:
    for peer in line.peers:
        for kind, name in _meaning(peer):
            yield Rule(line.egress, *SERVICES[line.service], kind, name, line.why)


def _meaning(peer: str) -> Iterator[tuple[str, str]]:
    if peer in NETWORKS:
        yield from (("cidr", each) for each in NETWORKS[peer])
    elif peer in LISTS or peer == MANAGED_LIST:
        yield "list", peer
    else:
        yield ("cidr" if "/" in peer else "group"), peer


def _flows(groups: int, each: int, random: Random) -> Iterator[Flow]:
    """Each tier calls so many others, and none of them twice: the steps are distinct below the number of groups."""
    stride = next(step for step in (7, 11, 13, 1) if groups % step)  # those are primes: the multiples are all different
    for source in range(groups):
        for step in range(each):
            target = (source + 1 + step * stride) % groups
            why = f"Calls of tier {source} to tier {target}"
            yield Flow(_name(source), _name(target), random.choice(CALLED), why)


def _tier(index: int, left: int) -> Tier:
    """A tier that writes so many rules itself, from networks, lists and addresses."""
    shared = (
        Line(True, (MANAGED_LIST,), "https", "Packages"),
        Line(False, ("offices",), "ssh", "Administration from the offices"),
        Line(False, ("monitoring-hosts",), "metrics", "Metrics"),
        Line(False, tuple(LISTS), "https", "Calls of partners"),
    )
    lines: list[Line] = []
    for line in shared:
        size = sum(1 for _ in _of_line(line))
        if size <= left:
            lines.append(line)
            left -= size
    for number in range(-(-left // CIDRS_PER_RULE)):
        count = min(CIDRS_PER_RULE, left - number * CIDRS_PER_RULE)
        blocks = tuple(f"10.{30 + number}.{index % 250}.{16 * block}/28" for block in range(count))
        service = ("ssh", "metrics", "app-rpc")[number % 3]
        lines.append(Line(False, blocks, service, f"Administration and monitoring {number}"))
    return Tier(_name(index), f"Tier {index} of the landscape", tuple(lines))


def _plain(index: int, groups: int, rules: int) -> Tier:
    """Half from addresses, half between groups, of which each end writes its own."""
    lines = [
        Line(False, (f"10.{number}.{index % 250}.0/24",), _service(number), f"Caller {number} of tier {index}")
        for number in range(rules // 2, rules)
    ]
    for number in range(1, rules // 4 + 1):
        caller = _name((index + number) % groups)
        lines.append(Line(False, (caller,), _service(number), f"Caller {number} of tier {index}"))
    for number in range(1, rules // 4 + 1):
        called = _name((index - number) % groups)
        lines.append(Line(True, (called,), _service(number), f"Called by tier {index}"))
    return Tier(_name(index), f"Tier {index} of the landscape", tuple(lines))


def _service(number: int) -> str:
    return tuple(SERVICES)[number % len(SERVICES)]


def _name(index: int) -> str:
    return f"tier-{index:04d}"

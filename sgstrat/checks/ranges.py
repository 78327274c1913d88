"""Ingress from wide ranges of addresses: SG409, SG410, SG411, and SG415 for SSH and RDP.

Adjacent blocks count together, on the packets that all of them let in. What the whole internet meets is for
``internet`` to say, and one rule gives one finding.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sgstrat.checks.context import Context, Opening
from sgstrat.checks.report import Exposure, add, service_of
from sgstrat.checks.world import exposed
from sgstrat.diagnostics.finding import Findings
from sgstrat.facts.ports import ports
from sgstrat.net.cidr import BITS, FAMILIES, Family
from sgstrat.net.interval import Interval, Intervals, covers, difference, intersection, union
from sgstrat.net.kinds import block_of, blocks_text
from sgstrat.net.service import NUMBERS
from sgstrat.net.traffic import START, Rectangle, Traffic
from sgstrat.reach.hosts import PRIVATE, Place, block, blocks, public_line
from sgstrat.rulebook.model import Group, Origin, Rulebook

# A campus or a region has a /16 or a few; what is as large as 172.16.0.0/12 or 10.0.0.0/8 is everybody. Of unique local
# addresses a /48 is one site (RFC 4193), and a /32 more sites than anyone has.
_WIDEST_PRIVATE: dict[Family, int] = {"ipv4": 13, "ipv6": 32}
# What administrators need is a room, not a building: 256 addresses, or one site of IPv6 (RFC 6177).
_WIDEST_ADMIN: dict[Family, int] = {"ipv4": 24, "ipv6": 48}
_ICMP: Intervals = tuple(block_of(NUMBERS[name]) for name in ("icmp", "icmpv6"))
_LOCAL: dict[Family, Intervals] = {"ipv4": PRIVATE, "ipv6": (block("fc00::/7"),)}


class _Run(NamedTuple):
    """Addresses without a gap that are too many, and the packets for which they are open."""

    code: str
    kinds: Interval
    addresses: Interval


def check_wide_ranges(context: Context, findings: Findings) -> None:
    """Report each written rule whose addresses are, alone or with others of its group, a wide range."""
    admin = union(_tcp(port) for port in ports().administration)
    for book in context.rulebooks.values():
        vpc = blocks((*book.vpc.cidrs, *book.vpc.ipv6_cidrs))
        for group in book.groups:
            openings = context.openings((book.target, group.key), "ingress")
            if openings and _may_be_wide(openings, vpc, context):
                _check_group(context, book, group, openings, vpc, admin, findings)


def _tcp(port: int) -> Interval:
    at = block_of(NUMBERS["tcp"])[0] + port
    return (at, at)


def _may_be_wide(openings: tuple[Opening, ...], vpc: Intervals, context: Context) -> bool:
    """Whether the addresses of all rules together, whatever they are for, hold any run that is too long."""
    together = union(each.addresses for each in openings)
    return next(_long_runs(together, vpc, context), None) is not None


def _long_runs(addresses: Intervals, vpc: Intervals, context: Context) -> Iterator[tuple[str, Interval]]:
    """The runs that are too long, with the code of each but SG415; canonical ``addresses``."""
    for each in vpc:
        if covers(addresses, (each,)):
            yield "SG411", each
    for family in FAMILIES:
        for code, where, widest in (
            ("SG409", public_line(family), context.policy.widest[family]),
            ("SG410", _LOCAL[family], _WIDEST_PRIVATE[family]),
            ("SG415", ((START[family], START[family] + (1 << BITS[family]) - 1),), _WIDEST_ADMIN[family]),
        ):
            most = 1 << (BITS[family] - widest)
            for low, high in intersection(addresses, where):
                if high - low + 1 > most:
                    yield code, (low, high)


def _check_group(
    context: Context,
    book: Rulebook,
    group: Group,
    openings: tuple[Opening, ...],
    vpc: Intervals,
    admin: Intervals,
    findings: Findings,
) -> None:
    place: Place = (book.target, group.key)
    # what all addresses meet has had its finding, rule by rule
    spoken_for = {each.rule.origin for each in exposed(context, place, "ingress")}
    rest = [each for each in openings if each.grant.rule.origin not in spoken_for]
    traffic = Traffic.of(Rectangle(each.grant.kinds, each.addresses) for each in rest)
    runs = sorted(_runs(traffic, vpc, admin, context), key=lambda run: _ORDER.index(run.code))
    claimed: dict[Origin, str] = {}
    found: dict[tuple[str, Origin], Exposure] = {}
    ranges: dict[tuple[str, Origin], set[Interval]] = {}
    for run in runs:
        for each in _makers([each for each in rest if _meets(each, run)], run, vpc, context):
            origin = each.grant.rule.origin
            if run.code == "SG415" and each.grant.rule.protocol == "-1":
                continue  # that all protocols are open says more, and is said
            if origin is not None and claimed.setdefault(origin, run.code) == run.code:
                key = (run.code, origin)
                found[key] = found.get(key, Exposure(origin)).joined(each.grant.rule, (each.grant.kinds,))
                ranges.setdefault(key, set()).add(run.addresses)
    for (code, origin), exposure in found.items():
        _report(book, group, code, exposure, sorted(ranges[code, origin]), findings)


def _makers(openings: list[Opening], run: _Run, vpc: Intervals, context: Context) -> list[Opening]:
    """What makes a run as long as it is: the openings that are too wide by themselves, else what is written first.

    Where many small blocks add up, one finding says so, not one for each of them.
    """
    wide = [
        each for each in openings if any(code == run.code for code, _ in _long_runs((each.addresses,), vpc, context))
    ]
    if wide:
        return wide
    placed = [each for each in openings if each.grant.rule.origin is not None]
    first = min((each.grant.rule.origin for each in placed if each.grant.rule.origin is not None), default=None)
    return [each for each in placed if each.grant.rule.origin == first]


_ORDER = ("SG415", "SG409", "SG411", "SG410")


def _runs(traffic: Traffic, vpc: Intervals, admin: Intervals, context: Context) -> Iterator[_Run]:
    for kinds, addresses in traffic.slabs:
        is_test = not difference((kinds,), _ICMP)  # a reachability test shows nothing that an address does not
        for code, run in _long_runs(addresses, vpc, context):
            if code == "SG415":
                if intersection((kinds,), admin):
                    yield _Run(code, kinds, run)
            elif not is_test:
                yield _Run(code, kinds, run)


def _meets(opening: Opening, run: _Run) -> bool:
    (low, high), (first, last) = opening.grant.kinds, opening.addresses
    return low <= run.kinds[1] and run.kinds[0] <= high and first <= run.addresses[1] and run.addresses[0] <= last


def _report(
    book: Rulebook, group: Group, code: str, exposure: Exposure, ranges: list[Interval], findings: Findings
) -> None:
    services = tuple(sorted({service_of(rule) for rule in exposure.rules}))
    shown = blocks_text(tuple(ranges))
    where = ", ".join(shown[:3]) + (f", ... ({len(shown)} blocks)" if len(shown) > 3 else "")
    on = ", ".join(services)
    said, advice = {
        "SG415": (
            f"group {group.key} lets administrators in on {on} from more than a small network, {where}",
            "name the bastion's group, or a network of at most 256 addresses",
        ),
        "SG409": (
            f"group {group.key} lets a wide range of public addresses in on {on}, {where}",
            "name the addresses that are meant",
        ),
        "SG411": (
            f"group {group.key} lets the whole VPC in on {on}, {where}",
            "name the groups that need it: a CIDR lets in whatever gets an address there",
        ),
        "SG410": (
            f"group {group.key} lets a wide range of private addresses in on {on}, {where}",
            "name the networks or groups that need it",
        ),
    }[code]
    add(findings, code, said, advice, book, group, exposure, services=services)

"""Ingress from the whole internet and egress to it: SG401, SG404 to SG408, SG434.

One rule gives one finding for what it opens, the gravest that fits.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from sgstrat.checks.context import Context
from sgstrat.checks.report import Exposure, add
from sgstrat.checks.world import Exposed, exposed
from sgstrat.diagnostics.finding import Findings
from sgstrat.facts.ports import ports
from sgstrat.net.interval import Interval, Intervals, covers, difference, intersection, union
from sgstrat.net.kinds import KINDS_OF, block_of, service_texts
from sgstrat.net.service import NUMBERS, service_interval
from sgstrat.reach.hosts import Place
from sgstrat.rulebook.model import Group, Rulebook

MOST_TITLES = 4
_TCP, _UDP = (block_of(NUMBERS[name]) for name in ("tcp", "udp"))
_ICMP: Intervals = tuple(block_of(NUMBERS[name]) for name in ("icmp", "icmpv6"))
# What path MTU discovery and IPv6 itself need. Sources: RFC 1191; RFC 4890, section 4.3.1, traffic that must not be
# dropped.
_NEEDED_ICMP: Intervals = union(
    service_interval(*part)
    for part in (
        ("icmp", 3, 4),
        ("icmpv6", 1, -1),
        ("icmpv6", 2, -1),
        ("icmpv6", 3, -1),
        ("icmpv6", 4, -1),
    )
)


class _Claim(NamedTuple):
    """What a finding of one code is about."""

    code: str
    kinds: Intervals


def check_internet_ingress(context: Context, findings: Findings) -> None:
    """Report each written rule that lets all public addresses of a family in, alone or together with others."""
    never = union(service_interval(part.protocol, part.from_port, part.to_port) for part in context.policy.never_open)
    for book in context.rulebooks.values():
        for group in book.groups:
            place: Place = (book.target, group.key)
            if not context.openings(place, "ingress"):
                continue
            for code, exposures in _by_code(exposed(context, place, "ingress"), never).items():
                for each in exposures:
                    _report_ingress(code, book, group, each, findings)


def _by_code(found: list[Exposed], never: Intervals) -> dict[str, list[Exposure]]:
    made: dict[str, dict[object, Exposure]] = {}
    for each in found:
        if each.rule.origin is not None:
            for claim in _claims(each.kinds, never):
                by_origin = made.setdefault(claim.code, {})
                known = by_origin.get(each.rule.origin, Exposure(each.rule.origin))
                by_origin[each.rule.origin] = known.joined(each.rule, claim.kinds)
    return {code: list(by_origin.values()) for code, by_origin in made.items()}


@lru_cache(4096)
def _claims(kinds: Intervals, never: Intervals) -> tuple[_Claim, ...]:
    """The gravest code that fits some open kinds; the kinds that it is about are a part of them or all."""
    if shut := intersection(kinds, never):
        return (_Claim("SG434", shut),)
    if any(covers(kinds, each) for each in (*KINDS_OF.values(), (_TCP,), (_UDP,))):
        return (_Claim("SG405", kinds),)
    if sensitive := intersection(kinds, _sensitive()):
        return (_Claim("SG404", sensitive),)
    rest = difference(kinds, _ICMP)
    if rest:
        return (_Claim("SG401", kinds),)
    return (_Claim("SG406", kinds),) if difference(kinds, _NEEDED_ICMP) else ()


@lru_cache
def _sensitive() -> Intervals:
    return union(_port(port) for port in ports().sensitive)


def _port(port: int) -> Interval:
    return (_TCP[0] + port, _TCP[0] + port)


def _report_ingress(code: str, book: Rulebook, group: Group, exposure: Exposure, findings: Findings) -> None:
    services = exposure.services
    if code == "SG404":
        titles = list(dict.fromkeys(_titles(exposure.kinds)))
        more = f" and {len(titles) - MOST_TITLES} more" if len(titles) > MOST_TITLES else ""
        opened = ", ".join(titles[:MOST_TITLES]) + more
        said = f"group {group.key} lets the whole internet in on {', '.join(services)}, which opens {opened}"
        advice = "let named networks in, or a bastion's group, or use AWS Systems Manager Session Manager"
    elif code == "SG434":
        shut = ", ".join(service_texts(exposure.kinds))
        said = f"group {group.key} lets the whole internet in on {shut}, which guardrails.never_open keeps shut"
        advice = "name the networks that need it; this cannot be waived"
    else:
        said = f"group {group.key} lets the whole internet in on {', '.join(services)}"
        advice = {
            "SG405": "name the services that are meant, and the networks that need them",
            "SG406": "let networks in that test reachability; path MTU discovery needs icmp/3/4 alone",
        }.get(code, "name the networks that need it")
    add(findings, code, said, advice, book, group, exposure, services=services)


def _titles(kinds: Intervals) -> Iterator[str]:
    for port, known in ports().sensitive.items():
        if intersection((_port(port),), kinds):
            yield known.title


def check_internet_egress(context: Context, findings: Findings) -> None:
    """SG407 and SG408: egress to all public addresses, of any group on everything, of a service group on anything."""
    for book in context.rulebooks.values():
        for group in book.groups:
            place: Place = (book.target, group.key)
            if not context.openings(place, "egress"):
                continue
            found: dict[object, Exposure] = {}
            for each in exposed(context, place, "egress"):
                is_all = any(covers(each.kinds, all_of) for all_of in (*KINDS_OF.values(), (_TCP,), (_UDP,)))
                if each.rule.origin is not None and (is_all or group.kind == "service"):
                    known = found.get(each.rule.origin, Exposure(each.rule.origin))
                    found[each.rule.origin] = known.joined(each.rule, each.kinds)
            for exposure in found.values():
                _report_egress(book, group, exposure, findings)


def _report_egress(book: Rulebook, group: Group, exposure: Exposure, findings: Findings) -> None:
    services = ", ".join(exposure.services)
    if group.kind == "service":
        code = "SG408"
        said = f"service group {group.key} lets what carries it reach the whole internet on {services}"
        advice = "a service group is for one service: let an app group hold this, or name the destinations"
    else:
        code = "SG407"
        said = f"group {group.key} may reach the whole internet on {services}"
        advice = "name the services that are needed, such as https, or the destinations"
    add(findings, code, said, advice, book, group, exposure, services=exposure.services)

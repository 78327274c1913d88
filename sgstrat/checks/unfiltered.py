"""SG424: egress rules for what security groups never filter, which change nothing."""

from __future__ import annotations

from sgstrat.checks.context import Context
from sgstrat.checks.report import Exposure, add
from sgstrat.diagnostics.finding import Findings
from sgstrat.diagnostics.remedy import removal
from sgstrat.facts.ports import unfiltered
from sgstrat.net.cidr import parse_cidr
from sgstrat.rulebook.model import Origin, Rule, Rulebook

_DNS = 53


def check_unfiltered_egress(context: Context, findings: Findings) -> None:
    """Report a written egress rule of which every destination is never filtered."""
    for book in context.rulebooks.values():
        resolvers = _resolvers(book)
        for group in book.groups:
            candidates = [rule for rule in group.egress if _answers(rule, resolvers) is not None]
            if not candidates:
                continue
            others = {rule.origin for rule in group.egress if _answers(rule, resolvers) is None}
            found: dict[Origin, Exposure] = {}
            for rule in candidates:
                if rule.origin is not None and rule.origin not in others:
                    found[rule.origin] = found.get(rule.origin, Exposure(rule.origin)).joined(rule, ())
            for exposure in found.values():
                what = ", ".join(sorted({_answers(rule, resolvers) or "" for rule in exposure.rules}))
                add(
                    findings,
                    "SG424",
                    f"group {group.key} has a rule for {what}, which security groups never filter",
                    "remove it: it takes a place in the quota and changes nothing",
                    book,
                    group,
                    exposure,
                    services=exposure.services,
                    # what is allowed changes on paper alone: these addresses answer with or without the rule
                    fix=removal(exposure.origin.span, "remove the rule", keeps_traffic=False),
                )


def _answers(rule: Rule, resolvers: frozenset[str]) -> str | None:
    """What answers at the destination of a rule, where it is never filtered."""
    if rule.peer.kind != "cidr":
        return None
    known = unfiltered().get(rule.peer.name)
    if known is None and rule.peer.name in resolvers and rule.from_port == rule.to_port == _DNS:
        return "Amazon DNS"
    return known


def _resolvers(book: Rulebook) -> frozenset[str]:
    """The address of Amazon DNS in each IPv4 block of a VPC: its base plus two.

    Source: Amazon VPC user guide, Amazon DNS server.
    """
    return frozenset(f"{_address(parse_cidr(text).first + 2)}/32" for text in book.vpc.cidrs)


def _address(value: int) -> str:
    return ".".join(str(value >> shift & 255) for shift in (24, 16, 8, 0))

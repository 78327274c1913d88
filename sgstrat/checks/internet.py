"""SG401: ingress from the whole internet, in one rule or in pieces that add up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sgstrat.checks.context import Context
from sgstrat.diagnostics.finding import Findings, Related
from sgstrat.language.services import ServicePart
from sgstrat.net.cidr import FAMILIES, Family
from sgstrat.net.interval import Interval, covers, size, union
from sgstrat.net.public import block, public
from sgstrat.net.service import service_interval
from sgstrat.rulebook.model import Group, Origin, Rule, Rulebook


class _Source(NamedTuple):
    """Addresses that a rule lets in on a service."""

    rule: Rule
    addresses: Interval
    service: Interval


def check_internet_ingress(context: Context, findings: Findings) -> None:
    """Report each written rule that lets all public addresses of a family in, alone or together with others."""
    for book in context.rulebooks.values():
        entries = context.workspace.list_entries(book)
        for group in book.groups:
            open_rules: dict[Origin, list[tuple[Family, Rule]]] = {}
            for family in FAMILIES:
                for rule in _open_rules(group, family, entries):
                    if rule.origin is not None:
                        open_rules.setdefault(rule.origin, []).append((family, rule))
            for origin, rules in open_rules.items():
                _report(book, group, origin, rules, findings)


def _open_rules(group: Group, family: Family, entries: dict[str, tuple[str, ...]]) -> list[Rule]:
    world = public(family)
    sources = list(_sources(group, family, entries))
    # one stretch of addresses covers all that is public when it reaches from the first to the last
    first, last = world[0][0], world[-1][1]
    whole = [each.rule for each in sources if each.addresses[0] <= first and last <= each.addresses[1]]
    pieces = [each for each in sources if each.addresses[0] > first or last > each.addresses[1]]
    # pieces can only add up to the internet if they are large enough together
    if sum(high - low + 1 for _, (low, high), _ in pieces) >= size(world):
        whole += _adding_up(pieces, family)
    return list(dict.fromkeys(whole))


def _sources(group: Group, family: Family, entries: dict[str, tuple[str, ...]]) -> Iterator[_Source]:
    for rule in group.ingress:
        kind, name = rule.peer
        if kind == "group":
            continue
        texts = (name,) if kind == "cidr" else entries.get(name, ())
        for text in texts:
            if (":" in text) == (family == "ipv6"):
                yield _Source(rule, block(text), service_interval(rule.protocol, rule.from_port, rule.to_port))


def _adding_up(pieces: list[_Source], family: Family) -> list[Rule]:
    """Rules whose addresses cover the internet together, on some packet that all of them let in."""
    found = []
    for start in sorted({each.service[0] for each in pieces}):
        together = [each for each in pieces if each.service[0] <= start <= each.service[1]]
        if covers(union(each.addresses for each in together), public(family)):
            found += [each.rule for each in together]
    return found


def _report(book: Rulebook, group: Group, origin: Origin, rules: list[tuple[Family, Rule]], findings: Findings) -> None:
    services = sorted({_service(rule) for _, rule in rules})
    peers = sorted({rule.peer.name for _, rule in rules})
    shown = ", ".join(peers[:4]) + (f", ... ({len(peers)} in all)" if len(peers) > 4 else "")
    related = (Related(group.span, "the group is here"),) if group.span else ()
    findings.add(
        "SG401",
        f"group {group.key} lets the whole internet in on {', '.join(services)} ({shown})",
        origin.span,
        help="name the networks that need it; if it is meant, add a waiver: "
        f"{{code: SG401, path: {_quoted(origin.paths[0])}, why: ..., until: YYYY-MM-DD}}",
        related=related,
        paths=origin.paths,
        services=services,
        environment=book.environment,
    )


def _service(rule: Rule) -> str:
    return str(ServicePart(rule.protocol, rule.from_port, rule.to_port, ""))


def _quoted(path: str) -> str:
    """A path as it can stand in a flow mapping: in quotes where it has brackets."""
    return f'"{path}"' if "[" in path else path

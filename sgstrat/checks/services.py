"""What rules allow too much of, whoever the peer is: SG412 wide ports, SG413 all protocols, SG414 plaintext."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache

from sgstrat.checks.context import Context
from sgstrat.checks.report import Exposure, add
from sgstrat.checks.world import exposed
from sgstrat.diagnostics.finding import Findings
from sgstrat.facts.ports import ports
from sgstrat.facts.services import catalogue
from sgstrat.language.services import parse_service
from sgstrat.net.interval import Interval, union
from sgstrat.net.kinds import block_of
from sgstrat.net.service import NUMBERS, service_interval
from sgstrat.reach.hosts import Place
from sgstrat.rulebook.model import DIRECTIONS, Direction, Group, Origin, Rule, Rulebook

_WITH_PORTS = ("tcp", "udp")


def check_services(context: Context, findings: Findings) -> None:
    """Report each written rule for all protocols, for a wide range of ports, or for FTP or Telnet."""
    for book in context.rulebooks.values():
        said: set[tuple[str, Origin]] = set()  # a flow has two sides and gives one finding
        for direction in DIRECTIONS:
            for group in book.groups:
                rules = group.rules(direction)
                suspects = {rule: code for rule in rules if (code := _alone(rule, context.policy.widest_port_range))}
                suspects.update(_together(rules, suspects, context.policy.widest_port_range))
                if suspects:
                    _check_group(context, book, group, direction, suspects, said, findings)


def _alone(rule: Rule, most: int) -> str | None:
    if rule.protocol == "-1":
        return "SG413"
    if rule.protocol not in _WITH_PORTS:
        return None
    return _of_ports(rule.protocol, rule.from_port or 0, rule.to_port or 0, most)


@lru_cache(65536)
def _of_ports(protocol: str, low: int, high: int, most: int) -> str | None:
    if protocol == "tcp" and any(low <= port <= high for port in ports().plaintext) and high - low < most:
        return "SG414"
    if high - low + 1 > most and service_interval(protocol, low, high) not in _known_ranges():
        return "SG412"
    return None


@lru_cache
def _known_ranges() -> frozenset[Interval]:
    """Ranges that the catalogue names: passive FTP, RPC and the like need them."""
    parts = (parse_service(text) for known in catalogue().values() for text in known.parts)
    return frozenset(service_interval(part.protocol, part.from_port, part.to_port) for part in parts)


def _together(rules: tuple[Rule, ...], alone: dict[Rule, str], most: int) -> dict[Rule, str]:
    """Rules to or from one peer whose ranges of ports are wide only when added up."""
    by_peer: dict[tuple[str, str], list[Rule]] = defaultdict(list)
    for rule in rules:
        if rule.protocol in _WITH_PORTS and rule.from_port != rule.to_port and rule not in alone:
            by_peer[rule.peer.name, rule.protocol].append(rule)
    found: dict[Rule, str] = {}
    for mine in by_peer.values():
        kinds = [service_interval(rule.protocol, rule.from_port, rule.to_port) for rule in mine]
        if len(mine) < 2 or sum(high - low + 1 for low, high in kinds) <= most:
            continue
        for low, high in union(kinds):
            if high - low + 1 > most:
                found.update(
                    (rule, "SG412")
                    for rule, kind in zip(mine, kinds, strict=True)
                    if low <= kind[0] <= high and kind not in _known_ranges()
                )
    return found


def _check_group(
    context: Context,
    book: Rulebook,
    group: Group,
    direction: Direction,
    suspects: dict[Rule, str],
    said: set[tuple[str, Origin]],
    findings: Findings,
) -> None:
    place: Place = (book.target, group.key)
    world = {each.rule.origin for each in exposed(context, place, direction)}
    found: dict[tuple[str, Origin], Exposure] = {}
    for rule, code in suspects.items():
        is_self = code == "SG413" and rule.peer == ("group", group.key)
        if rule.origin is not None and rule.origin not in world and not is_self:
            key = (code, rule.origin)
            kinds = service_interval(rule.protocol, rule.from_port, rule.to_port)
            found[key] = found.get(key, Exposure(rule.origin)).joined(rule, (kinds,))
    for (code, origin), exposure in found.items():
        if direction == "ingress" or (code, origin) not in said:
            said.add((code, origin))
            _report(book, group, direction, code, exposure, findings)


def _report(
    book: Rulebook, group: Group, direction: Direction, code: str, exposure: Exposure, findings: Findings
) -> None:
    verb = "lets in" if direction == "ingress" else "may send"
    on = ", ".join(exposure.services)
    if code == "SG413":
        said, advice = f"group {group.key} {verb} all protocols and ports", "name the services that are needed"
    elif code == "SG412":
        count = sum(high - low + 1 for low, high in exposure.kinds)
        said = f"group {group.key} {verb} a wide range of ports, {on} ({count} ports)"
        advice = "name the ports that are used"
    else:
        tcp = block_of(NUMBERS["tcp"])[0]
        named = [
            name
            for port, name in ports().plaintext.items()
            if any(low <= tcp + port <= high for low, high in exposure.kinds)
        ]
        said = f"group {group.key} {verb} {' and '.join(named)} on {on}, which sends passwords in plain text"
        advice = "use SSH, SFTP or FTPS"
    add(findings, code, said, advice, book, group, exposure, services=exposure.services)

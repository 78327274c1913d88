"""How findings about what a written rule opens are worded and placed. Knows no check."""

from __future__ import annotations

from typing import NamedTuple

from sgstrat.diagnostics.codes import CODES
from sgstrat.diagnostics.finding import Findings, Related
from sgstrat.diagnostics.remedy import Remedy
from sgstrat.diagnostics.suggest import listed
from sgstrat.language.services import ServicePart
from sgstrat.net.interval import Intervals, union
from sgstrat.rulebook.model import Group, Origin, Rule, Rulebook

MOST_PEERS = 4


class Exposure(NamedTuple):
    """What one written rule or flow opens in one group: rules, and the kinds of packets that a finding is about."""

    origin: Origin
    rules: tuple[Rule, ...] = ()
    kinds: Intervals = ()

    def joined(self, rule: Rule, kinds: Intervals) -> Exposure:
        """The same with another rule of the same origin."""
        rules = self.rules if rule in self.rules else (*self.rules, rule)
        return Exposure(self.origin, rules, self.kinds if kinds == self.kinds else union((*self.kinds, *kinds)))

    @property
    def services(self) -> tuple[str, ...]:
        """The services of the rules as the language writes them, sorted."""
        return tuple(sorted({service_of(rule) for rule in self.rules}))

    @property
    def peers(self) -> str:
        """The peers of the rules, a few by name."""
        return listed((rule.peer.name for rule in self.rules), MOST_PEERS)


def service_of(rule: Rule) -> str:
    """A rule's service as the language writes it."""
    return str(ServicePart(rule.protocol, rule.from_port, rule.to_port, ""))


def add(
    findings: Findings,
    code: str,
    said: str,
    advice: str,
    book: Rulebook,
    group: Group,
    exposure: Exposure,
    services: tuple[str, ...] = (),
    fix: Remedy | None = None,
) -> None:
    """Add a finding at the written rule, with the waiver that would silence it where one may."""
    origin = exposure.origin
    waiver = f"{{code: {code}, path: {quoted(origin.paths[0])}, why: ..., until: YYYY-MM-DD}}"
    findings.add(
        code,
        f"{said} ({exposure.peers})",
        origin.span,
        help=f"{advice}; if it is meant, add a waiver: {waiver}" if CODES[code].waivable else advice,
        related=(Related(group.span, "the group is here"),) if group.span else (),
        paths=origin.paths,
        services=services,
        environment=book.environment,
        fix=fix,
    )


def quoted(path: str) -> str:
    """A path as it can stand in a flow mapping: in quotes where it has brackets."""
    return f'"{path}"' if "[" in path else path

"""What is said of an assertion that does not hold: the packet, the rules on both sides, what to do.

Texts only: knows neither how assertions are judged nor where they stand.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sgstrat.diagnostics.finding import Related
from sgstrat.diagnostics.suggest import shortened
from sgstrat.net.interval import Intervals
from sgstrat.net.kinds import EVERY_KIND, service_texts
from sgstrat.reach.claims import Breach
from sgstrat.reach.grants import Grant
from sgstrat.reach.hosts import Host
from sgstrat.reach.witness import Witness

MOST_SERVICES = 6
MOST_RULES = 6


class Subject(NamedTuple):
    """What one failed statement is about: the ends as written, and which of the three words it stands under."""

    verb: str
    source: str
    destination: str


def wanted(subject: Subject, asked: Intervals) -> str:
    """What the assertion says, on the services asked for."""
    services = "" if asked == EVERY_KIND else f" on {_services(asked)}"
    if subject.verb == "deny":
        return f"{subject.source} must not reach {subject.destination}{services}"
    if subject.verb == "allow":
        return f"{subject.source} must reach {subject.destination}{services or ' on everything'}"
    return f"only {subject.source} may reach {subject.destination}{services}"


def observed(breach: Breach) -> str:
    """What is the case instead: a packet that passes, or one that does not and why."""
    witness = breach.witness
    if witness is None:
        return (
            "there is no such packet between their addresses"
            if breach.reason == "missing"
            else f"{breach.source.end} may, on {_services(breach.kinds)}"
        )
    if breach.reason != "missing":
        return f"{witness.packet} passes"
    lacking = [
        text
        for text, host, rules in (
            (_lets(witness.source, "out"), witness.source, witness.egress),
            (_lets(witness.destination, "in"), witness.destination, witness.ingress),
        )
        if not rules and not host.is_outside
    ]
    return f"{witness.packet} does not pass, since {' and '.join(lacking) or 'no rules allow it'}"


def _lets(host: Host, way: str) -> str:
    groups = ", ".join(key for _, key in host.groups) or str(host.end)
    return f"no rule of {groups} lets it {way}"


def doubt(breach: Breach) -> str:
    """Why it is not proven."""
    if breach.reason == "whereabouts":
        there = breach.witness.packet if breach.witness is not None else _services(breach.kinds)
        ends = f"{breach.source.end} and {breach.destination.end}"
        return f"not proven, since nobody states where {ends} are: {there} passes"
    unknown = sorted({*breach.source.unknown, *breach.destination.unknown})
    what = (
        f"the rules of {', '.join(unknown)} are not known here"
        if unknown
        else "it hangs on a prefix list whose content is not known here"
    )
    return f"not proven on {_services(breach.kinds)} from {breach.source.end} to {breach.destination.end}: {what}"


def more(breaches: list[Breach], kinds: Intervals) -> str:
    """How much it is in all."""
    pairs = {(each.source.end, each.destination.end) for each in breaches}
    others = f"; {len(pairs) - 1} more pair{'s' * (len(pairs) > 2)}" if len(pairs) > 1 else ""
    return f" (in all: {_services(kinds)}{others})"


def _services(kinds: Intervals) -> str:
    return shortened(service_texts(kinds), MOST_SERVICES)


def advice(subject: Subject, breach: Breach) -> str:
    """What to do."""
    if breach.reason == "whereabouts":
        return "give the workload networks: with its addresses, or name groups as the ends"
    if breach.reason == "unknown":
        return "if it is meant so, waive this; or name what is known: a group of the workspace, a list with its entries"
    if subject.verb == "allow":
        service = service_texts(breach.kinds)[0]
        return f"add a flow: {{from: {subject.source}, to: {subject.destination}, services: {service}, why: ...}}"
    return "narrow or remove the rules below, or, if they are right, the assertion; a failed assertion cannot be waived"


def rules(witness: Witness | None) -> Iterable[Related]:
    """The rules that let a packet through on either side, by place."""
    if witness is None:
        return
    yield from _placed("lets it out: egress", witness.egress)
    yield from _placed("lets it in: ingress", witness.ingress)


def more_rules(grants: Iterable[Grant], shown: Iterable[Related]) -> Iterable[Related]:
    """Rules that let more of the same in, which is what remains when those shown are removed."""
    seen = {each.span for each in shown}
    others = [grant for grant in grants if grant.rule.origin is not None and grant.rule.origin.span not in seen]
    yield from _placed("lets more of it in: ingress", others)


def _placed(what: str, grants: Iterable[Grant]) -> Iterable[Related]:
    places = {grant.rule.origin.span: grant for grant in grants if grant.rule.origin is not None}
    for span, grant in list(places.items())[:MOST_RULES]:
        yield Related(span, f"{what} of {grant.place[0].strategy}/{grant.place[1]}, {grant.rule.key}")

"""Which alarms of scanners a template may suppress: those that waived findings answer, and no others.

An alarm is answered where each rule that raises it is covered by waived findings of its codes, and none of them is
left unwaived. What a waiver does not cover still alarms. Must not know how a format writes a suppression.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from sgstrat.diagnostics.finding import Finding
from sgstrat.facts.alarms import Alarm, Scanner, alarms
from sgstrat.language.services import parse_service
from sgstrat.net.interval import Intervals, covers, intersection, union
from sgstrat.net.service import service_interval
from sgstrat.rulebook.model import DIRECTIONS, Direction, Rule, Rulebook


class Suppression(NamedTuple):
    """One alarm of one resource that is answered; ``reason`` is one line, for people."""

    scanner: Scanner
    id: str
    reason: str


class Verdict(NamedTuple):
    """What one finding says of a rule: on which packets (None: all), and the waiver's words where it is waived."""

    code: str
    packets: Intervals | None
    reason: str | None


_RuleKey = tuple[str, Direction, str]


@dataclass(frozen=True, slots=True)
class Suppressions:
    """The findings of one target by the rules that they are about. Empty where nothing is waived.

    It goes to the processes that write targets, so its mapping is one that can be sent.
    """

    verdicts: Mapping[_RuleKey, tuple[Verdict, ...]] = field(default_factory=dict)

    def of(
        self,
        group: str,
        ingress: Sequence[Rule],
        egress: Sequence[Rule],
        linked: Mapping[Direction, Sequence[Rule]] = MappingProxyType({}),
    ) -> tuple[Suppression, ...]:
        """What may be suppressed on a resource that holds these rules of a group.

        ``linked`` are the group's rules that are resources of their own, by direction.
        """
        if not self.verdicts:
            return ()
        held: dict[Direction, Sequence[Rule]] = {"ingress": ingress, "egress": egress}
        found = []
        for alarm in alarms():
            rules = held[alarm.direction]
            if alarm.whole_group:
                rules = (*rules, *linked.get(alarm.direction, ()))
            reasons = self._reasons(alarm, group, rules)
            if reasons:
                found.append(Suppression(alarm.scanner, alarm.id, "; ".join(reasons)))
        return tuple(found)

    def _reasons(self, alarm: Alarm, group: str, rules: Sequence[Rule]) -> tuple[str, ...]:
        """Why an alarm is answered; none where it is not raised, or not answered for every rule that raises it."""
        reasons: dict[str, None] = {}
        for rule in rules:
            peer = rule.peer.name if rule.peer.kind == "cidr" else ""
            if alarm.holds(peer, rule.protocol, rule.from_port, rule.to_port):
                answered = _answers(alarm, rule, self.verdicts.get((group, alarm.direction, rule.key), ()))
                if not answered:
                    return ()
                reasons.update(dict.fromkeys(answered))
        return tuple(reasons)


NO_SUPPRESSIONS = Suppressions()


def _answers(alarm: Alarm, rule: Rule, verdicts: Iterable[Verdict]) -> tuple[str, ...]:
    """The waivers' words that together answer an alarm of a rule; none where something of it is not waived."""
    whole = (service_interval(rule.protocol, rule.from_port, rule.to_port),)
    waived: list[tuple[Intervals, str]] = []
    for verdict in verdicts:
        packets = whole if verdict.packets is None else intersection(whole, verdict.packets)
        if verdict.code in alarm.codes and packets:
            if verdict.reason is None:
                return ()
            waived.append((packets, verdict.reason))
    together = union(interval for packets, _ in waived for interval in packets)
    return tuple(reason for _, reason in waived) if waived and covers(together, whole) else ()


def suppressions(book: Rulebook, findings: Iterable[Finding]) -> Suppressions:
    """What the findings say of the rules of a target, as far as any of them is waived."""
    codes = {code for alarm in alarms() for code in alarm.codes}
    here = [each for each in findings if each.code in codes and _is_about(each, book)]
    if not any(each.waived for each in here):
        return NO_SUPPRESSIONS
    by_place: dict[tuple[str, str], list[Verdict]] = {}
    for finding in here:
        if finding.span is not None:
            verdict = _verdict(finding)
            for path in finding.paths:
                by_place.setdefault((finding.span.file, path), []).append(verdict)
    return Suppressions(dict(_by_rule(book, by_place)))


def _is_about(finding: Finding, book: Rulebook) -> bool:
    return not finding.environments or book.environment in finding.environments


def _verdict(finding: Finding) -> Verdict:
    parts = map(parse_service, finding.services)
    packets = union(service_interval(each.protocol, each.from_port, each.to_port) for each in parts)
    waived = finding.waived
    if waived is None:
        return Verdict(finding.code, packets or None, None)
    until = f" until {waived.until}" if waived.until else ""
    by = f" by {waived.approved_by}" if waived.approved_by else ""
    reason = " ".join(f"{finding.code} waived{until}{by}: {waived.why}".split())
    return Verdict(finding.code, packets or None, reason)


def _by_rule(
    book: Rulebook, by_place: Mapping[tuple[str, str], Sequence[Verdict]]
) -> Iterable[tuple[_RuleKey, tuple[Verdict, ...]]]:
    for group in book.groups:
        for direction in DIRECTIONS:
            for rule in group.rules(direction):
                if rule.origin is not None:
                    file, own = rule.origin.span.file, f"groups.{group.kind}.{group.key}"
                    paths = (*rule.origin.paths, own)
                    verdicts = dict.fromkeys(each for path in paths for each in by_place.get((file, path), ()))
                    if verdicts:
                        yield (group.key, direction, rule.key), tuple(verdicts)

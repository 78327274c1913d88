"""Findings seen from one framework: what stands against each of its controls, as values, text and JSON.

Judges nothing by itself: a control's criteria (``facts.compliance``) pick findings, and what was found decides.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

from sgstrat.diagnostics.codes import Severity
from sgstrat.diagnostics.finding import Finding
from sgstrat.facts.compliance import Control, Criterion, Framework
from sgstrat.language.services import parse_service
from sgstrat.net.cidr import Family
from sgstrat.net.interval import Intervals, intersection, union
from sgstrat.net.service import service_interval
from sgstrat.report.text import safe
from sgstrat.rulebook.model import Rulebook

_WIDTH = 12


class Status(str, Enum):
    """What is known of a control."""

    FAIL = "fail"
    PARTLY = "partly"
    WAIVED = "waived"
    PASS = "pass"  # noqa: S105  # no password
    UNKNOWN = "unknown"
    NOT_ANSWERED = "not answered"


class Verdict(NamedTuple):
    """A control, what is known of it, the findings that say so, and why where it is not they that decide."""

    control: Control
    status: Status
    findings: tuple[Finding, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ComplianceView:
    """All controls of a framework, judged."""

    framework: Framework
    verdicts: tuple[Verdict, ...]

    def count(self, status: Status) -> int:
        """How many controls have this status."""
        return sum(each.status is status for each in self.verdicts)


def view(
    framework: Framework,
    findings: Iterable[Finding],
    rulebooks: Iterable[Rulebook],
    *,
    is_complete: bool,
    known: Collection[str],
    silenced: Collection[str] = (),
) -> ComplianceView:
    """Judge every control of a framework.

    ``known`` are the codes that this compiler can give, ``silenced`` those that the organisation has switched off.
    Unless ``is_complete``, errors kept some checks from looking, and what nothing stands against is unknown.
    """
    picker = _Picker(tuple(findings), rulebooks)
    off = {code for control in framework.controls for code in control.codes if code not in known}.union(silenced)
    return ComplianceView(
        framework, tuple(_judge(control, picker.against(control), is_complete, off) for control in framework.controls)
    )


def _judge(control: Control, found: tuple[Finding, ...], is_complete: bool, off: Collection[str]) -> Verdict:
    if control.not_answered:
        return Verdict(control, Status.NOT_ANSWERED, (), control.not_answered)
    unwaived = [each for each in found if each.waived is None]
    if any(each.severity is not Severity.NOTE for each in unwaived):
        return Verdict(control, Status.FAIL, found)
    if not is_complete:
        return Verdict(control, Status.UNKNOWN, found, "errors elsewhere kept some checks from looking")
    unchecked = ", ".join(code for code in control.codes if code in off)
    left_out = [control.partly] * bool(control.partly) + [f"not checked: {unchecked}"] * bool(unchecked)
    if unwaived or left_out:
        return Verdict(control, Status.PARTLY, found, "; ".join(left_out))
    if found:
        return Verdict(control, Status.WAIVED, found)
    return Verdict(control, Status.PASS, (), control.by_construction)


class _Picker:
    """Finds what stands against a control. What a finding is about is worked out once."""

    def __init__(self, findings: tuple[Finding, ...], rulebooks: Iterable[Rulebook]) -> None:
        self._findings = findings
        self._families = _families_by_place(rulebooks)
        self._kinds: dict[tuple[str, ...], Intervals] = {}

    def against(self, control: Control) -> tuple[Finding, ...]:
        """The findings that meet a criterion of the control, in their order."""
        return tuple(each for each in self._findings if any(self._meets(each, one) for one in control.criteria))

    def _meets(self, finding: Finding, criterion: Criterion) -> bool:
        if finding.code not in criterion.codes:
            return False
        about_services = criterion.services and finding.services  # a finding about no service is about them all
        if about_services and not intersection(self._packets(criterion.services), self._packets(finding.services)):
            return False
        if criterion.family is None or finding.span is None:
            return True
        families = {family for path in finding.paths for family in self._families.get((finding.span.file, path), ())}
        return not families or criterion.family in families

    def _packets(self, services: tuple[str, ...]) -> Intervals:
        known = self._kinds.get(services)
        if known is None:
            parts = map(parse_service, services)
            known = self._kinds[services] = union(
                service_interval(part.protocol, part.from_port, part.to_port) for part in parts
            )
        return known


def _families_by_place(rulebooks: Iterable[Rulebook]) -> dict[tuple[str, str], set[Family]]:
    """The address families of what is written at each place, by file and path."""
    found: dict[tuple[str, str], set[Family]] = {}
    for book in rulebooks:
        lists: Mapping[str, Family] = {each.key: each.family for each in book.prefix_lists}
        for group in book.groups:
            for rule in (*group.ingress, *group.egress):
                kind, name = rule.peer
                if rule.origin is None or kind == "group":
                    continue
                family: Family = lists[name] if kind == "prefix_list" else ("ipv6" if ":" in name else "ipv4")
                for path in rule.origin.paths:
                    found.setdefault((rule.origin.span.file, path), set()).add(family)
    return found


def text(shown: ComplianceView) -> Iterator[str]:
    """The view as lines: each control with its status and codes, below it what decides."""
    framework = shown.framework
    yield f"{framework.key}: {framework.title}"
    yield f"  {framework.scope}; source: {framework.source} ({framework.verified})"
    for verdict in shown.verdicts:
        control = verdict.control
        yield f"{verdict.status.value:<{_WIDTH}} {control.id} {control.title}"
        answers = ", ".join((*control.codes, *(f"as {each}" for each in control.through)))
        if answers:
            yield f"{'':{_WIDTH}}   answered by {answers}"
        if verdict.reason:
            yield f"{'':{_WIDTH}}   {verdict.reason}"
        for finding in verdict.findings:
            place = f"{finding.span}: " if finding.span is not None else ""
            yield f"{'':{_WIDTH}}   {safe(f'{place}{_label(finding)} {finding.code} {finding.message}')}"
    counted = ((status, shown.count(status)) for status in Status)
    yield f"{framework.key}: " + ", ".join(f"{count} {status.value}" for status, count in counted if count)


def _label(finding: Finding) -> str:
    return "waived" if finding.waived is not None else finding.severity.value


def json_text(shown: ComplianceView) -> str:
    """The view as one JSON object."""
    framework = shown.framework
    return json.dumps(
        {
            "framework": framework.key,
            "title": framework.title,
            "scope": framework.scope,
            "source": framework.source,
            "url": framework.url,
            "verified": framework.verified,
            "counts": {status.value: shown.count(status) for status in Status},
            "controls": [_verdict(each) for each in shown.verdicts],
        },
        indent=2,
    )


def _verdict(verdict: Verdict) -> dict[str, Any]:
    control = verdict.control
    return {
        "id": control.id,
        "title": control.title,
        "status": verdict.status.value,
        "codes": list(control.codes),
        "through": list(control.through),
        "reason": verdict.reason,
        "findings": [_finding(each) for each in verdict.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    made: dict[str, Any] = {"code": finding.code, "severity": finding.severity.value, "message": finding.message}
    if finding.span is not None:
        made |= {"file": finding.span.file, "line": finding.span.line, "column": finding.span.column}
    made |= {"paths": list(finding.paths), "services": list(finding.services)}
    made["environments"] = list(finding.environments)
    if finding.waived is not None:
        waived = finding.waived
        made["waived"] = {"why": waived.why, "until": waived.until, "approved_by": waived.approved_by}
    return made

"""Waivers: a dated exception silences exactly the finding it names, and is itself reported when it has run out or is unused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from sgstrat.diagnostics.codes import CODES, Severity
from sgstrat.diagnostics.finding import Finding, Findings
from sgstrat.language.decode import Unit
from sgstrat.language.model import Waiver
from sgstrat.language.services import ServicePart, parse_service
from sgstrat.net.interval import Intervals, covers, union
from sgstrat.net.service import service_interval
from sgstrat.rulebook.view import View, World


def apply_waivers(found: Iterable[Finding], units: Iterable[Unit], world: World, as_of: date, findings: Findings) -> None:
    """Add ``found`` to ``findings``, waived ones as notes, then what is to be said about the waivers themselves."""
    by_file = {file: unit for unit in units for file in unit.files}
    used: set[int] = set()
    for finding in found:
        unit = by_file.get(finding.span.file) if finding.span is not None else None
        waiver = _waiver_for(finding, unit, world, as_of) if unit is not None and CODES[finding.code].waivable else None
        if waiver is None:
            findings.extend((finding,))
            continue
        used.add(id(waiver))
        findings.extend((_waived(finding, waiver),))
    for unit in dict.fromkeys(by_file.values()):
        for waiver in unit.names.strategy.waivers:
            _review(waiver, id(waiver) in used, as_of, findings)


def _waiver_for(finding: Finding, unit: Unit, world: World, as_of: date) -> Waiver | None:
    for waiver in unit.names.strategy.waivers:
        if waiver.code.text != finding.code or waiver.path.text not in finding.paths or _is_stale(waiver, as_of):
            continue
        if not _covers_environment(finding, waiver):
            continue
        if waiver.services and not _covers_services(finding, waiver, unit, world):
            continue
        return waiver
    return None


def _covers_environment(finding: Finding, waiver: Waiver) -> bool:
    if waiver.environments is None:
        return True
    named = {word.text for word in waiver.environments}
    return bool(finding.environments) and named.issuperset(finding.environments)


def _covers_services(finding: Finding, waiver: Waiver, unit: Unit, world: World) -> bool:
    """Whether the waiver's services hold all packets of the finding, in the finding's environment."""
    view: View | None = next((world.get((unit.names.name, each)) for each in finding.environments), None)
    if view is None or not finding.services:
        return False
    waived = [part for word in waiver.services for part in view.service(word.text) or ()]
    return covers(_packets(waived), _packets(parse_service(text) for text in finding.services))


def _packets(parts: Iterable[ServicePart]) -> Intervals:
    return union(service_interval(part.protocol, part.from_port, part.to_port) for part in parts)


def _waived(finding: Finding, waiver: Waiver) -> Finding:
    until = f" until {waiver.until.value}" if waiver.until else ""
    by = f" by {waiver.approved_by}" if waiver.approved_by else ""
    return replace(finding, severity=Severity.NOTE, message=f"{finding.message}: waived{until}{by}: {waiver.why}", help="")


def _is_stale(waiver: Waiver, as_of: date) -> bool:
    return waiver.until is not None and waiver.until.value < as_of


def _review(waiver: Waiver, is_used: bool, as_of: date, findings: Findings) -> None:
    if waiver.until is None or not waiver.code.text:
        return  # a finding of the decoder
    if _is_stale(waiver, as_of):
        findings.add("SG227", f"this waiver of {waiver.code.text} ran out on {waiver.until.value}", waiver.until.span, help="mend the finding, or renew the waiver with a later date")
    elif not is_used:
        findings.add("SG226", f"this waiver silences nothing: there is no {waiver.code.text} at {waiver.path.text}", waiver.path.span, help="remove it, or correct its code, path, services or environments")

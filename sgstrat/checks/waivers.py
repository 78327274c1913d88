"""Waivers: a dated exception silences exactly the finding it names.

It is itself reported when it has run out or is unused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from sgstrat.diagnostics.codes import Severity
from sgstrat.diagnostics.finding import Finding, Findings, Waived
from sgstrat.diagnostics.remedy import removal
from sgstrat.language.decode import Unit
from sgstrat.language.model import Waiver
from sgstrat.language.services import ServicePart, parse_service
from sgstrat.net.interval import Intervals, covers, union
from sgstrat.net.service import service_interval
from sgstrat.rulebook.view import View, World


def apply_waivers(
    found: Iterable[Finding],
    units: Iterable[Unit],
    world: World,
    as_of: date,
    findings: Findings,
    all_found: bool = True,
) -> None:
    """Add ``found`` to ``findings``, waived ones as notes, then what is to be said about the waivers themselves.

    Unless ``all_found``, a waiver that silences nothing may be for what could not be found yet, and is not reported.
    """
    by_file: dict[str, list[Unit]] = {}
    for unit in units:
        for file in unit.files:
            by_file.setdefault(file, []).append(unit)
    used: set[int] = set()
    places: set[tuple[str, str]] = set()
    for finding in found:
        places.update((finding.code, path) for path in finding.paths)
        owners = by_file.get(finding.span.file, []) if finding.span is not None and finding.kind.waivable else []
        # a file that several strategies include is a matter of all of them: what one of them does not waive is left
        outcomes = [_outcome(finding, unit, world, as_of, used) for unit in owners] or [[finding]]
        findings.extend(
            next((each for each in outcomes if any(item.is_error or item == finding for item in each)), outcomes[0])
        )
    every = {id(unit): unit for owners in by_file.values() for unit in owners}.values()
    waivers = [waiver for unit in every for waiver in unit.names.strategy.waivers]
    needed = {waiver.span for waiver in waivers if id(waiver) in used}  # a file may be part of several strategies
    for waiver in waivers:
        may_go = all_found and waiver.span not in needed
        if _is_stale(waiver, as_of):
            may_go = may_go and (waiver.code.text, waiver.path.text) not in places
        _review(waiver, id(waiver) in used or not all_found, may_go, as_of, findings)


def _outcome(finding: Finding, unit: Unit, world: World, as_of: date, used: set[int]) -> list[Finding]:
    """What a strategy's waivers make of a finding: notes of what they silence, and what is left."""
    made: list[Finding] = []
    rest: Finding | None = finding
    for waiver in _waivers_for(finding, unit, as_of):
        if rest is not None:
            waived, rest = _divide(rest, waiver, unit, world)
            if waived is not None:
                used.add(id(waiver))
                made.append(_waived(waived, waiver))
    return made if rest is None else [*made, rest]


def _waivers_for(finding: Finding, unit: Unit, as_of: date) -> Iterator[Waiver]:
    for waiver in unit.names.strategy.waivers:
        if (
            waiver.code.text == finding.code
            and waiver.path.text in finding.paths
            and not _is_stale(waiver, as_of)
            and _covers_environment(finding, waiver)
        ):
            yield waiver


def _covers_environment(finding: Finding, waiver: Waiver) -> bool:
    if waiver.environments is None:
        return True
    named = {word.text for word in waiver.environments}
    return bool(finding.environments) and named.issuperset(finding.environments)


def _divide(finding: Finding, waiver: Waiver, unit: Unit, world: World) -> tuple[Finding | None, Finding | None]:
    """What of a finding a waiver silences, and what is left of it: a waiver may be for some of its services only."""
    if not waiver.services:
        return finding, None
    view: View | None = next((world.get((unit.names.name, each)) for each in finding.environments), None)
    if view is None or not finding.services:  # a finding that is about no service is none of this waiver's
        return None, finding
    packets = _packets(part for word in waiver.services for part in view.service(word.text) or ())
    silenced = tuple(text for text in finding.services if covers(packets, _packets((parse_service(text),))))
    return _limited(finding, silenced), _limited(
        finding, tuple(text for text in finding.services if text not in silenced)
    )


def _limited(finding: Finding, services: tuple[str, ...]) -> Finding | None:
    """The finding for some of its services, which its texts list with commas between them; None for none of them."""
    if not services or services == finding.services:
        return finding if services else None
    whole, part = ", ".join(finding.services), ", ".join(services)
    return replace(
        finding, services=services, message=finding.message.replace(whole, part), help=finding.help.replace(whole, part)
    )


def _packets(parts: Iterable[ServicePart]) -> Intervals:
    return union(service_interval(part.protocol, part.from_port, part.to_port) for part in parts)


def _waived(finding: Finding, waiver: Waiver) -> Finding:
    until = f" until {waiver.until.value}" if waiver.until else ""
    by = f" by {waiver.approved_by}" if waiver.approved_by else ""
    return replace(
        finding,
        severity=Severity.NOTE,
        message=f"{finding.message}: waived{until}{by}: {waiver.why}",
        help="",
        fix=None,
        remedy=None,
        waived=Waived(
            finding.severity,
            finding.message,
            waiver.why,
            waiver.until.value.isoformat() if waiver.until else "",
            waiver.approved_by,
            waiver.span,
        ),
    )


def _is_stale(waiver: Waiver, as_of: date) -> bool:
    return waiver.until is not None and waiver.until.value < as_of


def _review(waiver: Waiver, is_used: bool, may_go: bool, as_of: date, findings: Findings) -> None:
    """Report a waiver that does nothing; it ``may_go`` where nothing more would be found without it."""
    if waiver.until is None or not waiver.code.text:
        return  # a finding of the decoder
    if _is_stale(waiver, as_of):
        findings.add(
            "SG227",
            f"this waiver of {waiver.code.text} ran out on {waiver.until.value}",
            waiver.until.span,
            help="mend the finding, or renew the waiver with a later date",
            fix=removal(waiver.span, "remove the waiver", is_safe=False) if may_go else None,
        )
    elif not is_used:
        findings.add(
            "SG226",
            f"this waiver silences nothing: there is no {waiver.code.text} at {waiver.path.text}",
            waiver.path.span,
            help="remove it, or correct its code, path, services or environments",
            fix=removal(waiver.span, "remove the waiver") if may_go else None,
        )

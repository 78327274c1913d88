"""A difference as text for a terminal. Everything that comes from a file is made safe for one."""

from __future__ import annotations

from collections.abc import Iterator

from sgstrat.reach.diff_model import Change, Difference, Interfaces, Outside, ResourceChange
from sgstrat.report.diff_words import Labels, certainty, end_names, headline, joined_resources, services_shown
from sgstrat.report.text import safe

MOST_SHOWN = 200
_COLOURS = {"internet": "31", "wide": "33", "list": "33", "network": "36", "group": "36"}


def diff_lines(difference: Difference, labels: Labels, *, colour: bool = False) -> Iterator[str]:
    """The report, at most :data:`MOST_SHOWN` entries of each part, then a count of the rest."""
    yield f"{safe(labels.old)} -> {safe(labels.new)}: {headline(difference)}"
    yield from (f"note: {safe(note)}" for note in labels.notes)
    for title, changes in (("becomes reachable", difference.gained), ("is no longer reachable", difference.lost)):
        if changes:
            yield from ("", f"{title}:")
            for change in changes[:MOST_SHOWN]:
                yield from _change(change, colour=colour)
            yield from _rest(len(changes))
    resources = joined_resources(difference.resources)
    if resources:
        yield from ("", "resources:")
        for resource, environments in resources[:MOST_SHOWN]:
            yield from _resource(resource, environments)
        yield from _rest(len(resources))


def _rest(count: int) -> Iterator[str]:
    if count > MOST_SHOWN:
        yield f"  ... and {count - MOST_SHOWN} more (--output-format json has them all)"


def _change(change: Change, *, colour: bool) -> Iterator[str]:
    risk = f"{change.risk:<8}"
    if colour:
        risk = f"\033[{_COLOURS[change.risk]};1m{risk}\033[0m"
    services, more = services_shown(change)
    what = _join((", ".join(services), more))
    where = "" if change.environments == ("default",) else f"in {', '.join(change.environments)}"
    yield f"  {risk} {_end(change.source)} -> {_end(change.destination)}  " + safe(
        _join((certainty(change), what, where))
    )
    for each in change.evidence:
        yield f"             by {safe(each.group)}, {safe(each.source)}: {safe(each.why)}"


def _end(end: Interfaces | Outside) -> str:
    names, more = end_names(end)
    return safe(_join((", ".join(names), more)))


def _join(parts: tuple[str, ...]) -> str:
    return " ".join(part for part in parts if part)


def _resource(change: ResourceChange, environments: tuple[str, ...]) -> Iterator[str]:
    name = f"{change.target.strategy}/{change.key}" if change.kind != "target" else change.key
    where = f" in {', '.join(environments)}" if change.kind != "target" and environments != ("default",) else ""
    vpc = f" (VPC {change.target.vpc})" if change.kind != "target" else ""
    yield safe(f"  {change.effect:<8} {change.kind} {name}{vpc}{where}")
    for detail in change.details:
        yield safe(f"             {detail}")
    if change.workloads:
        yield safe(f"             workloads that carry it: {', '.join(change.workloads)}")

"""SG416: what faces the internet reaches data stores directly."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from sgstrat.checks.context import Context
from sgstrat.checks.report import Exposure, add
from sgstrat.diagnostics.finding import Findings
from sgstrat.facts.ports import ports
from sgstrat.facts.services import catalogue
from sgstrat.language.services import parse_service
from sgstrat.net.interval import Interval, Intervals, intersection, union
from sgstrat.net.service import service_interval
from sgstrat.reach.hosts import Place
from sgstrat.rulebook.model import Origin, Rulebook

_MOST_PORTS = 100
"""A rule for more ports in a row, or for all protocols, has a finding of its own."""


def check_data_stores(context: Context, findings: Findings) -> None:
    """Judge an external-facing group with every group of each workload that carries it: their rules add up."""
    external = {place for place, group in context.workspace.groups.items() if group.facing == "external"}
    if not external:
        return
    reported: set[tuple[Place, Origin]] = set()
    for book, facing, places in _carried(context, external):
        for place in places:
            group = context.workspace.groups[place]
            for exposure in _exposures(context, place):
                if (place, exposure.origin) not in reported:
                    reported.add((place, exposure.origin))
                    itself = place == facing
                    who = f"external-facing group {facing[1]}"
                    said = (
                        f"{who} reaches a data store on "
                        if itself
                        else f"{who}, with group {group.key}, reaches a data store on "
                    )
                    add(
                        findings,
                        "SG416",
                        said + ", ".join(exposure.services),
                        "put a tier between: what faces the internet talks to servers, and those to data stores",
                        book,
                        group,
                        exposure,
                        services=exposure.services,
                    )


def _carried(context: Context, external: set[Place]) -> Iterator[tuple[Rulebook, Place, tuple[Place, ...]]]:
    """Every external-facing group with the groups that are attached beside it; alone where no workload carries it."""
    alone = set(external)
    for book in context.rulebooks.values():
        for workload in book.workloads:
            places = tuple(
                place for key in workload.groups if (place := context.workspace.locate(book, key)) is not None
            )
            for facing in external.intersection(places):
                alone.discard(facing)
                yield book, facing, places
    for facing in sorted(alone):
        yield context.rulebooks[facing[0]], facing, (facing,)


def _exposures(context: Context, place: Place) -> list[Exposure]:
    found: dict[Origin, Exposure] = {}
    for grant in context.grants.grants(place, "egress"):
        origin = grant.rule.origin
        if origin is not None and _reaches(grant.kinds):
            found[origin] = found.get(origin, Exposure(origin)).joined(grant.rule, (grant.kinds,))
    return list(found.values())


@lru_cache(4096)
def _reaches(kinds: Interval) -> bool:
    return kinds[1] - kinds[0] < _MOST_PORTS and bool(intersection((kinds,), _data_stores()))


@lru_cache
def _data_stores() -> Intervals:
    parts = (parse_service(text) for name in ports().data_stores for text in catalogue()[name].parts)
    return union(service_interval(part.protocol, part.from_port, part.to_port) for part in parts)

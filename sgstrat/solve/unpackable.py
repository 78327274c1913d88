"""SG314: why a workload cannot be made to fit by fusing, which limit binds, and the nearest one with which it would."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sgstrat.diagnostics.finding import Findings
from sgstrat.facts.limits import limit
from sgstrat.net.cidr import FAMILY_NAMES
from sgstrat.rulebook.model import Rulebook, Workload
from sgstrat.solve.ground import Demand, Plan
from sgstrat.solve.plan import MAX_FUSABLE, Search
from sgstrat.solve.room import Full, Room

_NODES = 2_000  # steps for a number in a message: the nearest limits are as good as that finds


class Crowded(NamedTuple):
    """A workload over its budget: its groups that may be fused, why the others may not, and the room beside those."""

    workload: Workload
    fusable: tuple[str, ...]
    fixed: Mapping[str, str]
    space: int


def report_stuck(book: Rulebook, crowded: Crowded, findings: Findings) -> None:
    """The groups that cannot be fused leave no room for the others."""
    count = len(crowded.fusable)
    if count > MAX_FUSABLE:
        reason = f"{count} of them may be fused, and this version looks at {MAX_FUSABLE} at most"
        advice = "attach fewer groups"
    else:
        reason = f"it cannot fuse {_told(crowded)}"
        needed = book.quotas.groups_per_eni - crowded.space + min(count, 1)
        more = _quotas(needed, book.quotas.rules_per_group, f"groups_per_eni: {needed} at least")
        advice = f"attach fewer groups that cannot be fused{more}"
    _report(book, crowded, reason, advice, findings)


def report_tight(
    book: Rulebook, crowded: Crowded, number: int, demand: Demand, plan: Plan, room: Room, findings: Findings
) -> None:
    """The composites, or the groups that would have to name them, come out over their rule quota."""
    lightest = Search(demand, room, plan, [number], unbounded=True, nodes=_NODES).run()
    if lightest is None or lightest.fullest is None:
        raise AssertionError("a plan without a quota always exists")
    full = lightest.fullest
    beside = f"; it cannot fuse {_told(crowded)}" if crowded.fixed or crowded.workload.reserved_groups else ""
    reason = f"in the lightest way found {_filled(full)}, and rules_per_group is {room.quota}{beside}"
    needed = book.quotas.groups_per_eni - crowded.space + _blocks_needed(number, demand, plan, room)
    merge = "" if room.merges else ", or optimize: true where that merges enough"
    more = _quotas(needed, room.quota, f"groups_per_eni: {needed}")
    more += _quotas(book.quotas.groups_per_eni, full.load.total, f"rules_per_group: {full.load.total}")
    advice = f"write fewer rules there{merge}{more}"
    _report(book, crowded, reason, advice, findings)


def _filled(full: Full) -> str:
    keys = ", ".join(sorted(full.thing))
    load = f"{full.load.total} {FAMILY_NAMES[full.load.family]} {full.load.direction} rules"
    if len(full.thing) > 1:
        return f"the composite of {keys} has {load}"
    return f"group {keys}, which names every composite that holds a group it names, has {load}"


def _blocks_needed(number: int, demand: Demand, plan: Plan, room: Room) -> int:
    """The least number of blocks with which the quota holds; as many as there are groups always do."""
    shape = demand.shapes[number]
    least, enough = shape.most + 1, len(shape.fusable)
    while least < enough:
        most = (least + enough) // 2
        shapes = list(demand.shapes)
        shapes[number] = shape._replace(most=most)
        search = Search(demand._replace(shapes=tuple(shapes)), room, plan, [number], whole=False, nodes=_NODES)
        least, enough = (most + 1, enough) if search.run() is None else (least, most)
    return enough


def _told(crowded: Crowded) -> str:
    parts = [f"{key} ({reason})" for key, reason in crowded.fixed.items()]
    if crowded.workload.reserved_groups:
        parts.append(f"{crowded.workload.reserved_groups} reserved")
    return ", ".join(parts)


def _quotas(groups: int, rules: int, told: str) -> str:
    """The quota that would do, where AWS may raise it so far: to 16 groups, and to a product of 1000 with the other."""
    if groups > limit("groups_per_eni_most") or groups * rules > limit("rules_per_eni_product"):
        return ""
    return f", or {told} once AWS has raised it"


def _report(book: Rulebook, crowded: Crowded, reason: str, advice: str, findings: Findings) -> None:
    workload = crowded.workload
    count = len(workload.groups) + workload.reserved_groups
    findings.add(
        "SG314",
        f"workload {workload.key} carries {count} groups; a network interface takes {book.quotas.groups_per_eni}, "
        f"and pack: true cannot make it fit: {reason}",
        workload.span,
        help=advice,
        environment=book.environment,
    )

"""SG314: why a workload cannot be made to fit by fusing, which limit binds, and the nearest one with which it would."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sgstrat.diagnostics.finding import Findings
from sgstrat.facts.limits import limit
from sgstrat.rulebook.model import Rulebook, Workload
from sgstrat.solve.ground import Demand, Plan
from sgstrat.solve.plan import MAX_FUSABLE, Search
from sgstrat.solve.room import Full, Room

_NODES = 5_000  # steps for a number in a message: the nearest limits are as good as that finds
_FAMILY = {"ipv4": "IPv4", "ipv6": "IPv6"}


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
        advice = f"attach fewer groups that cannot be fused{_or_more(needed)}"
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
    advice = f"write fewer rules there{merge}{_or_more(needed)}, or rules_per_group: {full.load.total}"
    _report(book, crowded, reason, advice, findings)


def _filled(full: Full) -> str:
    keys = ", ".join(sorted(full.thing))
    load = f"{full.load.total} {_FAMILY[full.load.family]} {full.load.direction} rules"
    if len(full.thing) > 1:
        return f"the composite of {keys} has {load}"
    return f"group {keys}, which names every composite that holds a group it names, has {load}"


def _blocks_needed(number: int, demand: Demand, plan: Plan, room: Room) -> int:
    """The least number of blocks with which the quota holds; as many as there are groups always do."""
    shape = demand.shapes[number]
    for most in range(shape.most + 1, len(shape.fusable)):
        shapes = list(demand.shapes)
        shapes[number] = shape._replace(most=most)
        found = Search(demand._replace(shapes=tuple(shapes)), room, plan, [number], whole=False, nodes=_NODES).run()
        if found is not None:
            return most
    return len(shape.fusable)


def _told(crowded: Crowded) -> str:
    parts = [f"{key} ({reason})" for key, reason in crowded.fixed.items()]
    if crowded.workload.reserved_groups:
        parts.append(f"{crowded.workload.reserved_groups} reserved")
    return ", ".join(parts)


def _or_more(needed: int) -> str:
    """The quota that would do, as far as AWS raises it."""
    most = limit("groups_per_eni_most")
    return f", or groups_per_eni: {needed}" if needed <= most else f"; {needed} on one interface is beyond AWS's {most}"


def _report(book: Rulebook, crowded: Crowded, reason: str, advice: str, findings: Findings) -> None:
    workload = crowded.workload
    count = len(workload.groups) + workload.reserved_groups
    findings.add(
        "SG314",
        f"workload {workload.key} carries {count} groups; a network interface takes {book.quotas.groups_per_eni}, "
        f"and pack: true cannot make it fit: {reason}",
        workload.span,
        help=f"{advice}; a quota has to be raised by AWS before it is written down",
        environment=book.environment,
    )

"""SG691 for fused groups: every interface may send and receive what it might before, whoever is at the other end.

By its own means: rules as sets, in which a peer group is whoever carries it. So it needs neither the plan nor to know
how composites are made. Two things together are the whole proof: interfaces whose list changed have the same rules in
all, and groups that stay have the same rules each, which holds for every interface with an unchanged list and for
whatever carries groups outside of the workspace.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from sgstrat.diagnostics.finding import Findings
from sgstrat.net.interval import Interval
from sgstrat.net.service import service_interval
from sgstrat.rulebook.model import DIRECTIONS, Direction, Group, Rulebook, TargetName, Workload
from sgstrat.solve.proof import report_differences

Met = tuple[str, str]
"""Whom a rule meets: a CIDR, a list, an existing or another target's group, a workload, or whoever else carries a group
that stays."""
Meaning = dict[Interval, set[Met]]


def prove_packed(
    before: Mapping[TargetName, Rulebook], after: Mapping[TargetName, Rulebook], findings: Findings
) -> None:
    """Report every workload and group that is no longer allowed exactly what it was."""
    named = {(each.target, each.own_key) for book in after.values() for each in book.references if each.kind == "group"}
    for name, book in before.items():
        made = after.get(name)
        if made is book:
            continue
        differences = ["it is lost"] if made is None else [*_differences(book, made, named)]
        report_differences(book, differences, "pack", findings)


def _differences(before: Rulebook, after: Rulebook, named: set[tuple[TargetName, str]]) -> Iterator[str]:
    old, new = _Meanings(before, after), _Meanings(after, before)
    yield from _members(before, after)
    for key, group in old.groups.items():
        same = new.groups.get(key)
        if same is not None:
            if replace(same, ingress=(), egress=()) != replace(group, ingress=(), egress=()):
                yield f"group {key} is no longer what it was"
            yield from (
                f"group {key} {direction} differs for {what}"
                for direction in DIRECTIONS
                for what in _differing(old.of((group,), direction), new.of((same,), direction))
            )
        elif (before.target, key) in named:
            yield f"group {key} is gone, and another target names it"
    theirs = {each.key: each for each in after.workloads}
    for workload in before.workloads:
        now = theirs.get(workload.key)
        if now is None:
            yield f"workload {workload.key} is lost"
        elif now != workload:
            yield from _carried(workload, now, old, new)
    if len(theirs) != len(before.workloads) or _rest(before) != _rest(after):
        yield "more than groups and what workloads carry has changed"


def _members(before: Rulebook, after: Rulebook) -> Iterator[str]:
    """New groups are the composites that ``packed`` lists, each of groups that were declared."""
    known = {group.key for group in before.groups}
    listed = {each.composite: each.members for each in after.packed}
    fresh = {group.key for group in after.groups} - known
    if fresh != listed.keys():
        yield f"groups {', '.join(sorted(fresh ^ listed.keys()))} are not what packed lists"
    yield from (f"{key} is said to stand for unknown groups" for key, keys in listed.items() if not known >= {*keys})


def _rest(book: Rulebook) -> tuple[object, ...]:
    """All of a rulebook that fusing does not touch."""
    return (book.target, book.vpc, book.default_group, book.prefix_lists, book.existing, book.references, book.quotas)


def _carried(was: Workload, now: Workload, old: _Meanings, new: _Meanings) -> Iterator[str]:
    if (was.reserved_groups, was.networks, len(now.groups)) != (now.reserved_groups, now.networks, len({*now.groups})):
        yield f"workload {was.key} is another"
    if [key for key in was.groups if key not in old.groups] != [key for key in now.groups if key not in new.groups]:
        yield f"workload {was.key} carries other groups that are not of this target"
    for direction in DIRECTIONS:
        whole = old.of((old.groups[key] for key in was.groups if key in old.groups), direction)
        made = new.of((new.groups[key] for key in now.groups if key in new.groups), direction)
        yield from (f"workload {was.key} {direction} differs for {what}" for what in _differing(whole, made))


def _differing(old: Meaning, new: Meaning) -> Iterator[str]:
    for kinds in sorted({*old, *new}):
        for kind, name in sorted(old.get(kinds, set()) ^ new.get(kinds, set())):
            yield f"{kind} {name}"


class _Meanings:
    """Rules of one rulebook as what they meet."""

    def __init__(self, book: Rulebook, other: Rulebook) -> None:
        self.groups = {group.key: group for group in book.groups}
        there = {group.key for group in other.groups}
        self._met: dict[str, set[Met]] = {key: {("group", key)} if key in there else set() for key in self.groups}
        for workload in book.workloads:
            for key in workload.groups:
                if key in self._met:
                    self._met[key].add(("workload", workload.key))

    def of(self, groups: Iterable[Group], direction: Direction) -> Meaning:
        """Whom all rules of some groups meet together, by the kinds of packets."""
        found: Meaning = defaultdict(set)
        for group in groups:
            for rule in group.rules(direction):
                kinds = service_interval(rule.protocol, rule.from_port, rule.to_port)
                found[kinds] |= self._meets(rule.peer.kind, rule.peer.name)
        return {kinds: met for kinds, met in found.items() if met}

    def _meets(self, kind: str, name: str) -> set[Met]:
        known = self._met.get(name) if kind == "group" else None
        return {(kind, name)} if known is None else known

"""A workspace as it is counted: what each group weighs and who carries it, worked out when it is asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property

from sgstrat.rulebook.model import PrefixList, Rulebook, TargetName, Workload
from sgstrat.rulebook.weight import Load, loads
from sgstrat.rulebook.workspace import Workspace

Place = tuple[TargetName, str]  # a target and a group of it


class Estate:
    """Every rulebook as it will be written."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._loads: dict[Place, tuple[Load, ...]] = {}
        self._entries: dict[int, dict[str, tuple[str, ...]]] = {}

    def loads(self, place: Place) -> tuple[Load, ...]:
        """The four loads of a group."""
        known = self._loads.get(place)
        if known is None:
            group = self.workspace.groups[place]
            book = self.workspace.rulebooks[place[0]]
            known = self._loads[place] = tuple(loads(book, group, self.workspace.formats))
        return known

    @cached_property
    def carriers(self) -> Mapping[Place, tuple[tuple[Rulebook, Workload], ...]]:
        """The workloads of all targets that carry each group."""
        found: dict[Place, list[tuple[Rulebook, Workload]]] = defaultdict(list)
        for book in self.workspace.rulebooks.values():
            for workload in book.workloads:
                for key in workload.groups:
                    place = self.workspace.locate(book, key)
                    if place is not None:
                        found[place].append((book, workload))
        return {place: tuple(each) for place, each in found.items()}

    @cached_property
    def named_groups(self) -> frozenset[Place]:
        """The groups that rules of other groups name."""
        found: set[Place] = set()
        for target, book in self.workspace.rulebooks.items():
            for group in book.groups:
                for name in {rule.peer.name for rule in (*group.ingress, *group.egress) if rule.peer.kind == "group"}:
                    place = self.workspace.locate(book, name)
                    if place is not None and place != (target, group.key):
                        found.add(place)
        return frozenset(found)

    @cached_property
    def named_lists(self) -> frozenset[Place]:
        """The prefix lists of the workspace that rules name."""
        found: set[Place] = set()
        for target, book in self.workspace.rulebooks.items():
            owners = {each.key: (each.target, each.own_key) for each in book.references if each.kind == "prefix_list"}
            for group in book.groups:
                for load in self.loads((target, group.key)):
                    found.update(owners.get(key, (target, key)) for key, _, _ in load.lists)
        return frozenset(found)

    @cached_property
    def parts(self) -> Mapping[Place, tuple[str, ...]]:
        """The keys of all parts of each divided group, by the first; the first among them."""
        found: dict[Place, list[str]] = defaultdict(list)
        for (target, key), group in self.workspace.groups.items():
            if group.part_of is not None:
                found[target, group.part_of].append(key)
        return {place: (place[1], *keys) for place, keys in found.items()}

    def whole(self, place: Place) -> Place | None:
        """The divided group that a group is a part of; None where it is no part."""
        part_of = self.workspace.groups[place].part_of
        if part_of is not None:
            return (place[0], part_of)
        return place if place in self.parts else None

    def composites(self, book: Rulebook) -> frozenset[str]:
        """The keys of the groups that others were fused into (``pack: true``)."""
        return frozenset(each.composite for each in book.packed)

    def entries(self, book: Rulebook, each: PrefixList) -> int | None:
        """How many entries a list has; None for a list of AWS and one that something else manages."""
        if each.origin not in ("own", "foreign"):
            return None
        known = self._entries.get(id(book))
        if known is None:
            known = self._entries[id(book)] = self.workspace.list_entries(book)
        return len(known[each.key])


def carried(workload: Workload) -> int:
    """The groups on each of a workload's network interfaces, with those that nobody names."""
    return len(workload.groups) + workload.reserved_groups

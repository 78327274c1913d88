"""The order in which workloads are planned: what the last build decided first, of the rest as much at once as can be.

Knows when to search, and with what fixed; ``plan`` has the search itself.
"""

from __future__ import annotations

from sgstrat.solve.ground import Demand, Plan, judge
from sgstrat.solve.plan import NODES, Found, Search
from sgstrat.solve.room import Partition, Room

JOINT = 24
"""Workloads that share groups are planned together up to this many groups to place, beyond it one after another."""
TOTAL, LEAST = 300_000, 1_000
"""How many steps all searches of a target take together, and how many each may take all the same."""


class Planner:
    """Plans one target. ``failed`` are the shapes for which there is no plan."""

    def __init__(self, demand: Demand, room: Room) -> None:
        self._demand, self._room = demand, room
        self._left = TOTAL
        self.failed: list[int] = []

    def plan(self) -> Plan:
        """A partition for every shape but those that failed."""
        every = list(range(len(self._demand.shapes)))
        kept = self._kept()
        plan = self._extended(kept, [number for number in every if number not in kept])
        if self.failed and kept:  # what is kept may be in the way
            plan = self._extended({}, every)
        return plan

    def _kept(self) -> dict[int, Partition]:
        """The plans of the last build that still hold, together."""
        plan: dict[int, Partition] = {}
        for number, shape in enumerate(self._demand.shapes):
            singles = (key for key in shape.fusable if not any(key in block for block in shape.kept))
            partition = (*shape.kept, *(frozenset((key,)) for key in singles))
            if shape.kept and len(partition) <= shape.most:
                plan[number] = tuple(sorted(partition, key=sorted))
        while plan:
            fullest = judge(self._demand, plan, self._room).fullest
            if fullest is None or fullest.load.total <= self._room.quota:
                break
            blamed = [number for number, blocks in plan.items() if fullest.thing in blocks]
            for number in blamed or list(plan):
                del plan[number]
        return plan

    def _extended(self, fixed: Plan, open: list[int]) -> Plan:
        """A plan with all that is fixed, and more of the shapes that are open."""
        plan, self.failed = dict(fixed), []
        for together in self._components(open):
            found = self._one_by_one(plan, together)
            if len(together) > 1 and self._size(together) <= JOINT:
                found = self._jointly(plan, together, found)
            if found is not None:
                plan = dict(found)
                continue
            for number in together:
                single = self._one_by_one(plan, [number])
                if single is None:
                    self.failed.append(number)
                else:
                    plan = dict(single)
        if self.failed and len(open) > 1 and self._size(open) <= JOINT:
            whole = self._jointly(fixed, open, None)
            if whole is not None:
                plan, self.failed = dict(whole), []
        return plan

    def _one_by_one(self, fixed: Plan, numbers: list[int]) -> Plan | None:
        plan = fixed
        for number in numbers:
            found = self._search(plan, [number])
            if found is None:
                return None
            plan = found.plan
        return plan

    def _jointly(self, fixed: Plan, numbers: list[int], known: Plan | None) -> Plan | None:
        search = Search(self._demand, self._room, fixed, numbers, nodes=self._allowance)
        if known is not None:
            search.consider(known)
        found = self._run(search)
        return None if found is None else found.plan

    def _search(self, fixed: Plan, numbers: list[int]) -> Found | None:
        """With the composites of the last build whole, and otherwise without."""
        found = self._run(Search(self._demand, self._room, fixed, numbers, nodes=self._allowance))
        if found is None and any(self._demand.shapes[number].kept for number in numbers):
            found = self._run(Search(self._demand, self._room, fixed, numbers, whole=False, nodes=self._allowance))
        if found is None:  # where that ended early, the way that fills no group much may still fit
            lightest = self._run(
                Search(self._demand, self._room, fixed, numbers, whole=False, unbounded=True, nodes=self._allowance)
            )
            if lightest is not None and lightest.cost[0] <= self._room.quota:
                found = lightest
        return found

    @property
    def _allowance(self) -> int:
        return min(NODES, max(LEAST, self._left))

    def _run(self, search: Search) -> Found | None:
        found = search.run()
        self._left -= search.nodes
        return found

    def _size(self, numbers: list[int]) -> int:
        return sum(len(self._demand.shapes[number].fusable) for number in numbers)

    def _components(self, numbers: list[int]) -> list[list[int]]:
        """Shapes that share a group, directly or by others, in order of the first of them."""
        found: list[tuple[set[str], list[int]]] = []
        for number in numbers:
            keys = set(self._demand.shapes[number].fusable)
            near = [each for each in found if each[0] & keys]
            found = [each for each in found if not each[0] & keys]
            found.append(
                (keys.union(*(each[0] for each in near)), sorted([number, *(one for each in near for one in each[1])]))
            )
        return sorted(members for _, members in found)

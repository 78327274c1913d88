"""What stays the same while some workloads of a target are planned, so that each plan is judged by what it changes.

Knows how a plan is counted, and not how one is found.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from itertools import chain
from typing import NamedTuple

from sgstrat.solve.room import Block, Full, Partition, Room, StandIns, fuller


class Shape(NamedTuple):
    """Workloads that carry the same groups under the same budget: they get the same plan.

    ``fusable`` are the groups that may be fused, ``most`` how many blocks fit beside what stays. ``kept`` are
    composites of the last build, disjoint parts of ``fusable``.
    """

    workloads: tuple[str, ...]
    fusable: tuple[str, ...]
    most: int
    kept: tuple[Block, ...] = ()


class Demand(NamedTuple):
    """All shapes of a target, and those of its groups that stay whatever is fused."""

    shapes: tuple[Shape, ...]
    staying: frozenset[str]


Plan = Mapping[int, Partition]
"""Partitions by the number of their shape; a shape without one carries all of its groups as they are."""


class Verdict(NamedTuple):
    """What a plan comes to.

    How many groups the target has, how many rules more than as written, the fullest thing of those that have more.
    """

    groups: int
    rules: int
    fullest: Full | None


def blocks_of(demand: Demand, plan: Plan) -> tuple[set[Block], set[str]]:
    """The composites of a plan, and the groups that something carries as they are."""
    blocks = set(chain.from_iterable(plan.values()))
    direct = set(demand.staying)
    direct.update(key for block in blocks if len(block) == 1 for key in block)
    direct.update(key for number, shape in enumerate(demand.shapes) if number not in plan for key in shape.fusable)
    return {block for block in blocks if len(block) > 1}, direct


def stand_ins_of(composites: Iterable[Block], direct: Collection[str]) -> StandIns:
    """Whom rules have to name for each member of a composite: itself while something carries it, and the composites."""
    found: dict[str, list[Block]] = defaultdict(list)
    for block in sorted(composites, key=sorted):
        for key in block:
            found[key].append(block)
    return {key: (*((frozenset((key,)),) if key in direct else ()), *blocks) for key, blocks in found.items()}


class Ground:
    """A target in which all shapes but the ``open`` ones are as in ``plan``, or carry their groups as they are.

    ``given`` are the blocks that there are in any case, composites and groups; ``shared`` the composites among them
    that an open shape could carry too.
    """

    def __init__(self, demand: Demand, room: Room, plan: Plan, open: Iterable[int]) -> None:
        self._room = room
        self._open = {key for number in open for key in demand.shapes[number].fusable}
        composites, self._direct = blocks_of(demand, {**plan, **dict.fromkeys(open, ())})
        self.given = composites | {frozenset((key,)) for key in self._direct}
        self.shared = [block for block in sorted(composites, key=sorted) if block & self._open]
        self._stand_ins = stand_ins_of(composites, self._direct)
        gone = self._stand_ins.keys() - self._direct - self._open
        namers = room.namers(self._open)
        changed = room.namers(self._stand_ins) - gone
        near = namers | self._open
        self._named = sorted((namers | (changed & self._open)) - gone)
        self._near = [block for block in composites if block & near]
        far = [block for block in composites if not block & near]
        self._far = room.tally(gone, sorted(changed - near), far, self._stand_ins)

    def judge(self, blocks: Collection[Block]) -> Verdict:
        """What it comes to when these are what the open shapes carry."""
        new = {block for block in blocks if len(block) > 1} - self.given
        direct = self._open & {*self._direct, *(key for block in blocks if len(block) == 1 for key in block)}
        gone = self._open - direct
        found = stand_ins_of((*self.shared, *new), direct)
        stand_ins = {**self._stand_ins, **{key: blocks for key, blocks in found.items() if key in self._open}}
        named = [key for key in self._named if key not in gone]
        near = self._room.tally(gone, named, (*self._near, *new), stand_ins)
        groups = len(self.given | {*blocks})
        return Verdict(groups, self._far.rules + near.rules, fuller(self._far.fullest, near.fullest))


def judge(demand: Demand, plan: Plan, room: Room) -> Verdict:
    """What a whole plan comes to."""
    return Ground(demand, room, plan, ()).judge(())

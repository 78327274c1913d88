"""Which groups of which workloads are fused: the fewest groups with which every interface and every group fits.

Branch and bound over partitions, depth first, so that the first plan is already a good one. The search is exhaustive as
long as it ends within :data:`NODES` and :data:`LEAVES`; beyond these the best plan so far stands. All is counted in
steps and nothing in seconds, so the same input gives the same plan everywhere. Knows no rules: ``room`` counts those.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sgstrat.solve.ground import Demand, Ground, Plan
from sgstrat.solve.room import Block, Full, Room

MAX_FUSABLE = 40
"""How many of a workload's groups may be fused; AWS attaches 16 at most, so this is far beyond any sound list."""
NODES, LEAVES = 30_000, 5_000
"""How many steps a search takes at most, and how many whole plans it compares."""


Cost = tuple[int, ...]


class Found(NamedTuple):
    """A plan and what it costs. ``fullest`` is the fullest group or composite that it fills."""

    cost: Cost
    plan: Plan
    fullest: Full | None


class Search:
    """Finds partitions of the shapes ``open``, beside those that are ``fixed``.

    ``whole`` keeps the composites of the last build together. ``unbounded`` leaves out the quota and looks for the plan
    whose fullest group is the least full.
    """

    def __init__(
        self,
        demand: Demand,
        room: Room,
        fixed: Plan,
        open: Sequence[int],
        *,
        whole: bool = True,
        unbounded: bool = False,
        nodes: int = NODES,
    ) -> None:
        self._demand, self._room, self._fixed = demand, room, fixed
        self._unbounded, self._most_nodes = unbounded, nodes
        self._items = [(number, unit) for number in open for unit in _units(demand, number, whole, room)]
        self._blocks: dict[int, list[Block]] = {number: [] for number in open}
        self._ground = Ground(demand, room, fixed, open)
        self._given = self._ground.given
        self.nodes = self._leaves = 0
        self._best: Found | None = None

    def run(self) -> Found | None:
        """The best plan, None where there is none."""
        self._place(0)
        return self._best

    def consider(self, plan: Plan) -> None:
        """Take a whole plan for the best until a better one is found; none that breaks the quota."""
        self._weigh(plan)

    @property
    def is_exhaustive(self) -> bool:
        """Whether every plan was looked at, or shown to be no better."""
        return self.nodes < self._most_nodes and self._leaves < LEAVES

    def _place(self, at: int) -> None:
        if at == len(self._items):
            self._judge()
            return
        number, unit = self._items[at]
        blocks = self._blocks[number]
        for index in self._choices(number, unit):
            if not self.is_exhaustive:
                return
            self.nodes += 1
            if index == len(blocks):
                blocks.append(unit)
                if self._is_promising(number):
                    self._place(at + 1)
                blocks.pop()
                continue
            before = blocks[index]
            blocks[index] = before | unit
            if self._fits(blocks[index]) and self._is_promising(number):
                self._place(at + 1)
            blocks[index] = before

    def _choices(self, number: int, unit: Block) -> Iterator[int]:
        """The blocks to try, the likeliest first: what stays anyway costs nothing by itself, all else is best fused."""
        blocks = self._blocks[number]
        count = len(blocks)
        new = [count] if count < self._demand.shapes[number].most else []
        if self._unbounded:
            yield from (*new, *sorted(range(count), key=lambda index: self._room.alone(blocks[index])))
            return
        stays = len(unit) == 1 and unit in self._given
        yield from (*new, *range(count)) if stays else (*range(count), *new)

    def _fits(self, block: Block) -> bool:
        least = self._room.alone(block)
        if self._unbounded:
            return self._best is None or least < self._best.cost[0]
        return least <= self._room.quota

    def _is_promising(self, number: int) -> bool:
        """Whether the blocks so far leave room for a plan that is no worse than the best one."""
        if self._best is None or self._unbounded:
            return True
        bound = (self._broken(), self._fewest(number))
        return bound <= self._best.cost[:2]

    def _fewest(self, current: int) -> int:
        """How many groups there are at least: those given, of whole partitions, and of the one that is being made."""
        done = {
            block
            for number, blocks in self._blocks.items()
            if number != current
            for block in blocks
            if block not in self._given
        }
        large = [*self._ground.shared, *(block for block in done if len(block) > 1)]
        new = sum(
            1
            for block in self._blocks[current]
            if block not in self._given and block not in done and not any(block < other for other in large)
        )
        return len(self._given) + len(done) + new

    def _broken(self) -> int:
        """How many composites of the last build are no longer what they were, as far as can be said yet."""
        return sum(
            1
            for number, blocks in self._blocks.items()
            for kept in self._demand.shapes[number].kept
            if any(kept & block and not block <= kept for block in blocks)
        )

    def _judge(self) -> None:
        self._leaves += 1
        made = {number: tuple(sorted(blocks, key=sorted)) for number, blocks in self._blocks.items()}
        self._weigh({**self._fixed, **made})

    def _weigh(self, plan: Plan) -> None:
        verdict = self._ground.judge({block for number in self._blocks for block in plan[number]})
        total = 0 if verdict.fullest is None else verdict.fullest.load.total
        if self._unbounded:
            cost: Cost = (total, verdict.groups, verdict.rules)
        elif total > self._room.quota:
            return
        else:
            cost = (self._lost(plan), verdict.groups, verdict.rules)
        if self._best is None or cost < self._best.cost:
            self._best = Found(cost, plan, verdict.fullest)

    def _lost(self, plan: Plan) -> int:
        return sum(
            1 for number in self._blocks for kept in self._demand.shapes[number].kept if kept not in plan[number]
        )


def _units(demand: Demand, number: int, whole: bool, room: Room) -> list[Block]:
    """What is placed as one: composites of the last build, then groups, the heaviest first; last what stays anyway."""
    shape = demand.shapes[number]
    kept = list(shape.kept) if whole else []
    rest = [frozenset((key,)) for key in shape.fusable if not any(key in block for block in kept)]
    return [*kept, *sorted(rest, key=lambda unit: (unit <= demand.staying, -room.alone(unit), *unit))]

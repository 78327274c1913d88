"""``pack: true``: groups of workloads over their ENI budget become composites, so that interfaces and groups both fit.

Only workloads over their budget are touched, and of what they carry only what this target alone decides about: its own
groups that no other target names, that are not enforced, and that are within their own quota. ``sgstrat.lock``
remembers which groups of a workload are one, so that a plan stays for as long as it holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sgstrat.diagnostics.finding import Findings
from sgstrat.rulebook.model import GROUP_KINDS, Rulebook, TargetName, Workload
from sgstrat.rulebook.workspace import Workspace
from sgstrat.solve.composite import fused
from sgstrat.solve.ground import Demand, Plan, Shape, blocks_of, stand_ins_of
from sgstrat.solve.lock import Lock, Numbers
from sgstrat.solve.plan import MAX_FUSABLE
from sgstrat.solve.planner import Planner
from sgstrat.solve.room import Block, Partition, Room
from sgstrat.solve.unpackable import Crowded, report_stuck, report_tight
from sgstrat.solve.wishes import Wishes

KIND = "pack"
_ORDER = {kind: index for index, kind in enumerate(GROUP_KINDS)}


class Packing(NamedTuple):
    """The rulebooks with their composites, and the lock that keeps the plans."""

    rulebooks: Mapping[TargetName, Rulebook]
    lock: Lock


def fuse(rulebooks: Mapping[TargetName, Rulebook], wishes: Wishes, lock: Lock, findings: Findings) -> Packing:
    """Fuse groups of every workload over its budget, in the targets whose strategies ask for it.

    SG314 for each workload that cannot be made to fit.
    """
    workspace = Workspace(rulebooks)
    elsewhere = _named_elsewhere(rulebooks)
    made: dict[TargetName, Rulebook] = {}
    kept: dict[str, Numbers] = {}
    for name, book in rulebooks.items():
        made[name] = book
        if wishes.packs(book.strategy) and any(_is_crowded(book, each) for each in book.workloads):
            packer = _Packer(workspace, book, wishes, lock, elsewhere, wishes.optimizes(book.strategy))
            made[name] = packer.book(findings)
            kept.update(packer.kept)
    return Packing(made, lock.with_kind(KIND, kept))


def groups_if_fused(workspace: Workspace, book: Rulebook, workload: Workload) -> int | None:
    """How many groups a workload over its budget would carry with ``pack: true``; None where it would not fit."""
    elsewhere = _named_elsewhere(workspace.rulebooks)
    return _Packer(workspace, book, Wishes((), {}), Lock(), elsewhere, optimizes=False).count(workload)


def _named_elsewhere(rulebooks: Mapping[TargetName, Rulebook]) -> dict[tuple[TargetName, str], TargetName]:
    """Groups that another target names, in rules or for workloads, and the first that does."""
    found: dict[tuple[TargetName, str], TargetName] = {}
    for name, book in rulebooks.items():
        for each in book.references:
            if each.kind == "group":
                found.setdefault((each.target, each.own_key), name)
    return found


def _is_crowded(book: Rulebook, workload: Workload) -> bool:
    return len(workload.groups) + workload.reserved_groups > book.quotas.groups_per_eni


def _is_stuck(crowded: Crowded) -> bool:
    return crowded.space < 1 or not 1 < len(crowded.fusable) <= MAX_FUSABLE


class _Packer:
    """One target: ``kept`` is what the lock is to hold of it."""

    def __init__(
        self,
        workspace: Workspace,
        book: Rulebook,
        wishes: Wishes,
        lock: Lock,
        elsewhere: Mapping[tuple[TargetName, str], TargetName],
        optimizes: bool,
    ) -> None:
        self._workspace, self._book, self._wishes, self._lock = workspace, book, wishes, lock
        self._elsewhere = elsewhere
        self._groups = {group.key: group for group in book.groups}
        self._room = Room(book, optimizes)
        self.kept: dict[str, Numbers] = {}

    def book(self, findings: Findings) -> Rulebook:
        """The rulebook with its composites; as it was where a workload cannot be made to fit."""
        crowded = [self._look(each) for each in self._book.workloads if _is_crowded(self._book, each)]
        stuck = [each for each in crowded if _is_stuck(each)]
        for each in stuck:
            report_stuck(self._book, each, findings)
        demand = self._demand([each for each in crowded if each not in stuck])
        planner = Planner(demand, self._room)
        plan = planner.plan()
        by_key = {each.workload.key: each for each in crowded}
        for number in planner.failed:
            for key in demand.shapes[number].workloads:
                report_tight(self._book, by_key[key], number, demand, plan, self._room, findings)
        if stuck or planner.failed:
            return self._book
        return self._carry_out(demand, plan, findings)

    def count(self, workload: Workload) -> int | None:
        """How many groups one workload would carry; None where they cannot be fused so that all quotas hold."""
        looked = [self._look(each) for each in self._book.workloads if _is_crowded(self._book, each)]
        demand = self._demand([each for each in looked if not _is_stuck(each)])
        planner = Planner(demand, self._room)
        plan = planner.plan()
        for number, shape in enumerate(demand.shapes):
            if workload.key in shape.workloads and number not in planner.failed:
                return len(plan[number]) + len(self._look(workload).fixed) + workload.reserved_groups
        return None

    def _look(self, workload: Workload) -> Crowded:
        """A workload over its budget, and which of its groups cannot be fused, and why."""
        reasons = {key: self._fixed(key) for key in workload.groups}
        fixed = {key: reason for key, reason in reasons.items() if reason is not None}
        space = self._book.quotas.groups_per_eni - workload.reserved_groups - len(fixed)
        fusable = tuple(sorted(key for key, reason in reasons.items() if reason is None))
        return Crowded(workload, fusable, fixed, space)

    def _fixed(self, key: str) -> str | None:
        """Why a group has to stay as it is on an interface; None where it may be fused."""
        group = self._groups.get(key)
        if group is None:
            return "another strategy's" if "/" in key else "existing"
        if group.enforce:
            return "enforced"
        namer = self._elsewhere.get((self._book.target, key))
        if namer is not None:
            return f"{namer} names it"
        if not self._room.fits_as_written(key):
            return "over rules_per_group by itself"
        return None

    def _demand(self, crowded: list[Crowded]) -> Demand:
        alike: dict[tuple[tuple[str, ...], int, tuple[Block, ...]], list[str]] = defaultdict(list)
        for each in crowded:
            alike[each.fusable, each.space, self._last(each)].append(each.workload.key)
        shapes = tuple(
            Shape(tuple(sorted(keys)), fusable, space, kept)
            for (fusable, space, kept), keys in sorted(alike.items(), key=lambda item: min(item[1]))
        )
        return Demand(shapes, frozenset(self._staying({key for shape in shapes for key in shape.workloads})))

    def _last(self, crowded: Crowded) -> tuple[Block, ...]:
        """The composites of the last build that are still possible."""
        keys = {self._groups[key].identity: key for key in crowded.fusable}
        blocks: dict[int, set[str | None]] = defaultdict(set)
        for identity, number in self._lock.numbers(KIND, self._scope(crowded.workload.key)).items():
            blocks[number].add(keys.get(identity))
        whole = [frozenset(key for key in block if key) for block in blocks.values() if None not in block]
        return tuple(sorted((block for block in whole if len(block) > 1), key=sorted))

    def _scope(self, workload: str) -> str:
        return f"{self._book.target}/{workload}"

    def _staying(self, packed: set[str]) -> Iterator[str]:
        """The groups of the target that are made whatever is fused.

        Those that no workload carries are attached by somebody else, with the baseline: then that stays too.
        """
        fusable, others = set[str](), set[str]()
        for workload in self._book.workloads:
            if workload.key in packed:
                fusable.update(key for key in workload.groups if self._fixed(key) is None)
            else:
                others.update(workload.groups)
        carried = fusable | others | {key for each in self._book.workloads for key in each.groups}
        alone = any(key not in carried for key in self._groups)
        for key, group in self._groups.items():
            if key not in fusable or key in others or (alone and group.kind == "baseline"):
                yield key

    def _carry_out(self, demand: Demand, plan: Plan, findings: Findings) -> Rulebook:
        partitions = {key: plan[number] for number, shape in enumerate(demand.shapes) for key in shape.workloads}
        for workload, blocks in partitions.items():
            scope = self._scope(workload)
            self.kept[scope] = self._numbers(blocks, self._lock.numbers(KIND, scope))
        stand_ins = stand_ins_of(*blocks_of(demand, plan))
        return fused(self._book, partitions, stand_ins, self._rank, self._wishes, findings)

    def _numbers(self, blocks: Partition, before: Numbers) -> Numbers:
        """A number for each composite of a workload, as it was where that is still free."""
        found: dict[str, int] = {}
        used: set[int] = set()
        for block in (block for block in blocks if len(block) > 1):
            identities = sorted(self._groups[key].identity for key in block)
            last = [before[each] for each in identities if each in before]
            number = next(each for each in (*last, *range(1, len(blocks) + 1 + len(used))) if each not in used)
            used.add(number)
            found.update(dict.fromkeys(identities, number))
        return found

    def _rank(self, key: str) -> int:
        place = self._workspace.locate(self._book, key)
        group = None if place is None else self._workspace.groups.get(place)
        return len(_ORDER) if group is None else _ORDER[group.kind]

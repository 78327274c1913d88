"""Which of several sets of packets the others hold already, so that they can be left out together.

Address blocks are aligned: any two are nested or apart, so they form a forest. A block is held for a kind of packets by
what stands at it or around it, or by all of the blocks that it falls into. So one walk down and one up the forest, with
kinds as interval sets, answer for every part at once; no two parts are compared. Knows nothing of rules.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple

from sgstrat.net.interval import Interval, Intervals, intersection, union

MOST_COVERING = 3
# Parts that only hold each other are tried one by one; this bounds what is looked at for that.
_LOOKS = 10_000
_LOOKS_PER_PART = 32
_BEYOND = 1 << 256
_Row = tuple[int, int, int]  # a range of kinds, both ends inclusive, and the part that has it


class Part(NamedTuple):
    """Packets of a range of kinds at some blocks of addresses; all ends inclusive, blocks as CIDRs have them."""

    kinds: Interval
    blocks: tuple[Interval, ...]


def area(part: Part) -> int:
    """How many packets a part has."""
    low, high = part.kinds
    return (high - low + 1) * sum(last - first + 1 for first, last in _outermost(part.blocks))


def redundant(parts: Sequence[Part], weight: Callable[[int], int] | None = None) -> dict[int, tuple[int, ...]]:
    """The parts that can be left out, all of them together, with up to three of the rest that cover each.

    What remains holds every packet, and, but for thousands of parts that only hold each other, none of it can be left
    out as well. Where there is a choice, the part of less ``weight`` goes (its area, unless that says otherwise), and
    of equal ones the later.
    """
    forest = _Forest(parts)
    everything = range(len(parts))
    needed = forest.needed()
    if len(needed) == len(parts):
        return {}
    left_out = forest.held_by(needed, (each for each in everything if each not in needed))
    mutual = [each for each in everything if each not in needed and each not in left_out]
    if mutual:
        mutual.sort(key=lambda each: (area(parts[each]) if weight is None else weight(each), -each))
        left_out |= forest.give_way(mutual, left_out)
    kept = forest.limited(each for each in everything if each not in left_out)
    return {each: kept.covering(each) for each in sorted(left_out)}


class _Forest:
    """The blocks of some parts, outer ones before inner ones, with the parts that stand at each."""

    def __init__(self, parts: Sequence[Part], among: Collection[int] | None = None) -> None:
        self._parts = parts
        at: dict[Interval, list[_Row]] = defaultdict(list)
        self._homes: list[tuple[Interval, ...]] = [_outermost(part.blocks) for part in parts]
        for index, part in enumerate(parts):
            for block in self._homes[index]:
                rows = at[block]
                if among is None or index in among:
                    rows.append((*part.kinds, index))
        self._blocks = sorted(at, key=lambda block: (block[0], -block[1]))
        self._place = {block: place for place, block in enumerate(self._blocks)}
        self._rows = [sorted(at[block]) for block in self._blocks]
        self._reach = [_reach(rows) for rows in self._rows]
        self._parent: list[int] = []
        self._inner: list[list[int]] = [[] for _ in self._blocks]
        self._end = [0] * len(self._blocks)
        self._nest()

    def _nest(self) -> None:
        around: list[int] = []
        for place, (low, _) in enumerate(self._blocks):
            while around and self._blocks[around[-1]][1] < low:
                self._end[around.pop()] = place
            self._parent.append(around[-1] if around else -1)
            if around:
                self._inner[around[-1]].append(place)
            around.append(place)
        for place in around:
            self._end[place] = len(self._blocks)

    def limited(self, among: Iterator[int]) -> _Forest:
        """The same forest with some of the parts only."""
        return _Forest(self._parts, frozenset(among))

    def needed(self) -> set[int]:
        """The parts that hold a packet that no other part does."""
        found: set[int] = set()
        around = self._around([union(row[:2] for row in rows) for rows in self._rows])
        for rows, held in zip(self._rows, around, strict=True):
            found.update(_alone(rows, held))
        return found

    def held_by(self, holders: Collection[int], candidates: Iterator[int]) -> set[int]:
        """Those candidates that the holders hold together."""
        own = [union(row[:2] for row in rows if row[2] in holders) for rows in self._rows]
        held = [union((*here, *around)) for here, around in zip(own, self._around(own), strict=True)]
        return {
            index
            for index in candidates
            if all(_within(held[self._place[block]], self._parts[index].kinds) for block in self._homes[index])
        }

    def _around(self, own: list[Intervals]) -> list[Intervals]:
        """For each block the kinds that are held throughout it, but for those that are held at the very block."""
        whole = list(own)
        together: list[Intervals] = [()] * len(own)
        for place in reversed(range(len(own))):
            together[place] = self._inside(place, whole)
            if together[place]:
                whole[place] = union((*own[place], *together[place]))
        found: list[Intervals] = []
        outside: list[Intervals] = []  # what a block holds for those inside of it
        for place, parent in enumerate(self._parent):
            above = outside[parent] if parent >= 0 else ()
            outside.append(union((*above, *own[place])) if own[place] and self._inner[place] else above)
            found.append(union((*above, *together[place])) if together[place] else above)
        return found

    def _inside(self, place: int, whole: list[Intervals]) -> Intervals:
        """The kinds that the blocks inside of one hold for all of its addresses."""
        inner = self._inner[place]
        low, high = self._blocks[place]
        if not inner or sum(self._blocks[each][1] - self._blocks[each][0] + 1 for each in inner) <= high - low:
            return ()
        held = whole[inner[0]]
        for each in inner[1:]:
            held = intersection(held, whole[each])
        return held

    def give_way(self, mutual: list[int], left_out: set[int]) -> set[int]:
        """Of parts that are held with the help of each other those that go, the first first.

        Gives up, and leaves the rest of them in, where that would mean too many looks.
        """
        forest = self.limited(each for each in range(len(self._parts)) if each not in left_out)
        looks = max(_LOOKS, _LOOKS_PER_PART * len(self._parts))
        gone: set[int] = set()
        for index in mutual:
            is_held, seen = forest.is_held(index, gone, looks)
            looks -= seen
            if looks < 0:
                break
            if is_held:
                gone.add(index)
        return gone

    def is_held(self, index: int, gone: Collection[int], most: int) -> tuple[bool, int]:
        """Whether parts that are not gone hold one of them, and how many were looked at; not more than ``most``."""
        kinds = self._parts[index].kinds
        seen = 0
        for block in self._homes[index]:
            others = []
            for place, row in self._meeting(block, kinds):
                seen += 1
                if seen > most:
                    return False, seen
                if row[2] != index and row[2] not in gone:
                    others.append(Part(row[:2], (self._blocks[max(place, self._place[block])],)))
            local = _Forest([*others, Part(kinds, (block,))])
            if not local.held_by(range(len(others)), iter((len(others),))):
                return False, seen
        return True, seen

    def _meeting(self, block: Interval, kinds: Interval) -> Iterator[tuple[int, _Row]]:
        """What stands at a block, around it or inside of it, of any of these kinds: outer ones first."""
        here = self._place[block]
        around = []
        place = here
        while place >= 0:
            around.append(place)
            place = self._parent[place]
        for place in (*reversed(around), *range(here + 1, self._end[here])):
            rows, reach = self._rows[place], self._reach[place]
            at = bisect_right(rows, (kinds[1], _BEYOND, 0))
            while at and reach[at - 1] >= kinds[0]:
                at -= 1
                if rows[at][1] >= kinds[0]:
                    yield place, rows[at]

    def covering(self, index: int) -> tuple[int, ...]:
        """Up to :data:`MOST_COVERING` parts that cover one together: as few as will do, else some of them."""
        kinds = self._parts[index].kinds
        found: dict[int, None] = {}
        for block in self._homes[index]:
            some: dict[int, None] = {}
            for place, (low, high, other) in self._meeting(block, kinds):
                is_inside = place > self._place[block]
                if not is_inside and low <= kinds[0] and kinds[1] <= high:
                    some = {other: None}
                    break
                if is_inside and len(some) == MOST_COVERING:
                    break
                if len(some) < MOST_COVERING:
                    some[other] = None
            found.update(some)
            if len(found) >= MOST_COVERING:
                break
        return tuple(sorted(found)[:MOST_COVERING])


def _outermost(blocks: tuple[Interval, ...]) -> tuple[Interval, ...]:
    """Those blocks that are in none of the others."""
    if len(blocks) == 1:
        return blocks
    found: list[Interval] = []
    for block in sorted(blocks, key=lambda each: (each[0], -each[1])):
        if not found or found[-1][1] < block[0]:
            found.append(block)
    return tuple(found)


def _reach(rows: list[_Row]) -> list[int]:
    """The last kind of each row and of all before it."""
    found: list[int] = []
    for row in rows:
        found.append(max(row[1], found[-1]) if found else row[1])
    return found


def _within(held: Intervals, kinds: Interval) -> bool:
    """Whether a canonical set has all of a range."""
    at = bisect_right(held, (kinds[0], _BEYOND)) - 1
    return at >= 0 and kinds[1] <= held[at][1]


def _alone(rows: list[_Row], held: Intervals) -> Iterator[int]:
    """The parts of those at one block that have a kind that no other one there has, and that is not ``held``."""
    if len(rows) == 1:
        low, high, index = rows[0]
        if not _within(held, (low, high)):
            yield index
        return
    first, last = rows[0][0] if rows else 0, max((row[1] for row in rows), default=-1)
    start = max(bisect_right(held, (first, _BEYOND)) - 1, 0)
    edges = [(edge, step, index) for low, high, index in rows for edge, step in ((low, 1), (high + 1, -1))]
    for low, high in held[start : bisect_right(held, (last, _BEYOND))]:
        edges += [(low, 1, -1), (high + 1, -1, -1)]
    count = total = before = 0
    for edge, step, index in sorted(edges):
        if count == 1 and total >= 0 and before < edge:  # then the sum of those that are here is the one
            yield total
        before = edge
        count += step
        total += step * index

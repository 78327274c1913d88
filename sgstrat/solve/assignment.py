"""Which numbered part each of some things goes to, so that what has a part keeps it.

Adding or removing a thing moves no other, and no part is ever renumbered: that takes a memory, since whatever is worked
out from the things alone either leaves parts half empty or moves what was there (docs/quotas.md). Knows neither rules
nor files; parts are numbered from 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

Weights = tuple[int, ...]
Shares = frozenset[str]
NO_SHARES: Shares = frozenset()


class Item(NamedTuple):
    """A thing to place: its key, unique, and what it takes of each of a part's capacities."""

    key: str
    weights: Weights


def assign(items: Iterable[Item], capacity: Weights, previous: Mapping[str, int]) -> dict[str, int]:
    """The part of every item, by key.

    What ``previous`` has in a part stays there. New items, the heaviest first, go to the first part with room for them,
    a new one where there is none. Only where a part no longer holds what it held (a capacity was lowered, a weight
    grew, two branches were merged) do some of its items move, the heaviest, so that the fewest do. The order of
    ``items`` does not matter. Raises ValueError for an item that no empty part takes.
    """
    parts = Parts(Room(capacity))
    found: dict[str, int] = {}
    new: list[Item] = []
    for item in sorted(items, key=_lightest_first):
        if not _fits(item.weights, capacity):
            raise ValueError(f"{item.key} is heavier than a whole part")
        number = previous.get(item.key)
        if number is not None and parts.add(number, item.weights):
            found[item.key] = number
        else:
            new.append(item)
    for item in sorted(new, key=_heaviest_first):
        found[item.key] = parts.first(item.weights)
    return found


def _lightest_first(item: Item) -> tuple[int, str]:
    return (sum(item.weights), item.key)


def _heaviest_first(item: Item) -> tuple[int, str]:
    return (-sum(item.weights), item.key)


def _fits(weights: Sequence[int], capacity: Weights) -> bool:
    return all(weight <= most for weight, most in zip(weights, capacity, strict=True))


class Room(NamedTuple):
    """What a part may hold, inclusive: weights, and things that are held once however many in the part need them."""

    weights: Weights
    shared: int = 0


class Parts:
    """What is in each part so far. ``capacity`` is what a part can hold."""

    def __init__(self, capacity: Room) -> None:
        self._capacity = capacity
        self._loads: dict[int, Weights] = {}
        self._shares: dict[int, Shares] = {}
        self._full_below: dict[tuple[Weights, int, Shares], int] = {}

    def put(self, number: int, weights: Weights, shares: Shares = NO_SHARES) -> None:
        """Put weights into a part, whether it has room for them or not."""
        self._loads[number] = self._total(number, weights)
        if shares:
            self._shares[number] = self._shares.get(number, NO_SHARES) | shares

    def add(self, number: int, weights: Weights, shares: Shares = NO_SHARES, room: Room | None = None) -> bool:
        """Put weights into a part; False where it cannot hold them, or ``room`` is less and does not."""
        most = self._capacity if room is None else room
        if not _fits(self._total(number, weights), most.weights):
            return False
        if shares and len(self._shares.get(number, NO_SHARES) | shares) > most.shared:
            return False
        self.put(number, weights, shares)
        return True

    def first(self, weights: Weights, least: int = 1, shares: Shares = NO_SHARES, room: Room | None = None) -> int:
        """Put weights into the first part with room, from ``least`` on; an empty part takes whatever there is.

        Equal weights are given the same room, and once this is asked parts only fill up.
        """
        known = (weights, least, shares)
        number = self._full_below.get(known, least)  # what had no room for these has none later
        while number in self._loads and not self.add(number, weights, shares, room):
            number += 1
        if number not in self._loads:
            self.put(number, weights, shares)
        self._full_below[known] = number
        return number

    def _total(self, number: int, weights: Weights) -> Weights:
        load = self._loads.get(number)
        return weights if load is None else tuple(map(int.__add__, load, weights))

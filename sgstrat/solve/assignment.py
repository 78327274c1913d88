"""Which numbered part each of some things goes to, so that what has a part keeps it.

Adding or removing a thing moves no other, and no part is ever renumbered: that takes a memory, since whatever is worked
out from the things alone either leaves parts half empty or moves what was there (docs/quotas.md). Knows neither rules
nor files; parts are numbered from 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

Weights = tuple[int, ...]


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
    parts = _Parts(capacity)
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


class _Parts:
    """What is in each part so far."""

    def __init__(self, capacity: Weights) -> None:
        self._capacity = capacity
        self._loads: dict[int, Weights] = {}
        self._full_below: dict[Weights, int] = {}

    def add(self, number: int, weights: Weights) -> bool:
        """Put weights into a part; False where it has no room for them."""
        load = self._loads.get(number)
        total = weights if load is None else tuple(map(int.__add__, load, weights))
        if not _fits(total, self._capacity):
            return False
        self._loads[number] = total
        return True

    def first(self, weights: Weights) -> int:
        """Put weights into the first part with room; asked only once nothing is put into parts by number any more."""
        number = self._full_below.get(weights, 1)  # parts only fill up: what had no room for these has none later
        while not self.add(number, weights):
            number += 1
        self._full_below[weights] = number
        return number

"""Canonical sets of integers as sorted, disjoint, inclusive intervals.

Addresses, ports and protocols all become integers, so this one algebra serves them all.
"""

from __future__ import annotations

from collections.abc import Iterable

Interval = tuple[int, int]
Intervals = tuple[Interval, ...]


def union(parts: Iterable[Interval]) -> Intervals:
    """The canonical form of any intervals: sorted, with overlapping and adjacent ones joined."""
    joined: list[Interval] = []
    for low, high in sorted(parts):
        if joined and low <= joined[-1][1] + 1:
            if high > joined[-1][1]:
                joined[-1] = (joined[-1][0], high)
        else:
            joined.append((low, high))
    return tuple(joined)


def intersection(left: Intervals, right: Intervals) -> Intervals:
    """What is in both. Both arguments are canonical."""
    common: list[Interval] = []
    i = j = 0
    while i < len(left) and j < len(right):
        low, high = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if low <= high:
            common.append((low, high))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return tuple(common)


def difference(left: Intervals, right: Intervals) -> Intervals:
    """What is in ``left`` and not in ``right``. Both arguments are canonical."""
    rest: list[Interval] = []
    j = 0
    for first, high in left:
        low = first  # of what is left of this interval
        while j < len(right) and right[j][1] < low:
            j += 1
        k = j
        while k < len(right) and right[k][0] <= high:
            if right[k][0] > low:
                rest.append((low, right[k][0] - 1))
            low = right[k][1] + 1
            k += 1
        if low <= high:
            rest.append((low, high))
    return tuple(rest)


def covers(whole: Intervals, part: Intervals) -> bool:
    """Whether every member of ``part`` is in ``whole``. Both arguments are canonical."""
    return not difference(part, whole)


def size(of: Intervals) -> int:
    """How many integers the set holds."""
    return sum(high - low + 1 for low, high in of)

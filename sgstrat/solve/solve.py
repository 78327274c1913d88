"""All passes over rulebooks, in order. A new pass is a module beside this one and a line in :data:`PASSES`.

They see what was written and count nothing for findings: checks of what is written stand before them, checks of quotas
behind them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from sgstrat.diagnostics.finding import Findings
from sgstrat.rulebook.model import Rulebook, TargetName
from sgstrat.solve.lock import Lock
from sgstrat.solve.optimize import optimized
from sgstrat.solve.proof import prove
from sgstrat.solve.split import divide
from sgstrat.solve.wishes import Wishes


class Solution(NamedTuple):
    """The rulebooks to write, and what ``sgstrat.lock`` is to keep of them."""

    rulebooks: Mapping[TargetName, Rulebook]
    lock: Lock


Pass = Callable[[Solution, Wishes, Findings], Solution]


def optimize(solution: Solution, wishes: Wishes, _findings: Findings) -> Solution:
    """Merge the rules of every strategy that asks for it."""
    books = {
        name: optimized(book) if wishes.optimizes(book.strategy) else book for name, book in solution.rulebooks.items()
    }
    return solution._replace(rulebooks=books)


def split(solution: Solution, wishes: Wishes, findings: Findings) -> Solution:
    """Divide groups over their rule quota."""
    return Solution(*divide(solution.rulebooks, wishes, solution.lock, findings))


# Fusing groups (`pack`) comes first: it decides what there is to merge and to divide.
PASSES: tuple[Pass, ...] = (optimize, split)


def solve(rulebooks: Mapping[TargetName, Rulebook], wishes: Wishes, lock: Lock, findings: Findings) -> Solution:
    """The rulebooks as they are to be written: they allow what they allowed, which is proven here (SG691)."""
    solution = Solution(rulebooks, lock)
    for each in PASSES:
        solution = each(solution, wishes, findings)
    if solution.rulebooks != rulebooks:
        prove(rulebooks, solution.rulebooks, findings)
    return solution

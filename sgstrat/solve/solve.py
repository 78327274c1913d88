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
from sgstrat.solve.pack import fuse
from sgstrat.solve.pack_proof import prove_packed
from sgstrat.solve.proof import prove
from sgstrat.solve.split import divide
from sgstrat.solve.wishes import Wishes


class Solution(NamedTuple):
    """The rulebooks to write, and what ``sgstrat.lock`` is to keep of them.

    ``named`` are rulebooks that allow the same and hold every declared group, for whatever goes by names: as written
    where groups were fused.
    """

    rulebooks: Mapping[TargetName, Rulebook]
    lock: Lock
    named: Mapping[TargetName, Rulebook]


Pass = Callable[[Solution, Wishes, Findings], Solution]


def pack(solution: Solution, wishes: Wishes, findings: Findings) -> Solution:
    """Fuse groups of workloads over their ENI budget, and prove that nobody is allowed anything else (SG691)."""
    rulebooks, lock = fuse(solution.rulebooks, wishes, solution.lock, findings)
    prove_packed(solution.rulebooks, rulebooks, findings)
    return solution._replace(rulebooks=rulebooks, lock=lock)


def optimize(solution: Solution, wishes: Wishes, _findings: Findings) -> Solution:
    """Merge the rules of every strategy that asks for it."""
    books = {
        name: optimized(book) if wishes.optimizes(book.strategy) else book for name, book in solution.rulebooks.items()
    }
    return solution._replace(rulebooks=books)


def split(solution: Solution, wishes: Wishes, findings: Findings) -> Solution:
    """Divide groups over their rule quota."""
    rulebooks, lock = divide(solution.rulebooks, wishes, solution.lock, findings)
    return solution._replace(rulebooks=rulebooks, lock=lock)


# Fusing groups comes first, with a proof of its own: it decides what there is to merge and to divide.
PASSES: tuple[Pass, ...] = (optimize, split)


def solve(rulebooks: Mapping[TargetName, Rulebook], wishes: Wishes, lock: Lock, findings: Findings) -> Solution:
    """The rulebooks as they are to be written: they allow what they allowed, which is proven here (SG691)."""
    packed = solution = pack(Solution(rulebooks, lock, rulebooks), wishes, findings)
    for each in PASSES:
        solution = each(solution, wishes, findings)
    if solution.rulebooks != packed.rulebooks:
        prove(packed.rulebooks, solution.rulebooks, findings)
    is_packed = any(book.packed for book in packed.rulebooks.values())
    return solution if is_packed else solution._replace(named=solution.rulebooks)

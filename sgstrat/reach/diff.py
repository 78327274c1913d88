"""What one compiled workspace allows that another does not, and which resources change between them.

Exact on what rules say, in the sense of :mod:`sgstrat.reach.relation`: a packet is gained when it passes on the new
side and not on the old. Security groups only allow, so what is gained is what becomes reachable. Routes, network
ACLs and firewalls are not judged.
"""

from __future__ import annotations

from sgstrat.reach.diff_ends import Side, pair_up
from sgstrat.reach.diff_match import match
from sgstrat.reach.diff_model import Books, Difference
from sgstrat.reach.diff_outside import outside_changes
from sgstrat.reach.diff_pairs import pair_changes
from sgstrat.reach.diff_resources import resource_changes
from sgstrat.reach.diff_rows import RowBuilder
from sgstrat.rulebook.model import TargetName
from sgstrat.rulebook.workspace import Workspace


def compare(old: Books, new: Books, scope: frozenset[TargetName] | None = None) -> Difference:
    """The difference of two workspaces' rulebooks; ``scope`` limits both to some targets (None: all of either).

    What is renamed with ``formerly`` is the same group on both sides. A reference to what is in neither is compared by
    its name.
    """
    sides = match(old, new, scope)
    before, after = Workspace(sides.old), Workspace(sides.new)
    gained, lost = RowBuilder(is_new=True), RowBuilder(is_new=False)
    for environment in sorted({name.environment for name in (*sides.old, *sides.new)}):
        was, now = Side(before, environment), Side(after, environment)
        pairings = pair_up(was, now)
        outside = [outside_changes(each, was, now) for each in pairings]
        pairs = pair_changes(pairings, was, now)
        gained.add(environment, now, was, (each for found in outside for each in found[0]), pairs[0])
        lost.add(environment, was, now, (each for found in outside for each in found[1]), pairs[1])
    return Difference(gained.changes(), lost.changes(), resource_changes(sides))

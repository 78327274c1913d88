"""Which of a group's rules let the whole internet through, alone or in pieces that add up. Knows no finding."""

from __future__ import annotations

from typing import NamedTuple

from sgstrat.checks.context import Context, Opening
from sgstrat.net.cidr import FAMILIES, Family
from sgstrat.net.interval import Intervals, covers, intersection, size, union
from sgstrat.net.traffic import START, Rectangle, Traffic
from sgstrat.reach.hosts import Place, public_line
from sgstrat.rulebook.model import Direction, Rule


class Exposed(NamedTuple):
    """A rule that all public addresses of a family meet, and the kinds of packets on which they do."""

    rule: Rule
    family: Family
    kinds: Intervals


def exposed(context: Context, place: Place, direction: Direction) -> list[Exposed]:
    """The rules of a group that the whole internet meets; prefix lists count with what they hold."""
    openings = context.openings(place, direction)
    found = []
    for family in FAMILIES:
        is_six = family == "ipv6"
        mine = [each for each in openings if (each.addresses[0] >= START["ipv6"]) == is_six]
        if mine:
            found += _of_family(mine, family)
    return found


def _of_family(openings: list[Opening], family: Family) -> list[Exposed]:
    world = public_line(family)
    # one stretch of addresses holds all that is public when it reaches from the first to the last
    first, last = world[0][0], world[-1][1]
    whole = [each for each in openings if each.addresses[0] <= first and last <= each.addresses[1]]
    found = [Exposed(each.grant.rule, family, (each.grant.kinds,)) for each in whole]
    pieces = [each for each in openings if each.addresses[0] > first or last > each.addresses[1]]
    # pieces can only add up to the internet if they are large enough together
    if sum(high - low + 1 for _, (low, high) in pieces) < size(world):
        return found
    together = Traffic.of(Rectangle(each.grant.kinds, each.addresses) for each in openings)
    open_kinds = together.kinds_at_all(world)
    by_whole = union(each.grant.kinds for each in whole)
    for rule, kinds in dict.fromkeys((each.grant.rule, each.grant.kinds) for each in pieces):
        common = intersection((kinds,), open_kinds)
        if common and not covers(by_whole, (kinds,)):
            found.append(Exposed(rule, family, common))
    return found

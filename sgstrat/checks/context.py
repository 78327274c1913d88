"""What a check is given: the workspace compiled and as written, and the organisation's policy.

A check is a function from that to findings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import NamedTuple

from sgstrat.checks.policy import DEFAULT_POLICY, Policy
from sgstrat.diagnostics.finding import Findings
from sgstrat.language.decode import Unit
from sgstrat.net.interval import Interval
from sgstrat.net.traffic import NOTHING, Rectangle, Traffic
from sgstrat.quotas.estate import Estate
from sgstrat.reach.grants import Grant, GrantIndex
from sgstrat.reach.hosts import Place
from sgstrat.rulebook.model import Direction, Rulebook, TargetName
from sgstrat.rulebook.view import View, World
from sgstrat.rulebook.workspace import Workspace


class Opening(NamedTuple):
    """What a rule lets through to or from one range of addresses on the line of ``net.traffic``."""

    grant: Grant
    addresses: Interval


class Context:
    """The workspace as checks see it.

    ``units`` and ``world`` are the strategies as written: for what no rulebook can tell, such as a name that nothing
    uses. Everything that is asked of a group's rules is worked out once.
    """

    def __init__(
        self,
        rulebooks: Mapping[TargetName, Rulebook],
        formats: frozenset[str] = frozenset(),
        units: tuple[Unit, ...] = (),
        world: World | None = None,
        policy: Policy = DEFAULT_POLICY,
    ) -> None:
        self.workspace = Workspace(rulebooks, formats)
        self.rulebooks = rulebooks
        self.formats = formats
        self.units = units
        self.world: World = {} if world is None else world
        self.policy = policy
        self._openings: dict[tuple[Place, Direction], tuple[Opening, ...]] = {}
        self._traffic: dict[tuple[Place, Direction], Traffic] = {}

    @cached_property
    def grants(self) -> GrantIndex:
        """Every group's rules as kinds of packets and whom they meet."""
        return GrantIndex(self.workspace)

    @cached_property
    def estate(self) -> Estate:
        """The workspace as it is counted."""
        return Estate(self.workspace)

    def view(self, book: Rulebook) -> View | None:
        """The strategy of a rulebook in its environment, as written; None where only rulebooks are at hand."""
        return self.world.get((book.strategy, book.environment))

    def openings(self, place: Place, direction: Direction) -> tuple[Opening, ...]:
        """What a group's rules let through by address, list entries among them. References are not addresses."""
        key = (place, direction)
        known = self._openings.get(key)
        if known is None:
            known = self._openings[key] = tuple(
                Opening(grant, addresses)
                for grant in self.grants.grants(place, direction)
                for addresses in grant.addresses
            )
        return known

    def traffic(self, place: Place, direction: Direction) -> Traffic:
        """All that a group's rules let through by address, added up."""
        key = (place, direction)
        known = self._traffic.get(key)
        if known is None:
            rectangles = [Rectangle(each.grant.kinds, each.addresses) for each in self.openings(place, direction)]
            known = self._traffic[key] = Traffic.of(rectangles) if rectangles else NOTHING
        return known


Check = Callable[[Context, Findings], None]

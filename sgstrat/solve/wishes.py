"""What strategies ask of the passes: whose rules to merge, which groups to fuse or divide, which names are taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from sgstrat.language.decode import Unit
from sgstrat.language.model import Strategy, Word
from sgstrat.language.names import groups_of
from sgstrat.rulebook.view import World
from sgstrat.source.span import Span


class Wishes:
    """The wishes of all strategies. ``world`` is these in their environments; ``optimize`` forces merging for all."""

    def __init__(self, units: Iterable[Unit], world: World, optimize: bool = False) -> None:
        self.world = world
        self._strategies = {unit.names.name: unit.names.strategy for unit in units}
        self._optimize = optimize
        self._taken: dict[str, Mapping[str, Span]] = {}

    def optimizes(self, strategy: str) -> bool:
        """Whether the rules of a strategy are merged."""
        if self._optimize:
            return True
        written = self._strategies[strategy].optimize
        return written is not None and written.value

    def packs(self, strategy: str) -> bool:
        """Whether groups of a strategy may be fused."""
        written = self._strategies[strategy].pack
        return written is not None and written.value

    @cached_property
    def divided(self) -> frozenset[tuple[str, str]]:
        """The groups that may be divided, by strategy and key: as the group says, else the strategy."""
        return frozenset(
            (name, word.text)
            for name, strategy in self._strategies.items()
            for _, word, group in groups_of(strategy)
            if _says_split(group.overflow or strategy.overflow)
        )

    def taken(self, strategy: str) -> Mapping[str, Span]:
        """Where each name of a strategy's peers is declared, and each former key."""
        known = self._taken.get(strategy)
        if known is None:
            known = self._taken[strategy] = _names(self._strategies[strategy])
        return known


def _says_split(overflow: Word | None) -> bool:
    return overflow is not None and overflow.text == "split"


def _names(strategy: Strategy) -> dict[str, Span]:
    tables = (strategy.existing, strategy.prefix_lists, strategy.networks, strategy.vpcs)
    words = [word for table in tables for word, _ in table]
    for _, word, group in groups_of(strategy):
        words += [word, *group.formerly]
    for _, each in strategy.prefix_lists:
        words += each.formerly
    return {word.text: word.span for word in reversed(words)}

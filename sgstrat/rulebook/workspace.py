"""Every rulebook of a workspace together, and what a name in one of them means in another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from sgstrat.rulebook.model import Group, Rulebook, TargetName


class Workspace:
    """Every rulebook of the workspace, and the output formats asked for."""

    def __init__(self, rulebooks: Mapping[TargetName, Rulebook], formats: frozenset[str] = frozenset()) -> None:
        self.rulebooks = rulebooks
        self.formats = formats

    @cached_property
    def groups(self) -> dict[tuple[TargetName, str], Group]:
        """Every group by its target and key."""
        return {(name, group.key): group for name, book in self.rulebooks.items() for group in book.groups}

    def locate(self, book: Rulebook, key: str) -> tuple[TargetName, str] | None:
        """The target and key of a group that ``book`` names; None for an existing group, which is nobody's."""
        return self._places[id(book)].get(key)

    @cached_property
    def _places(self) -> dict[int, dict[str, tuple[TargetName, str]]]:
        """What every group that a rulebook names means, by the rulebook: asked for each rule."""
        return {id(book): dict(self._named(name, book)) for name, book in self.rulebooks.items()}

    def _named(self, target: TargetName, book: Rulebook) -> Iterator[tuple[str, tuple[TargetName, str]]]:
        for group in book.groups:
            yield group.key, (target, group.key)
        for each in book.references:
            yield each.key, (each.target, each.own_key)

    def list_entries(self, book: Rulebook) -> dict[str, tuple[str, ...]]:
        """The CIDRs of the prefix lists that ``book`` names, by key; another strategy's from where it is made.

        Nobody here knows what an AWS-managed or an existing list holds, so those are empty.
        """
        found = {each.key: tuple(entry.cidr for entry in each.entries) for each in book.prefix_lists}
        for reference in book.references:
            if reference.kind == "prefix_list":
                owner = self.rulebooks[reference.target]
                made = {each.key: each.entries for each in owner.prefix_lists}
                found[reference.key] = tuple(entry.cidr for entry in made[reference.own_key])
        return found

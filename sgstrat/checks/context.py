"""What a check is given, and what it is: a function from rulebooks to findings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

from sgstrat.diagnostics.finding import Findings
from sgstrat.rulebook.model import Group, Rulebook, TargetName


class Workspace:
    """Every rulebook of the workspace, and the output formats asked for."""

    def __init__(self, rulebooks: Mapping[TargetName, Rulebook], formats: frozenset[str]) -> None:
        self.rulebooks = rulebooks
        self.formats = formats

    @cached_property
    def groups(self) -> dict[tuple[TargetName, str], Group]:
        """Every group by its target and key."""
        return {(name, group.key): group for name, book in self.rulebooks.items() for group in book.groups}

    def locate(self, book: Rulebook, key: str) -> tuple[TargetName, str] | None:
        """The target and key of a group that ``book`` names; None for an existing group, which is nobody's."""
        strategy, slash, name = key.partition("/")
        if not slash:
            return (book.target, key) if (book.target, key) in self.groups else None
        for reference in book.references:
            if reference.key == key:
                return TargetName(reference.strategy, reference.environment, reference.vpc), name
        return None

    def list_entries(self, book: Rulebook) -> dict[str, tuple[str, ...]]:
        """The CIDRs of the prefix lists that ``book`` names, by key; another strategy's from where it is made.

        Nobody here knows what an AWS-managed or an existing list holds, so those are empty.
        """
        found = {each.key: tuple(entry.cidr for entry in each.entries) for each in book.prefix_lists}
        for reference in book.references:
            if reference.kind == "prefix_list":
                owner = self.rulebooks[TargetName(reference.strategy, reference.environment, reference.vpc)]
                made = {each.key: each.entries for each in owner.prefix_lists}
                found[reference.key] = tuple(entry.cidr for entry in made[reference.key.partition("/")[2]])
        return found


Check = Callable[[Workspace, Findings], None]

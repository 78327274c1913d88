"""What a workspace uses of the limits of each account and region: all of its strategies there, and what else exists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from sgstrat.quotas.use import GROUPS_PER_REGION, LISTS_PER_REGION, Contributor, Use
from sgstrat.rulebook.model import Rulebook
from sgstrat.rulebook.weight import Part
from sgstrat.rulebook.workspace import Workspace

NOUNS = {GROUPS_PER_REGION: "security group", LISTS_PER_REGION: "prefix list"}


class Regional(NamedTuple):
    """A use, the targets there that have a part in it, and how many each makes; in order."""

    use: Use
    made: tuple[tuple[Rulebook, int], ...]
    existing: int

    @property
    def contributors(self) -> tuple[Contributor, ...]:
        """The targets, the largest first."""
        return tuple(
            Contributor(str(book.target), count)
            for book, count in sorted(self.made, key=lambda each: (-each[1], each[0].target))
        )


def regional_uses(workspace: Workspace) -> Iterator[Regional]:
    """Security groups and prefix lists of each account and region; an unknown one counts as one of its own.

    What is over without anything of this workspace is nobody's here to say or to mend.
    """
    regions: dict[tuple[str | None, str | None], list[Rulebook]] = defaultdict(list)
    for book in workspace.rulebooks.values():
        regions[book.account, book.region].append(book)
    for books in regions.values():
        yield from (each for each in _of_region(books) if each.made or not each.use.is_over)


def _of_region(books: list[Rulebook]) -> Iterator[Regional]:
    quotas = [book.quotas for book in books]
    groups = [(book, len(book.groups)) for book in books]
    lists = [(book, sum(1 for each in book.prefix_lists if each.origin == "own")) for book in books]
    yield _regional(
        GROUPS_PER_REGION, groups, max(q.existing_groups for q in quotas), max(q.groups_per_region for q in quotas)
    )
    yield _regional(
        LISTS_PER_REGION,
        lists,
        max(q.existing_prefix_lists for q in quotas),
        max(q.prefix_lists_per_region for q in quotas),
    )


def _regional(limit: str, counted: list[tuple[Rulebook, int]], existing: int, most: int) -> Regional:
    made = tuple(each for each in counted if each[1])
    count = sum(number for _, number in made)
    account, region = counted[0][0].account, counted[0][0].region
    parts = [Part(f"{plural(count, NOUNS[limit])} of this workspace", count)] if count else []
    parts += [Part("existing", existing)] if existing else []
    name = f"account {account or 'unknown'}, region {region or 'unknown'}"
    use = Use(limit, name, count + existing, most, tuple(parts), account=account, region=region)
    return Regional(use, made, existing)


def plural(number: int, what: str) -> str:
    """``what`` in the number that fits."""
    return f"{what}{'s' * (number != 1)}"

"""Every limit of the workspace and how much of it is used; for those that are tight, by whom, and what would fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from sgstrat.quotas.counting import (
    ListUse,
    entries_per_list,
    groups_per_eni,
    list_uses,
    rules_per_eni,
    rules_per_group,
)
from sgstrat.quotas.estate import Estate
from sgstrat.quotas.interface_remedies import Crowded, carried_groups, interface_remedies
from sgstrat.quotas.region_remedies import regional_remedies
from sgstrat.quotas.regions import Regional, regional_uses
from sgstrat.quotas.rule_remedies import Full, heaviest_rules, rule_remedies
from sgstrat.quotas.use import RULES_PER_GROUP, Contributor, Remedy, Use, tightest_first
from sgstrat.rulebook.model import TargetName
from sgstrat.rulebook.workspace import Workspace


class Counted(NamedTuple):
    """A use; where it is over its limit or near it, what uses most and what would help."""

    use: Use
    contributors: tuple[Contributor, ...] = ()
    remedies: tuple[Remedy, ...] = ()


class Survey(NamedTuple):
    """All uses, the tightest first, and every prefix list."""

    counted: tuple[Counted, ...]
    lists: tuple[ListUse, ...]

    @property
    def is_over(self) -> bool:
        """Whether anything is over its limit."""
        return any(each.use.is_over for each in self.counted)


def survey(workspace: Workspace, covers: Callable[[TargetName], bool], more: tuple[Counted, ...] = ()) -> Survey:
    """Count the targets that are covered, and their regions, in which every target of the workspace counts.

    ``more`` are uses that only a format knows.
    """
    estate = Estate(workspace)
    found = [*more, *_of_targets(estate, covers), *_of_regions(estate, covers)]
    by_use = {each.use: each for each in found}
    lists = (use for name, book in workspace.rulebooks.items() if covers(name) for use in list_uses(estate, book))
    costliest = sorted(lists, key=lambda use: (-use.cost, use.target, use.name))
    return Survey(tuple(by_use[use] for use in tightest_first(by_use)), tuple(costliest))


def _of_targets(estate: Estate, covers: Callable[[TargetName], bool]) -> Iterator[Counted]:
    for name, book in estate.workspace.rulebooks.items():
        if not covers(name):
            continue
        for use in (*rules_per_group(estate, book), *entries_per_list(book)):
            yield _explained(estate, use)
        for workload in book.workloads:
            use = groups_per_eni(book, workload)
            crowded = Crowded(estate, book, workload)
            yield _crowded(crowded, use) if _is_tight(use) else Counted(use)
            for rules in rules_per_eni(estate, book, workload):
                yield Counted(rules)


def _is_tight(use: Use) -> bool:
    return use.is_over or use.is_near


def _explained(estate: Estate, use: Use) -> Counted:
    if use.limit != RULES_PER_GROUP or not _is_tight(use) or use.target is None:
        return Counted(use)
    place = (use.target, use.name)
    load = next(each for each in estate.loads(place) if (each.direction, each.family) == (use.direction, use.family))
    full = Full(estate, estate.workspace.rulebooks[use.target], estate.workspace.groups[place], load)
    return Counted(use, heaviest_rules(full), rule_remedies(full))


def _crowded(crowded: Crowded, use: Use) -> Counted:
    return Counted(use, carried_groups(crowded).contributors, interface_remedies(crowded))


def _of_regions(estate: Estate, covers: Callable[[TargetName], bool]) -> Iterator[Counted]:
    concerned = {(book.account, book.region) for name, book in estate.workspace.rulebooks.items() if covers(name)}
    for regional in regional_uses(estate.workspace):
        if (regional.use.account, regional.use.region) in concerned:
            yield _regional(estate, regional)


def _regional(estate: Estate, regional: Regional) -> Counted:
    if not _is_tight(regional.use):
        return Counted(regional.use)
    return Counted(regional.use, regional.contributors, regional_remedies(estate, regional))

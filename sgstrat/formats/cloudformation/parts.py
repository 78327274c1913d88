"""What a template consists of, before any resource type: which groups and rules, and which rules stand alone.

Must not know troposphere or any text form, so that counting a template costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sgstrat.formats.cloudformation.places import LINKS, MAIN, ONE_TEMPLATE, Places, UnitPlaces, rule_item
from sgstrat.formats.suppress import NO_SUPPRESSIONS, Suppressions
from sgstrat.formats.units import GroupRules, Unit, split
from sgstrat.rulebook.model import DIRECTIONS, Group, PrefixList, Rule, Rulebook, Workload

LISTS = "lists"
"""The kind of the templates that hold prefix lists beyond the first template."""


class Stack(NamedTuple):
    """One template: its share of a unit and whether that is the second one, ``links``; what it may suppress.

    ``groups`` and ``lists`` are those that it creates: in ``links`` all are imported. ``number`` counts the templates
    of one ``kind``; ``several`` is whether the unit has more than this one.
    """

    rulebook: Rulebook
    unit: Unit
    linked: bool
    groups: tuple[Group, ...]
    lists: tuple[PrefixList, ...]
    suppressions: Suppressions = NO_SUPPRESSIONS
    kind: str = MAIN
    number: int = 1
    several: bool = False

    @property
    def name(self) -> str:
        """The file's name, without its suffix."""
        return self.kind if self.number == 1 else f"{self.kind}-{self.number}"

    @property
    def workloads(self) -> tuple[Workload, ...]:
        """The workloads with an output: one without groups has no list to give."""
        return tuple(item for item in self.unit.workloads if item.groups)

    @property
    def exported_lists(self) -> tuple[PrefixList, ...]:
        """The prefix lists with an output: all that templates beside this one may come to name.

        Were it only those that one does name, the last rule to go would take an export away that is still imported.
        """
        return self.lists if self.several else ()

    @property
    def reexports(self) -> bool:
        """Whether a workload list has the id of a group that another stack creates."""
        created = {group.key for group in self.groups}
        others = {group.key for group in self.rulebook.groups} - created
        return any(not others.isdisjoint(item.groups) for item in self.workloads)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it."""
        return not (self.groups or self.lists or self.unit.groups or self.unit.workloads)

    def stands_alone(self, rule: Rule) -> bool:
        """Whether a rule is a resource of its own.

        Groups that name each other inline are a cycle, so rules between groups always stand alone; rules with an
        address as peer are inline. In ``links`` the groups are another stack's, and nothing can be inline.
        """
        return self.linked or rule.peer.kind == "group"

    def standalone_count(self) -> dict[str, int]:
        """The number of rules that stand alone, by group key."""
        return {
            part.group.key: sum(map(self.stands_alone, part.ingress)) + sum(map(self.stands_alone, part.egress))
            for part in self.unit.groups
        }


def stacks(
    rulebook: Rulebook, suppressions: Suppressions = NO_SUPPRESSIONS, places: Places = ONE_TEMPLATE
) -> tuple[Stack, ...]:
    """The templates of a target in order of deployment: those of the first unit and, where there is one, ``links``.

    Each imports from earlier ones alone. The first unit always has its first template, with or without resources.
    """
    units = split(rulebook)
    lists = tuple(item for item in rulebook.prefix_lists if item.origin == "own")
    first = Stack(rulebook, units.main, linked=False, groups=rulebook.groups, lists=lists, suppressions=suppressions)
    made = _templates(first, places.main)
    if units.links is None:
        return made
    second = first._replace(unit=units.links, linked=True, groups=(), lists=(), kind=LINKS)
    return (*made, *_templates(second, places.links))


def _templates(whole: Stack, places: UnitPlaces) -> tuple[Stack, ...]:
    if not places.are_kept:
        return (whole,)
    made = tuple(each for each in _divided(whole, places) if each.name == MAIN or not each.is_empty)
    return tuple(each._replace(several=True) for each in made) if len(made) > 1 else made


def _divided(whole: Stack, places: UnitPlaces) -> Iterator[Stack]:
    """The templates of a unit, in order of deployment: prefix lists, which import nothing, before all others."""
    lists: dict[int, list[PrefixList]] = {}
    for item in whole.lists:
        lists.setdefault(places.lists.get(item.identity, 1), []).append(item)
    nothing = Unit((), ())
    for number in sorted(lists.keys() - {1}):
        yield whole._replace(unit=nothing, groups=(), lists=tuple(lists[number]), kind=LISTS, number=number)
    groups, rules, workloads = _by_number(whole, places)
    for number in sorted({1, *groups, *rules, *workloads}):
        yield whole._replace(
            unit=Unit(tuple(rules.get(number, ())), tuple(workloads.get(number, ()))),
            groups=tuple(groups.get(number, ())),
            lists=tuple(lists.get(number, ())) if number == 1 else (),
            number=number,
        )


def _by_number(
    whole: Stack, places: UnitPlaces
) -> tuple[dict[int, list[Group]], dict[int, list[GroupRules]], dict[int, list[Workload]]]:
    """Groups, rules and workloads by the numbers of their templates, in the unit's order."""
    groups: dict[int, list[Group]] = {}
    rules: dict[int, list[GroupRules]] = {}
    workloads: dict[int, list[Workload]] = {}
    for part in whole.unit.groups:
        home = places.groups.get(part.group.identity, 1)
        if not whole.linked:
            groups.setdefault(home, []).append(part.group)
        for number, share in _shares(whole, part, home, places).items():
            rules.setdefault(number, []).append(share)
    for workload in whole.unit.workloads:
        workloads.setdefault(places.workloads.get(workload.key, 1), []).append(workload)
    return groups, rules, workloads


def _shares(whole: Stack, part: GroupRules, home: int, places: UnitPlaces) -> dict[int, GroupRules]:
    """A group's rules by template; in that of the group there is always a share, be it without rules."""
    sides: dict[int, tuple[list[Rule], list[Rule]]] = {} if whole.linked else {home: ([], [])}
    for index, direction in enumerate(DIRECTIONS):
        for rule in part.ingress if direction == "ingress" else part.egress:
            alone = whole.stands_alone(rule)
            number = places.rules.get(rule_item(part.group, direction, rule), 1) if alone else home
            sides.setdefault(number, ([], []))[index].append(rule)
    return {number: GroupRules(part.group, tuple(one), tuple(two)) for number, (one, two) in sides.items()}

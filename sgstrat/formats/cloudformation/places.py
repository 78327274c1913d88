"""Which template of a target each of its resources and outputs is in, and how ``sgstrat.lock`` keeps that.

Numbers count templates of one kind: a list with 2 is in ``lists-2``, a group with 2 in ``template-2``. What has no
number is in the first. Must not know why something is where it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sgstrat.rulebook.model import Direction, Group, Rule, TargetName
from sgstrat.solve.lock import Lock, Numbers

MAIN = "template"
LINKS = "links"
_NONE: Numbers = {}  # as all of these it goes to the processes that write targets, and so is one that can be sent


class UnitPlaces(NamedTuple):
    """The templates of a unit: of groups, rules that stand alone, and workload lists, and the files of prefix lists.

    Groups and prefix lists are called by their identities, workloads by their keys, rules as :func:`rule_item` does.
    Number 1 of ``lists`` is the first template.
    """

    groups: Numbers = _NONE
    lists: Numbers = _NONE
    workloads: Numbers = _NONE
    rules: Numbers = _NONE

    @property
    def are_kept(self) -> bool:
        """Whether there is anything to keep: a unit far below the limits of one template has no numbers."""
        return any(self)

    @property
    def are_several(self) -> bool:
        """Whether the unit has more templates than its first."""
        return any(number > 1 for numbers in self for number in numbers.values())


class Places(NamedTuple):
    """Both units of a target."""

    main: UnitPlaces = UnitPlaces()
    links: UnitPlaces = UnitPlaces()


ONE_TEMPLATE = Places()
_SCOPES = {"groups": "groups", "lists": "prefix-lists", "workloads": "workloads", "rules": "rules"}


def rule_item(group: Group, direction: Direction, rule: Rule) -> str:
    """What a rule is called: ``web-servers/ingress/tcp-8080-from-alb``, of what renaming does not change."""
    return f"{group.identity}/{direction}/{rule.identity}"


def read_places(lock: Lock, target: TargetName) -> Places:
    """What ``sgstrat.lock`` keeps of a target."""
    return Places(*(_read_unit(lock, kind, target) for kind in (MAIN, LINKS)))


def _read_unit(lock: Lock, kind: str, target: TargetName) -> UnitPlaces:
    return UnitPlaces(**{field: dict(lock.numbers(kind, f"{target}/{scope}")) for field, scope in _SCOPES.items()})


def with_places(lock: Lock, places: Mapping[TargetName, Places]) -> Lock:
    """The lock with exactly these places."""
    for kind, index in ((MAIN, 0), (LINKS, 1)):
        lock = lock.with_kind(kind, dict(_scopes((target, each[index]) for target, each in places.items())))
    return lock


def _scopes(units: Iterator[tuple[TargetName, UnitPlaces]]) -> Iterator[tuple[str, Numbers]]:
    for target, unit in units:
        for field, scope in _SCOPES.items():
            yield f"{target}/{scope}", getattr(unit, field)

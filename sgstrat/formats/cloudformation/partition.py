"""Which template of a target everything goes to, where one does not hold it: what has a place keeps it.

Groups and prefix lists never move, since CloudFormation would make them anew; a rule or a workload list moves only
where its template can no longer hold it. A rule that stands alone is in no template before those of the groups that it
names, so that each template imports from earlier ones alone, and deploying them in order always works. Prefix lists
beyond the first template are in files of their own, which come before all others. docs/quotas.md has the reasons.

A unit far below the limits has no places: everything is in its one template, and nothing need be kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from sgstrat.facts.limits import limit
from sgstrat.formats.cloudformation.ids import group_parameter_id, list_parameter_id
from sgstrat.formats.cloudformation.inputs import Input, inputs
from sgstrat.formats.cloudformation.parts import Stack, stacks
from sgstrat.formats.cloudformation.places import Places, UnitPlaces, rule_item
from sgstrat.formats.cloudformation.weigh import BYTES, Weigher
from sgstrat.formats.suppress import NO_SUPPRESSIONS, Suppressions
from sgstrat.rulebook.model import DIRECTIONS, Direction, Rule, Rulebook
from sgstrat.solve.assignment import NO_SHARES, Item, Parts, Room, Shares, Weights

_REMEMBERED = 0.25
"""The share of a template's capacity from which on places are kept.

Before that nobody needs to know them, unless one change makes a target four times as large and more: then all that is
deployed would have to be in the lock of every small target, and SG602 warns instead.
"""

_ROOM = (0.96, 0.95, 0.6)
"""The share of a template's resources, outputs and bytes that new things fill it to.

Resources and outputs come one by one and are placed one by one; a few are left for what else a template may need. Bytes
also grow within a group that cannot move, with every rule inside of it.
"""
_GROUP_ROOM = (0.96, 0.95, 0.45)
"""The same for new groups: it leaves room for the rules between them."""
_SHARED_ROOM = 0.75


class _Rule(NamedTuple):
    """A rule that stands alone: ``ends`` are the identities of the target's own groups that it names."""

    item: Item
    ends: tuple[str, ...]
    shares: Shares


class _Contents(NamedTuple):
    """Everything of one unit, weighed."""

    groups: tuple[tuple[Item, Shares], ...]
    lists: tuple[Item, ...]
    rules: tuple[_Rule, ...]
    workloads: tuple[_Rule, ...]

    def every(self) -> Iterator[Item]:
        yield from (item for item, _ in self.groups)
        yield from self.lists
        yield from (each.item for each in (*self.rules, *self.workloads))


def place(book: Rulebook, previous: Places, suppressions: Suppressions = NO_SUPPRESSIONS) -> Places:
    """The places of a target's things, given those that they had. A function of nothing else."""
    weigher = Weigher(book, suppressions)
    found = {stack.name: _place(stack, weigher, before) for stack, before in zip(stacks(book), previous, strict=False)}
    return Places(found["template"], found.get("links", UnitPlaces()))


def _place(stack: Stack, weigher: Weigher, previous: UnitPlaces) -> UnitPlaces:
    every_input = inputs(stack)
    most_parameters = limit("cloudformation_parameters")
    heaviest = sorted(every_input, key=lambda each: (-len(each.description), each.id))[:most_parameters]
    free = limit("cloudformation_template_bytes") - weigher.head(heaviest, stack.rulebook.sources)
    capacity = (limit("cloudformation_resources"), limit("cloudformation_outputs"), max(free // BYTES, 0))
    shares = _Shares(stack, every_input, len(every_input) > most_parameters * _SHARED_ROOM)
    contents = _contents(stack, weigher, shares)
    total = _total(contents.every())
    kept = _existing(previous, contents)
    is_one = not kept.are_several
    holds_all = len(every_input) <= most_parameters and _fits(total, capacity)
    if is_one and holds_all and _fits(total, [int(most * _REMEMBERED) for most in capacity]):
        return UnitPlaces()
    if holds_all and not kept.are_kept:  # as it is deployed, or will be before it grows further
        return _all_in_one(contents)
    return _Placing(contents, Room(capacity, most_parameters - 1)).places(kept)  # one parameter is the VPC's


def _total(items: Iterable[Item]) -> Weights:
    sums = [0, 0, 0]
    for _, (resources, outputs, size) in items:
        sums[0] += resources
        sums[1] += outputs
        sums[2] += size
    return tuple(sums)


def _fits(total: Weights, most: Iterable[int]) -> bool:
    return all(have <= each for have, each in zip(total, most, strict=True))


def _all_in_one(contents: _Contents) -> UnitPlaces:
    return UnitPlaces(
        {item.key: 1 for item, _ in contents.groups},
        {item.key: 1 for item in contents.lists},
        {each.item.key: 1 for each in contents.workloads},
        {each.item.key: 1 for each in contents.rules},
    )


def _existing(previous: UnitPlaces, contents: _Contents) -> UnitPlaces:
    """The places of what there still is."""
    if not previous.are_kept:
        return previous
    keys: tuple[list[str], ...] = (
        [item.key for item, _ in contents.groups],
        [item.key for item in contents.lists],
        [each.item.key for each in contents.workloads],
        [each.item.key for each in contents.rules],
    )
    return UnitPlaces(
        *({key: numbers[key] for key in some if key in numbers} for some, numbers in zip(keys, previous, strict=True))
    )


class _Shares:
    """The parameters that each thing needs; of no interest while one template may have all of a unit's."""

    def __init__(self, stack: Stack, every: tuple[Input, ...], matters: bool) -> None:
        book, ids = stack.rulebook, {each.id for each in every}
        keys = [each.key for each in book.existing] + [each.key for each in book.references]
        names = [(("group", key), group_parameter_id(key)) for key in keys]
        names += [(("prefix_list", each.key), list_parameter_id(each.key)) for each in book.prefix_lists]
        self._known = {name: parameter for name, parameter in names if parameter in ids} if matters else {}

    def of(self, names: Iterable[tuple[str, str]]) -> Shares:
        """The parameters for some peers."""
        known = self._known
        return frozenset(known[name] for name in names if name in known) if known else NO_SHARES


def _contents(stack: Stack, weigher: Weigher, shares: _Shares) -> _Contents:
    own = {group.key: group.identity for group in stack.groups}
    groups: list[tuple[Item, Shares]] = []
    rules: list[_Rule] = []
    for part in stack.unit.groups:
        inline: list[tuple[Direction, Rule]] = []
        for direction in DIRECTIONS:
            for rule in part.ingress if direction == "ingress" else part.egress:
                if stack.stands_alone(rule):
                    ends = (part.group.key, rule.peer.name) if rule.peer.kind == "group" else (part.group.key,)
                    item = Item(rule_item(part.group, direction, rule), weigher.rule(part.group, direction, rule))
                    rules.append(_Rule(item, tuple(own[key] for key in ends if key in own), shares.of((rule.peer,))))
                else:
                    inline.append((direction, rule))
        if not stack.linked:
            used = shares.of(rule.peer for _, rule in inline)
            groups.append((Item(part.group.identity, weigher.group(part, inline)), used))
    lists = tuple(Item(each.identity, weigher.prefix_list(each)) for each in stack.lists)
    workloads = tuple(
        _Rule(
            Item(each.key, weigher.workload(each)),
            tuple(own[key] for key in each.groups if key in own),
            shares.of(("group", key) for key in each.groups),
        )
        for each in stack.workloads
    )
    return _Contents(tuple(groups), lists, tuple(rules), workloads)


def _reduced(capacity: Room, share: tuple[float, ...]) -> Room:
    weights = tuple(int(most * part) for most, part in zip(capacity.weights, share, strict=True))
    return Room(weights, int(capacity.shared * _SHARED_ROOM))


class _Placing:
    """Fills templates: first with all that has a place, then with what is new.

    ``_parts`` are templates with groups and rules, ``_list_parts`` those of prefix lists, whose first is the first of
    ``_parts``.
    """

    def __init__(self, contents: _Contents, capacity: Room) -> None:
        self._contents = contents
        self._parts, self._list_parts = Parts(capacity), Parts(capacity)
        self._room, self._group_room = _reduced(capacity, _ROOM), _reduced(capacity, _GROUP_ROOM)
        self._groups: dict[str, int] = {}
        self._lists: dict[str, int] = {}

    def places(self, kept: UnitPlaces) -> UnitPlaces:
        """Where everything goes."""
        self._keep(kept)
        rules: dict[str, int] = {}
        workloads: dict[str, int] = {}
        pairs = ((self._contents.rules, kept.rules, rules), (self._contents.workloads, kept.workloads, workloads))
        for things, before, found in pairs:
            for each in things:
                number = before.get(each.item.key)
                if number is not None and self._stays(each, number):
                    found[each.item.key] = number
        self._add_lists()
        self._add_groups()
        for things, before, found in reversed(pairs):
            self._add([each for each in things if each.item.key not in found], before, found)
        return UnitPlaces(self._groups, self._lists, workloads, rules)

    def _keep(self, kept: UnitPlaces) -> None:
        """Groups and prefix lists stay, whatever becomes of their template: limits are counted on what is written."""
        for item, shares in self._contents.groups:
            number = kept.groups.get(item.key)
            if number is not None:
                self._parts.put(number, item.weights, shares)
                self._groups[item.key] = number
        for item in self._contents.lists:
            number = kept.lists.get(item.key)
            if number is not None:
                (self._parts if number == 1 else self._list_parts).put(number, item.weights)
                self._lists[item.key] = number

    def _stays(self, each: _Rule, number: int) -> bool:
        if any(self._groups.get(end, number + 1) > number for end in each.ends):
            return False
        return self._parts.add(number, each.item.weights, each.shares)

    def _add_lists(self) -> None:
        for item in self._contents.lists:
            if item.key not in self._lists:
                is_first = self._parts.add(1, item.weights, room=self._group_room)
                self._lists[item.key] = 1 if is_first else self._list_parts.first(item.weights, 2, room=self._room)

    def _add_groups(self) -> None:
        for item, shares in self._contents.groups:
            if item.key not in self._groups:
                self._groups[item.key] = self._parts.first(item.weights, 1, shares, self._group_room)

    def _add(self, things: list[_Rule], before: Mapping[str, int], found: dict[str, int]) -> None:
        """Things whose groups are all in one template go there where there is room, before others take it.

        What moves, goes on: in order of deployment it is taken away before it is granted again, since the same rule
        cannot be there twice.
        """
        later: list[tuple[_Rule, int]] = []
        for each in things:
            numbers = [self._groups[end] for end in each.ends] or [1]
            least = max(*numbers, before.get(each.item.key, 0) + 1)
            if least == min(numbers) and self._parts.add(least, each.item.weights, each.shares, self._room):
                found[each.item.key] = least
            else:
                later.append((each, least))
        for each, least in later:
            found[each.item.key] = self._parts.first(each.item.weights, least, each.shares, self._room)

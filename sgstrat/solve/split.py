"""``overflow: split``: a group over its rule quota becomes numbered parts, which every interface carries together.

A rule keeps its part as long as it exists; ``sgstrat.lock`` remembers it. Counts as AWS counts, in every direction and
family. Room for CloudFormation's sentinel is always left, so that the parts do not depend on the formats that are asked
for: a part without egress to an address has one, and so at most one reference less; a part with such a rule has that
many less anyway.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import count
from typing import NamedTuple

from sgstrat.diagnostics.finding import Findings, Related
from sgstrat.rulebook.model import DIRECTIONS, Direction, Group, PrefixList, Rule, Rulebook, TargetName
from sgstrat.rulebook.weight import weights
from sgstrat.solve.assignment import Item, Weights, assign
from sgstrat.solve.attach import attached
from sgstrat.solve.lock import Lock, Numbers
from sgstrat.solve.parts import PartMaker, numbered
from sgstrat.solve.wishes import Wishes

KIND = "rule"


def kept_parts(lock: Lock, book: Rulebook, group: Group, direction: Direction) -> Numbers:
    """The part of each rule of a divided group by the rule's identity, as ``sgstrat.lock`` has it."""
    return lock.numbers(KIND, _scope(book, group, direction))


def _scope(book: Rulebook, group: Group, direction: Direction) -> str:
    return f"{book.target}/{group.identity}/{direction}"


class Divided(NamedTuple):
    """The rulebooks with their parts, and the lock that keeps them."""

    rulebooks: Mapping[TargetName, Rulebook]
    lock: Lock


def divide(rulebooks: Mapping[TargetName, Rulebook], wishes: Wishes, lock: Lock, findings: Findings) -> Divided:
    """Divide every group that is over its quota and may be divided, or has been; attach the parts to workloads.

    A group with a rule that is over the quota by itself stays whole; counting the rules says so.
    """
    made: dict[TargetName, Rulebook] = {}
    kept: dict[str, Numbers] = {}
    parts: dict[tuple[TargetName, str], tuple[int, ...]] = {}
    for name, book in rulebooks.items():
        divider = _Divider(book, wishes, lock, findings)
        made[name] = divider.book()
        kept.update(divider.kept)
        parts.update({(name, key): numbers for key, numbers in divider.numbers.items()})
    return Divided(attached(made, parts, findings) if parts else made, lock.with_kind(KIND, kept))


class _Divider:
    """One target: ``numbers`` are the parts of the groups that have several, ``kept`` what the lock is to hold."""

    def __init__(self, book: Rulebook, wishes: Wishes, lock: Lock, findings: Findings) -> None:
        self._book = book
        self._wishes = wishes
        self._lock = lock
        self._findings = findings
        self._lists = {each.key: each for each in book.prefix_lists}
        self._maker: PartMaker | None = None
        self.numbers: dict[str, tuple[int, ...]] = {}
        self.kept: dict[str, Numbers] = {}

    def book(self) -> Rulebook:
        divided = self._wishes.divided
        groups = [
            part
            for group in self._book.groups
            for part in (self._parts(group) if (self._book.strategy, group.key) in divided else (group,))
        ]
        if len(groups) == len(self._book.groups):
            return self._book
        return replace(self._book, groups=tuple(sorted(groups, key=lambda group: group.key)))

    def _parts(self, group: Group) -> Iterator[Group]:
        found = {direction: self._assigned(group, direction) for direction in DIRECTIONS}
        if any(numbers is None for numbers in found.values()):
            yield group
            return
        every = sorted({1, *(number for numbers in found.values() for number in (numbers or {}).values())})
        for direction, numbers in found.items():
            self.kept[_scope(self._book, group, direction)] = numbers or {}
        if len(every) == 1:
            yield group
            return
        self.numbers[group.key] = names = self._free(group, every)
        for number, name in zip(every, names, strict=True):
            rules = {
                direction: tuple(rule for rule in group.rules(direction) if (numbers or {})[rule.identity] == number)
                for direction, numbers in found.items()
            }
            yield self._made(group, name, rules["ingress"], rules["egress"])

    def _made(self, group: Group, number: int, ingress: tuple[Rule, ...], egress: tuple[Rule, ...]) -> Group:
        if self._maker is None:
            self._maker = PartMaker(self._book, self._wishes.world, self._findings)
        return self._maker.part(group, number, ingress, egress)

    def _assigned(self, group: Group, direction: Direction) -> Numbers | None:
        """The part of each rule by its identity; None where a rule fits in no part."""
        kept = kept_parts(self._lock, self._book, group, direction)
        return _placed(self._book, group.rules(direction), direction, self._lists, kept)

    def _free(self, group: Group, numbers: list[int]) -> tuple[int, ...]:
        """The numbers that parts are named by: their own. An occupied one is an error, and stands for no other name."""
        taken = self._wishes.taken(self._book.strategy)
        found: list[int] = []
        for number in numbers:
            names = {numbered(name, number) for name in (group.key, group.identity)} if number > 1 else set()
            occupied = sorted(names & taken.keys())
            for name in occupied:
                self._findings.add(
                    "SG311",
                    f"group {group.key} is divided, and its part {number} would be {name}, which is declared",
                    group.span,
                    help=f"rename {name}, or leave overflow: split out of {group.key}",
                    related=(Related(taken[name], f"{name} is here"),),
                    environment=self._book.environment,
                )
            later = count(max(numbers) + number)
            found.append(next(each for each in later if numbered(group.key, each) not in taken) if occupied else number)
        return tuple(found)


def fewest_parts(book: Rulebook, group: Group) -> Mapping[Direction, Numbers] | None:
    """The part of each rule, by direction and identity, if the group were divided afresh; None where it cannot be."""
    lists = {each.key: each for each in book.prefix_lists}
    found: dict[Direction, Numbers] = {}
    for direction in DIRECTIONS:
        numbers = _placed(book, group.rules(direction), direction, lists, {})
        if numbers is None:
            return None
        found[direction] = numbers
    return found


def _placed(
    book: Rulebook, rules: tuple[Rule, ...], direction: Direction, lists: Mapping[str, PrefixList], kept: Numbers
) -> Numbers | None:
    most = book.quotas.rules_per_group
    capacity = (most, most, most - 1 if direction == "egress" else most)
    items = [Item(rule.identity, _weights(rule, lists)) for rule in rules]
    if any(weight > room for item in items for weight, room in zip(item.weights, capacity, strict=True)):
        return None
    return assign(items, capacity, kept)


def _weights(rule: Rule, lists: Mapping[str, PrefixList]) -> Weights:
    """What a rule takes: IPv4, IPv6, references."""
    return (*weights(rule.peer, lists), int(rule.peer.kind == "group"))

"""Makes two sides comparable: one scope, what is renamed under its new key, references that lead somewhere.

Works on rulebooks alone; knows no traffic.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from sgstrat.reach.diff_model import Books
from sgstrat.rulebook.model import Group, Peer, PrefixList, Reference, Rule, Rulebook, TargetName, Workload

Renames = dict[TargetName, dict[str, str]]


class Sides(NamedTuple):
    """Both sides with the new side's keys. ``groups`` and ``lists`` are the renamed ones: old key to new, by target."""

    old: Books
    new: Books
    groups: Renames
    lists: Renames


def match(old: Books, new: Books, scope: frozenset[TargetName] | None = None) -> Sides:
    """Both sides as they can be compared. ``scope`` limits both to some targets; None: every target of either."""
    if scope is not None:
        old = {name: book for name, book in old.items() if name in scope}
        new = {name: book for name, book in new.items() if name in scope}
    groups = {name: _renamed(old[name].groups, book.groups) for name, book in new.items() if name in old}
    lists = {name: _renamed(_own(old[name]), _own(book)) for name, book in new.items() if name in old}
    groups, lists = _some(groups), _some(lists)
    if groups or lists:
        old = {name: _rename(book, groups, lists) for name, book in old.items()}
    return Sides(_anchored(old), _anchored(new), groups, lists)


def _own(book: Rulebook) -> tuple[PrefixList, ...]:
    return tuple(each for each in book.prefix_lists if each.origin == "own")


def _some(renames: Renames) -> Renames:
    return {name: keys for name, keys in renames.items() if keys}


def _renamed(old: Iterable[Group | PrefixList], new: Iterable[Group | PrefixList]) -> dict[str, str]:
    """Old key to new key of what says ``formerly``."""
    before, after = {each.key for each in old}, {each.key for each in new}
    return {
        key: each.key
        for each in new
        if each.key not in before
        for key in each.formerly
        if key in before and key not in after
    }


class _Names:
    """What one book's names become."""

    def __init__(self, book: Rulebook, groups: Renames, lists: Renames) -> None:
        self.groups = dict(groups.get(book.target, {}))
        self.lists = dict(lists.get(book.target, {}))
        for each in book.references:
            renames = groups if each.kind == "group" else lists
            new = renames.get(each.target, {}).get(each.own_key)
            if new is not None:
                (self.groups if each.kind == "group" else self.lists)[each.key] = each.renamed(new)

    def __bool__(self) -> bool:
        return bool(self.groups or self.lists)

    def rule(self, rule: Rule) -> Rule:
        kind, name = rule.peer
        names = self.groups if kind == "group" else self.lists if kind == "prefix_list" else {}
        return replace(rule, peer=Peer(kind, names[name])) if name in names else rule

    def group(self, group: Group) -> Group:
        key = self.groups.get(group.key, group.key)
        return replace(
            group, key=key, ingress=tuple(map(self.rule, group.ingress)), egress=tuple(map(self.rule, group.egress))
        )

    def list(self, each: PrefixList) -> PrefixList:
        return replace(each, key=self.lists.get(each.key, each.key))

    def reference(self, each: Reference) -> Reference:
        names = self.groups if each.kind == "group" else self.lists
        return replace(each, key=names.get(each.key, each.key))

    def workload(self, each: Workload) -> Workload:
        return replace(each, groups=tuple(self.groups.get(key, key) for key in each.groups))


def _rename(book: Rulebook, groups: Renames, lists: Renames) -> Rulebook:
    names = _Names(book, groups, lists)
    if not names:
        return book
    return replace(
        book,
        groups=tuple(map(names.group, book.groups)),
        prefix_lists=tuple(map(names.list, book.prefix_lists)),
        references=tuple(map(names.reference, book.references)),
        workloads=tuple(map(names.workload, book.workloads)),
    )


def _anchored(books: Books) -> Books:
    """The books without references to what is not among them: that is as unknown as what others manage."""
    made = {(name, "group", each.key) for name, book in books.items() for each in book.groups}
    made |= {(name, "prefix_list", each.key) for name, book in books.items() for each in _own(book)}

    def is_here(each: Reference) -> bool:
        return (each.target, each.kind, each.own_key) in made

    def anchor(book: Rulebook) -> Rulebook:
        kept = tuple(filter(is_here, book.references))
        if len(kept) == len(book.references):
            return book
        keys = {each.key for each in kept}
        lists = tuple(
            replace(each, origin="existing") if each.origin == "foreign" and each.key not in keys else each
            for each in book.prefix_lists
        )
        return replace(book, references=kept, prefix_lists=lists)

    return {name: anchor(book) for name, book in sorted(books.items())}

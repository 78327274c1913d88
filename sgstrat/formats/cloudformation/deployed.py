"""SG602 and SG604: what becomes of stacks that the last build was deployed as.

A resource that goes to another stack is made anew. CloudFormation refuses to delete an export in use, and templates are
deployed in an order in which what is imported comes first. Source: CloudFormation user guide, "Get exported outputs
from a deployed CloudFormation stack".
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from sgstrat.diagnostics.finding import Findings
from sgstrat.formats.cloudformation.parts import Stack, stacks
from sgstrat.formats.cloudformation.places import UnitPlaces, read_places
from sgstrat.rulebook.model import Peer, Rulebook, TargetName
from sgstrat.rulebook.previous import Previous
from sgstrat.solve.lock import Lock

_MOST_NAMED = 4


class _Template(NamedTuple):
    """A template as the last build wrote it: ``made`` are its own groups and lists, ``named`` all that are in it."""

    target: TargetName
    name: str
    made: frozenset[Peer]
    named: frozenset[Peer]


def check_deployed(
    books: Mapping[TargetName, Rulebook],
    previous: Mapping[TargetName, Previous],
    lock_before: Lock,
    lock: Lock,
    findings: Findings,
) -> None:
    """Warn of what may go to another template, and of what is no longer exported and was imported.

    ``previous`` are the last build's rulebooks and ``lock_before`` is its own. One that cannot be read says nothing
    here.
    """
    for target, book in books.items():
        old = previous.get(target)
        if old is not None:
            places_before, places = read_places(lock_before, target), read_places(lock, target)
            _check_moves(book, old, places_before.main, places.main, findings)
            gone = _gone(book, old, places_before.main, places.main)
            if gone and old.book is not None:
                there = {each.name for each in stacks(book, places=places)}
                _check_removals(book, old.book, gone, there, previous, lock_before, findings)


def _check_moves(book: Rulebook, old: Previous, before: UnitPlaces, after: UnitPlaces, findings: Findings) -> None:
    """SG602 where there are several templates at once, and nothing says what is deployed in which."""
    if before.are_kept or not after.are_several:
        return
    groups, lists = old.member("groups"), old.member("prefix_lists")
    moved = [
        f"group {each.key}"
        for each in book.groups
        if after.groups.get(each.identity, 1) > 1 and not groups.keys().isdisjoint((each.key, *each.formerly))
    ]
    moved += [
        f"prefix list {each.key}"
        for each in book.prefix_lists
        if after.lists.get(each.identity or each.key, 1) > 1 and not lists.keys().isdisjoint((each.key, *each.formerly))
    ]
    if moved:
        findings.add(
            "SG602",
            f"{_few(moved)} of the last build go{'es' if len(moved) == 1 else ''} beside the first template, and "
            "sgstrat.lock does not say where they are deployed: what goes to another template is replaced in AWS",
            book.span,
            help="restore sgstrat.lock from version control; where it had no lines of this target yet, first build and "
            "deploy a part of what is new, so that all still fits into one template",
            environment=book.environment,
        )


def _check_removals(
    book: Rulebook,
    before: Rulebook,
    gone: frozenset[Peer],
    there: Collection[str],
    previous: Mapping[TargetName, Previous],
    lock_before: Lock,
    findings: Findings,
) -> None:
    """SG604 for what is gone. ``there`` are the names of the templates that there still are."""
    own = tuple(_templates(before, lock_before))
    # a stack whose template is gone is deleted when all others are deployed
    homes = [each for each in own if each.made & gone and each.name in there]
    removed = frozenset(peer for each in homes for peer in each.made & gone)
    importers = [each for each in own if (each.named - each.made) & removed]
    importers += _others(book.target, removed, previous, lock_before)
    if importers:
        _report(book, removed, homes, importers, findings)


def _gone(book: Rulebook, previous: Previous, before: UnitPlaces, after: UnitPlaces) -> frozenset[Peer]:
    """What the last build made that has no successor, or none with an export: lists have one beside other templates."""
    groups = {key for each in book.groups for key in (each.key, *each.formerly)}
    alone = before.are_several and not after.are_several
    lists = {key for each in book.prefix_lists for key in (each.key, *each.formerly) if not alone}
    return frozenset(
        (
            *(Peer("group", key) for key in previous.member("groups").keys() - groups),
            *(Peer("prefix_list", key) for key in previous.member("prefix_lists").keys() - lists),
        )
    )


def _templates(book: Rulebook, lock: Lock) -> Iterator[_Template]:
    for stack in stacks(book, places=read_places(lock, book.target)):
        made = (
            *(Peer("group", each.key) for each in stack.groups),
            *(Peer("prefix_list", each.key) for each in stack.lists),
        )
        yield _Template(book.target, stack.name, frozenset(made), frozenset(_named(stack)))


def _named(stack: Stack) -> Iterator[Peer]:
    for part in stack.unit.groups:
        yield Peer("group", part.group.key)
        yield from (rule.peer for rule in (*part.ingress, *part.egress))
    for workload in stack.workloads:
        yield from (Peer("group", key) for key in workload.groups)


def _others(
    target: TargetName, gone: frozenset[Peer], previous: Mapping[TargetName, Previous], lock: Lock
) -> Iterator[_Template]:
    """The templates of other targets that import some of the groups. Another account knows no exports."""
    keys = {peer.name for peer in gone if peer.kind == "group"}
    for name, other in previous.items():
        if name == target or not any(_is_of(each, target) for each in other.member("references").values()):
            continue
        book = other.book
        if book is not None:
            theirs = {
                Peer("group", each.key)
                for each in book.references
                if each.target == target and each.own_key in keys and each.account is None
            }
            yield from (each for each in _templates(book, lock) if each.named & theirs)


def _is_of(reference: object, target: TargetName) -> bool:
    return isinstance(reference, dict) and tuple(map(reference.get, TargetName._fields)) == target


def _report(
    book: Rulebook,
    gone: Collection[Peer],
    homes: Sequence[_Template],
    importers: Sequence[_Template],
    findings: Findings,
) -> None:
    what = _few(sorted(f"{'group' if peer.kind == 'group' else 'prefix list'} {peer.name}" for peer in gone))
    users = [_shown(each, book) for each in reversed(importers)]
    own = ", ".join(_shown(each, book) for each in reversed(homes))
    findings.add(
        "SG604",
        f"{what} {'is' if len(gone) == 1 else 'are'} no longer exported, but {_few(users)} as deployed "
        f"import{'s' if len(users) == 1 else ''} {'it' if len(gone) == 1 else 'them'}: CloudFormation refuses that",
        book.span,
        help=f"deploy {_few(users)} first (delete the stack where its file is gone), then {own}; with nested stacks, "
        "or where more changes, in two steps: take away what names it, build and deploy that, then take away the rest",
        environment=book.environment,
    )


def _shown(template: _Template, book: Rulebook) -> str:
    return template.name if template.target == book.target else f"{template.name} of {template.target}"


def _few(names: list[str]) -> str:
    return ", ".join(names[:_MOST_NAMED]) + (f", ... ({len(names)} in all)" if len(names) > _MOST_NAMED else "")

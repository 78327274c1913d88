"""SG602 and SG604: what becomes of stacks that the last build was deployed as.

A resource that goes to another stack, or gets another logical id, is made anew. CloudFormation refuses to delete an
export in use, and templates are deployed in an order in which what is imported comes first. Source: CloudFormation user
guide, "Get exported outputs from a deployed CloudFormation stack".
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from sgstrat.diagnostics.finding import Findings
from sgstrat.diagnostics.suggest import shortened
from sgstrat.formats.cloudformation.parts import Stack, stacks
from sgstrat.formats.cloudformation.places import Places, UnitPlaces, read_places
from sgstrat.rulebook.model import Group, PrefixList, Rulebook, TargetName
from sgstrat.rulebook.previous import Previous
from sgstrat.solve.lock import Lock

_MOST_NAMED = 4
_MOST_ADVISED = 50


class _Item(NamedTuple):
    """A group or prefix list of one target, by its identity."""

    kind: str
    identity: str


class _Template(NamedTuple):
    """What a template exports, and all of its target's items that are in it."""

    name: str
    exported: frozenset[_Item]
    named: frozenset[_Item]


class _Deployed(NamedTuple):
    """The last build of one target, read as far as it was needed, and this one of it."""

    book: Rulebook
    old: Previous
    before: Places
    after: Places


def check_deployed(
    books: Mapping[TargetName, Rulebook],
    previous: Mapping[TargetName, Previous],
    lock_before: Lock,
    lock: Lock,
    findings: Findings,
) -> None:
    """Warn of what is made anew, and of what is no longer exported and was imported.

    ``previous`` are the last build's rulebooks and ``lock_before`` is its own. One that cannot be read says nothing
    here.
    """
    for target, book in books.items():
        old = previous.get(target)
        if old is not None:
            this = _Deployed(book, old, read_places(lock_before, target), read_places(lock, target))
            known = _known(old)
            _check_moves(this, known, findings)
            _check_ids(this, known, findings)
            if _may_lose(this, known):
                _check_exports(this, previous, lock_before, findings)


def _known(old: Previous) -> dict[tuple[str, str], str]:
    """The identity of each group and list of the last build, by kind and key."""
    found = {}
    for kind, table in (("group", "groups"), ("prefix list", "prefix_lists")):
        for key, data in old.member(table).items():
            former = data.get("formerly") if isinstance(data, dict) else None
            found[kind, key] = str(former[0]) if isinstance(former, list) and former else key
    return found


def _items(book: Rulebook) -> Iterator[tuple[str, Group | PrefixList]]:
    yield from (("group", each) for each in book.groups)
    yield from (("prefix list", each) for each in book.prefix_lists if each.origin == "own")


def _check_moves(this: _Deployed, known: Mapping[tuple[str, str], str], findings: Findings) -> None:
    """SG602 where there are several templates, and nothing says in which of them something is deployed."""
    before, after = this.before.main, this.after.main
    if not after.are_several:
        return
    deployed = {(kind, identity) for (kind, _), identity in known.items()}
    moved = [
        f"{kind} {each.key}"
        for kind, each in _items(this.book)
        if (kind, each.identity) in deployed
        and _place(before, kind, each) is None
        and (before.are_kept or (_place(after, kind, each) or 1) > 1)
    ]
    if moved:
        findings.add(
            "SG602",
            f"sgstrat.lock does not say in which template {shortened(moved, _MOST_NAMED)} of the last build "
            f"{'is' if len(moved) == 1 else 'are'} deployed: what goes to another is replaced in AWS",
            this.book.span,
            help="restore sgstrat.lock from version control; where it had no lines of this target yet, first build and "
            "deploy a part of what is new, so that all still fits into one template",
            environment=this.book.environment,
        )


def _place(places: UnitPlaces, kind: str, each: Group | PrefixList) -> int | None:
    return (places.groups if kind == "group" else places.lists).get(each.identity)


def _check_ids(this: _Deployed, known: Mapping[tuple[str, str], str], findings: Findings) -> None:
    """SG602 where a key stays and its oldest name, of which logical ids and exports are made, is another."""
    for kind, each in _items(this.book):
        was, now = known.get((kind, each.key)), each.identity
        if was is not None and was != now:
            findings.add(
                "SG602",
                f"the oldest name of {kind} {each.key} changes from {was} to {now}, and with it the logical id: "
                "CloudFormation replaces it",
                each.span or this.book.span,
                help=f"keep formerly as it was, with {was} as the first name"
                if was != each.key
                else f"take {now} out of formerly: {each.key} is deployed under its own name",
                environment=this.book.environment,
            )


def _may_lose(this: _Deployed, known: Mapping[tuple[str, str], str]) -> bool:
    """Whether a template may no longer export what it did: what is gone, or lists where one template is left."""
    now = {(kind, each.identity) for kind, each in _items(this.book)}
    is_gone = any((kind, identity) not in now for (kind, _), identity in known.items())
    return is_gone or (this.before.main.are_several and not this.after.main.are_several)


def _check_exports(
    this: _Deployed, previous: Mapping[TargetName, Previous], lock_before: Lock, findings: Findings
) -> None:
    """SG604 for what was exported, is no longer, and is imported by a template as deployed."""
    if this.old.book is None:
        return
    own = tuple(_templates(this.old.book, this.before))
    now = {each.name: each.exported for each in _templates(this.book, this.after)}
    lost = frozenset(item for each in own for item in each.exported - now.get(each.name, each.exported))
    importers: dict[str, _Template] = {}
    gone = lost
    # a stack whose template is gone is deleted when all others are deployed; if before, what it exports is lost too
    while gone:
        found = [each for each in own if (each.named - each.exported) & gone and each.name not in importers]
        importers.update((each.name, each) for each in found)
        gone = frozenset(item for each in found if each.name not in now for item in each.exported)
        lost |= gone
    others = tuple(_others(this.book.target, lost, previous, lock_before))
    homes = ", ".join(each.name for each in own if each.exported & lost and each.name not in importers)
    if importers or others:
        in_order = (each.name for each in reversed(own) if each.name in importers)
        _report(this.book, lost, homes, (*others, *in_order), findings)


def _templates(book: Rulebook, places: Places) -> Iterator[_Template]:
    items = {(kind, each.key): _Item(kind, each.identity) for kind, each in _items(book)}
    for stack in stacks(book, places=places):
        exported = (
            *(items["group", each.key] for each in stack.groups),
            *(items["prefix list", each.key] for each in stack.exported_lists),
        )
        named = frozenset(items[name] for name in _named(stack) if name in items)
        yield _Template(stack.name, frozenset(exported), named)


def _named(stack: Stack) -> Iterator[tuple[str, str]]:
    for part in stack.unit.groups:
        yield "group", part.group.key
        for rule in (*part.ingress, *part.egress):
            yield rule.peer.kind.replace("_", " "), rule.peer.name
    for workload in stack.workloads:
        yield from (("group", key) for key in workload.groups)


def _others(
    target: TargetName, lost: frozenset[_Item], previous: Mapping[TargetName, Previous], lock_before: Lock
) -> Iterator[str]:
    """The templates of other targets that import some of the groups. Another account knows no exports."""
    for name, other in previous.items():
        if name == target or not any(_is_of(each, target) for each in other.member("references").values()):
            continue
        book = other.book
        if book is not None:
            theirs = {
                ("group", each.key)
                for each in book.references
                if each.target == target and _Item("group", each.identity) in lost and each.account is None
            }
            for stack in stacks(book, places=read_places(lock_before, name)):
                if not theirs.isdisjoint(_named(stack)):
                    yield f"{stack.name} of {name}"


def _is_of(reference: object, target: TargetName) -> bool:
    return isinstance(reference, dict) and tuple(map(reference.get, TargetName._fields)) == target


def _report(
    book: Rulebook,
    lost: Collection[_Item],
    homes: str,
    users: Sequence[str],
    findings: Findings,
) -> None:
    what = shortened(sorted(map(" ".join, lost)), _MOST_NAMED)
    findings.add(
        "SG604",
        f"{what} {'is' if len(lost) == 1 else 'are'} no longer exported, "
        f"but {shortened(users, _MOST_NAMED)} as deployed "
        f"import{'s' if len(users) == 1 else ''} {'it' if len(lost) == 1 else 'them'}: CloudFormation refuses that",
        book.span,
        help=f"deploy {shortened(users, _MOST_ADVISED)} first, in this order "
        f"(delete the stack where its file is gone), then {homes}; with nested stacks, or where more changes, in two "
        "steps: take away what names it, build and deploy that, then take away the rest",
        environment=book.environment,
    )

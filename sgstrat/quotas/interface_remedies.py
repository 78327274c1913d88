"""What would make room on a network interface with too many groups, each worked out on the workload itself.

A new remedy is a function and a line in :data:`REMEDIES`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from sgstrat.facts.limits import limit
from sgstrat.quotas.estate import Estate, Place, carried
from sgstrat.quotas.use import Contributor, Remedy, raised
from sgstrat.rulebook.model import Group, Rulebook, Workload
from sgstrat.solve.assignment import Item, assign
from sgstrat.solve.optimize import optimized
from sgstrat.solve.pack import groups_if_fused
from sgstrat.solve.split import fewest_parts


class Crowded(NamedTuple):
    """A workload, and all that is known around it."""

    estate: Estate
    book: Rulebook
    workload: Workload

    @property
    def total(self) -> int:
        return carried(self.workload)

    @property
    def most(self) -> int:
        return self.book.quotas.groups_per_eni

    @property
    def places(self) -> dict[str, Place]:
        """Where each group that it carries is made; existing ones are not among them."""
        found = {key: self.estate.workspace.locate(self.book, key) for key in self.workload.groups}
        return {key: place for key, place in found.items() if place is not None}


def interface_remedies(crowded: Crowded) -> tuple[Remedy, ...]:
    """All that helps, in the order in which to try it."""
    return tuple(found for each in REMEDIES for found in each(crowded))


class Carried(NamedTuple):
    """What an interface carries: whole groups, and divided ones with the number of their parts."""

    whole: tuple[str, ...]
    parts: tuple[tuple[str, int], ...]
    reserved: int

    @property
    def undivided(self) -> int:
        """How many it would be if no group were divided."""
        return len(self.whole) + len(self.parts) + self.reserved

    @property
    def contributors(self) -> tuple[Contributor, ...]:
        """All of it, the divided groups first."""
        found = [Contributor(*each) for each in self.parts]
        found += [Contributor("reserved_groups", self.reserved)] if self.reserved else []
        return (*found, *(Contributor(key, 1) for key in self.whole))


def carried_groups(crowded: Crowded) -> Carried:
    """What the interface carries; divided groups as rules name them."""
    whole: list[str] = []
    parts: dict[str, int] = defaultdict(int)
    for key in crowded.workload.groups:
        place = crowded.estate.workspace.locate(crowded.book, key)
        first = None if place is None else crowded.estate.whole(place)
        if place is None or first is None:
            whole.append(key)
        else:
            parts[_called(key, place, first)] += 1
    return Carried(tuple(whole), tuple(parts.items()), crowded.workload.reserved_groups)


def _called(key: str, place: Place, first: Place) -> str:
    """How the target calls the whole of which it calls a part ``key``: with the same strategy before it."""
    return key.removesuffix(place[1]) + first[1]


def _fewer_parts(crowded: Crowded) -> Iterator[Remedy]:
    """Divided groups that need fewer parts: divided afresh, or with their rules merged."""
    firsts: dict[Place, str] = {}
    for key, place in crowded.places.items():
        first = crowded.estate.whole(place)
        if first is not None:
            firsts.setdefault(first, _called(key, place, first))
    for first, name in firsts.items():
        book = crowded.estate.workspace.rulebooks[first[0]]
        now = len(crowded.estate.parts[first])
        group = _undivided(crowded.estate, first)
        afresh = _count(book, group)
        merged = _count(book, optimized(replace(book, groups=(group,))).groups[0])
        if merged < min(now, afresh):
            text = f"optimize: true, with which {name} takes {_parts(merged)} in place of {now}"
            yield Remedy("optimize", text, crowded.total - now + merged, crowded.most)
        if afresh < now:
            text = f"without its lines in sgstrat.lock {name} takes {_parts(afresh)} in place of {now}, and rules move"
            yield Remedy("afresh", text, crowded.total - now + afresh, crowded.most)


def _parts(count: int) -> str:
    return f"{count} part{'s' * (count > 1)}"


def _undivided(estate: Estate, first: Place) -> Group:
    parts = [estate.workspace.groups[first[0], key] for key in estate.parts[first]]
    return replace(
        parts[0],
        ingress=tuple(rule for part in parts for rule in part.ingress),
        egress=tuple(rule for part in parts for rule in part.egress),
    )


def _count(book: Rulebook, group: Group) -> int:
    """The fewest parts of a group; it is divided, so every rule fits in one."""
    numbers = fewest_parts(book, group) or {}
    return len({1, *(number for each in numbers.values() for number in each.values())})


def _pack(crowded: Crowded) -> Iterator[Remedy]:
    """What ``pack: true`` makes of a workload over its budget. Composites are made of whole groups."""
    estate, book = crowded.estate, crowded.book
    if crowded.total <= crowded.most or any(estate.whole(place) is not None for place in crowded.places.values()):
        return
    count = groups_if_fused(estate.workspace, book, crowded.workload)
    if count is not None:
        yield Remedy("pack", "pack: true, which fuses groups of this workload", count, crowded.most)


def _fuse(crowded: Crowded) -> Iterator[Remedy]:
    """Groups of the strategy that the same workloads carry: written as one, nothing that is allowed changes.

    Baseline groups only with their like, since new workloads will carry them too.
    """
    together: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for key, place in crowded.places.items():
        if place[0] == crowded.book.target and crowded.estate.whole(place) is None:
            group = crowded.estate.workspace.groups[place]
            users = frozenset((book.target, each.key) for book, each in crowded.estate.carriers[place])
            together[users, group.kind == "baseline", group.enforce].append(key)
    for keys in together.values():
        fewest = _fused(crowded, keys) if len(keys) > 1 else len(keys)
        if fewest < len(keys):
            one = "one group" if fewest == 1 else f"{fewest} groups"
            text = f"{', '.join(sorted(keys))} written as {one}, since the same workloads carry them"
            yield Remedy("fuse", text, crowded.total - len(keys) + fewest, crowded.most)


def _fused(crowded: Crowded, keys: list[str]) -> int:
    """How many groups take the rules of all of these; duplicates are not taken off, so it may be fewer."""
    most = crowded.book.quotas.rules_per_group
    loads = {key: crowded.estate.loads((crowded.book.target, key)) for key in keys}
    items = [Item(key, tuple(load.total for load in four)) for key, four in loads.items()]
    if any(weight > most for item in items for weight in item.weights):
        return len(keys)
    return len(set(assign(items, (most,) * 4, {}).values()))


def _leave_out(crowded: Crowded) -> Iterator[Remedy]:
    """Baseline groups of the strategy that are not enforced: the workload may do without."""
    found = [
        key
        for key, place in crowded.places.items()
        if place[0] == crowded.book.target
        and (group := crowded.estate.workspace.groups[place]).kind == "baseline"
        and not group.enforce
        and crowded.estate.whole(place) is None
    ]
    if found:
        text = f"baseline: on the workload without {', '.join(found)} and what {'they' if found[1:] else 'it'} allow"
        text += "s" * (len(found) == 1)
        yield Remedy("baseline", text, crowded.total - len(found), crowded.most)


def _raise(crowded: Crowded) -> Iterator[Remedy]:
    """The quota itself, which AWS raises up to 16 and up to a product with the rules of a group."""
    product, rules = limit("rules_per_eni_product"), crowded.book.quotas.rules_per_group
    ceiling = min(limit("groups_per_eni_most"), product // rules)
    if ceiling > crowded.most:
        bound = f"at most {ceiling} beside rules_per_group {rules}: the product is at most {product}"
        yield raised("groups_per_eni", crowded.total, crowded.most, ceiling, bound)


REMEDIES: tuple[Callable[[Crowded], Iterator[Remedy]], ...] = (_fewer_parts, _pack, _fuse, _leave_out, _raise)

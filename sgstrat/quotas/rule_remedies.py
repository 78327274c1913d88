"""What would make room in a group with too many rules, each worked out on the group itself.

Nothing is said that does not help: a prefix list in place of as many CIDRs counts the same, so nobody is told to make
one.
A new remedy is a function and a line in :data:`REMEDIES`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from sgstrat.facts.limits import limit
from sgstrat.net.cidr import Cidr, parse_cidr
from sgstrat.quotas.estate import Estate, carried
from sgstrat.quotas.use import Contributor, Remedy, raised
from sgstrat.rulebook.model import Direction, Group, Rule, Rulebook
from sgstrat.rulebook.weight import Load, loads, weights
from sgstrat.solve.lock import Numbers
from sgstrat.solve.optimize import optimized
from sgstrat.solve.split import fewest_parts

_MOST_NAMED = 3


class Full(NamedTuple):
    """One direction and family of a group, and all that is known around it."""

    estate: Estate
    book: Rulebook
    group: Group
    load: Load

    @property
    def most(self) -> int:
        return self.book.quotas.rules_per_group

    @property
    def is_part(self) -> bool:
        return self.estate.whole((self.book.target, self.group.key)) is not None


def rule_remedies(full: Full) -> tuple[Remedy, ...]:
    """All that helps, in the order in which to try it."""
    return tuple(found for each in REMEDIES for found in each(full))


def heaviest_rules(full: Full) -> tuple[Contributor, ...]:
    """The rules as written, by what they expand to in this direction and family, the heaviest first."""
    lists = {each.key: each for each in full.book.prefix_lists}
    at = 0 if full.load.family == "ipv4" else 1
    found: dict[str, int] = defaultdict(int)
    for rule in full.group.rules(full.load.direction):
        weight = weights(rule.peer, lists)[at]
        if weight:
            found[written_at(rule)] += weight
    return tuple(Contributor(*each) for each in sorted(found.items(), key=lambda item: (-item[1], item[0])))


def written_at(rule: Rule) -> str:
    """Where a rule is written: its path, and the place where that is known."""
    return f"{rule.source.split(' ', 1)[-1]} at {rule.origin.span}" if rule.origin else rule.source


def _lower_max_entries(full: Full) -> Iterator[Remedy]:
    """Lists that have room for more entries than they hold."""
    named = {name: (weight, count) for name, weight, count in full.load.lists}
    for each in full.book.prefix_lists:
        held = full.estate.entries(full.book, each) if each.key in named else None
        weight, count = named.get(each.key, (0, 0))
        least = max(held or 0, 1)
        if held is None or weight <= least:
            continue
        saves = (weight - least) * count
        where = f"prefix list {each.key}, which holds {held}"
        yield Remedy("max_entries", f"max_entries: {least} on {where}", full.load.total - saves, full.most)


def _merge(full: Full) -> Iterator[Remedy]:
    """``optimize: true``, exactly as it would merge this group."""
    if full.is_part:
        return
    alone = replace(full.book, groups=(full.group,))
    merged = optimized(alone)
    if merged is alone:
        return
    after = _alike(full, merged.groups[0])
    if after < full.load.total:
        yield Remedy("optimize", "optimize: true", after, full.most)


def _alike(full: Full, group: Group) -> int:
    """What another group of the target has in the same direction and family."""
    way = (full.load.direction, full.load.family)
    counted = loads(full.book, group, full.estate.workspace.formats)
    return next(load.total for load in counted if (load.direction, load.family) == way)


def _refer(full: Full) -> Iterator[Remedy]:
    """A group in place of CIDRs that lie in the networks of one of the target's workloads."""
    if full.is_part:
        return
    for workload in full.book.workloads:
        blocks = [parse_cidr(each) for each in workload.networks]
        own = [key for key in workload.groups if key != full.group.key and "/" not in key]
        key = next((each for each in reversed(own) if (full.book.target, each) in full.estate.workspace.groups), None)
        if key is None or not blocks:
            continue
        removed, added = _replaced(full, blocks, key)
        if removed > added:
            text = (
                f"{'from' if full.load.direction == 'ingress' else 'to'}: {key} in place of the CIDRs that lie in the "
                f"networks of workload {workload.key} (it then allows that group alone)"
            )
            yield Remedy("reference", text, full.load.total - removed + added, full.most, _has_room(full, added))


def _replaced(full: Full, blocks: list[Cidr], key: str) -> tuple[int, int]:
    """The rules with CIDRs in these blocks, and the services of theirs that no rule grants the group already."""
    services: Counter[tuple[str, int | None, int | None]] = Counter()
    granted = set()
    for rule in full.group.rules(full.load.direction):
        service = (rule.protocol, rule.from_port, rule.to_port)
        if rule.peer.kind == "group" and rule.peer.name == key:
            granted.add(service)
        elif rule.peer.kind == "cidr" and (":" in rule.peer.name) == (full.load.family == "ipv6"):
            block = parse_cidr(rule.peer.name)
            if any(each.contains(block) for each in blocks):
                services[service] += 1
    return sum(services.values()), len(services.keys() - granted)


def _has_room(full: Full, references: int) -> bool:
    """Whether the other family takes so many more references: they count there too."""
    place = (full.book.target, full.group.key)
    (other,) = (
        load.total
        for load in full.estate.loads(place)
        if load.direction == full.load.direction and load.family != full.load.family
    )
    return other + references <= full.most


def _divide(full: Full) -> Iterator[Remedy]:
    """``overflow: split``, and whether what carries the group has room for the parts."""
    numbers = None if full.is_part else fewest_parts(full.book, full.group)
    if numbers is None:
        return
    parts = len({1, *(number for each in numbers.values() for number in each.values())})
    if parts < 2:
        return
    fullest = max(_alike(full, _part(full.group, numbers, number)) for number in range(1, parts + 1))
    crowded = _crowded(full, parts)
    is_carried = (full.book.target, full.group.key) in full.estate.carriers
    room = "every workload that carries it has room for them" if is_carried else "whatever carries it has to carry all"
    text = f"overflow: split, into {parts} parts; {f'but {crowded}' if crowded else room}"
    yield Remedy("split", text, fullest, full.most, not crowded)


def _part(group: Group, numbers: Mapping[Direction, Numbers], number: int) -> Group:
    return replace(
        group,
        ingress=tuple(rule for rule in group.ingress if numbers["ingress"][rule.identity] == number),
        egress=tuple(rule for rule in group.egress if numbers["egress"][rule.identity] == number),
    )


def _crowded(full: Full, parts: int) -> str:
    """The workloads that would carry too many groups, in words."""
    over = [
        f"{workload.key} would carry {carried(workload) + parts - 1} of {book.quotas.groups_per_eni} groups"
        for book, workload in full.estate.carriers.get((full.book.target, full.group.key), ())
        if carried(workload) + parts - 1 > book.quotas.groups_per_eni
    ]
    more = f" and {len(over) - _MOST_NAMED} more workloads too" if len(over) > _MOST_NAMED else ""
    return f"workload {', '.join(over[:_MOST_NAMED])}{more}" if over else ""


def _raise(full: Full) -> Iterator[Remedy]:
    """The quota itself, which AWS raises up to a product with the groups on a network interface."""
    product, groups = limit("rules_per_eni_product"), full.book.quotas.groups_per_eni
    ceiling = product // groups
    if ceiling > full.most:
        bound = f"at most {ceiling} beside groups_per_eni {groups}: the product is at most {product}"
        yield raised("rules_per_group", full.load.total, full.most, ceiling, bound)


# Cheapest first. Fusing groups (`pack`) makes no group smaller, so it has no place here.
REMEDIES: tuple[Callable[[Full], Iterator[Remedy]], ...] = (_lower_max_entries, _merge, _refer, _divide, _raise)

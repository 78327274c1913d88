"""What one target uses of its limits: rules of groups, groups and rules on network interfaces, entries of prefix lists.

Source of the limits: Amazon VPC user guide, Amazon VPC quotas (``facts.limits``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from sgstrat.quotas.estate import Estate, carried
from sgstrat.quotas.use import ENTRIES_PER_LIST, GROUPS_PER_ENI, RULES_PER_ENI, RULES_PER_GROUP, Use
from sgstrat.rulebook.model import PrefixListOrigin, Rulebook, TargetName, Workload
from sgstrat.rulebook.weight import Load, Part


class ListUse(NamedTuple):
    """A prefix list as a target's rules use it.

    A rule that names it counts ``weight``, however few ``entries`` it has (None where nobody here knows them). As many
    as ``rules`` in ``groups`` name it, so that it costs ``cost`` all in all.
    """

    target: TargetName
    name: str
    origin: PrefixListOrigin
    weight: int
    entries: int | None
    rules: int
    groups: int

    @property
    def cost(self) -> int:
        return self.weight * self.rules


def group_use(estate: Estate, book: Rulebook, key: str, load: Load) -> Use:
    """One direction and family of a group."""
    place = (book.target, key)
    return Use(
        RULES_PER_GROUP,
        key,
        load.total,
        book.quotas.rules_per_group,
        load.parts,
        book.target,
        direction=load.direction,
        family=load.family,
        is_filled=estate.whole(place) is not None or key in estate.composites(book),
        span=estate.workspace.groups[place].span,
    )


def rules_per_group(estate: Estate, book: Rulebook) -> Iterator[Use]:
    """Four uses of each group: ingress and egress, IPv4 and IPv6."""
    for group in book.groups:
        for load in estate.loads((book.target, group.key)):
            yield group_use(estate, book, group.key, load)


def groups_per_eni(book: Rulebook, workload: Workload) -> Use:
    """The groups that each network interface of a workload carries."""
    named, reserved = len(workload.groups), workload.reserved_groups
    parts = [Part(f"group{'s' * (named > 1)}", named)] if named else []
    parts += [Part("reserved", reserved)] if reserved else []
    return Use(
        GROUPS_PER_ENI,
        workload.key,
        carried(workload),
        book.quotas.groups_per_eni,
        tuple(parts),
        book.target,
        span=workload.span,
    )


def rules_per_eni(estate: Estate, book: Rulebook, workload: Workload) -> Iterator[Use]:
    """The rules in force on each network interface of a workload: those of all groups that it carries, added up.

    AWS has no quota of its own for them: as many are allowed as the groups may have together.
    """
    places = {key: estate.workspace.locate(book, key) for key in workload.groups}
    known = {key: estate.loads(place) for key, place in places.items() if place is not None}
    rules = [estate.workspace.rulebooks[place[0]].quotas.rules_per_group for place in places.values() if place]
    most = max((book.quotas.rules_per_group, *rules)) * max(book.quotas.groups_per_eni, 1)
    unknown = carried(workload) - len(known)
    for four in zip(*known.values(), strict=True):
        yield Use(
            RULES_PER_ENI,
            workload.key,
            sum(load.total for load in four),
            most,
            tuple(Part(f"of {key}", load.total) for key, load in zip(known, four, strict=True) if load.total),
            book.target,
            direction=four[0].direction,
            family=four[0].family,
            unknown=unknown,
            span=workload.span,
        )


def entries_per_list(book: Rulebook) -> Iterator[Use]:
    """The entries of each own list: AWS's limit is on the room that is reserved, the list's on what it holds."""
    most = book.quotas.entries_per_prefix_list
    for each in book.prefix_lists:
        if each.origin == "own":
            held, room = len(each.entries), each.weight - len(each.entries)
            parts = [Part(f"entr{'y' if held == 1 else 'ies'}", held)] if held else []
            parts += [Part("more by max_entries", room)] if room > 0 else []
            yield Use(
                ENTRIES_PER_LIST,
                each.key,
                max(each.weight, held),
                min(each.weight, most) if held > each.weight else most,
                tuple(parts),
                book.target,
                span=each.span,
            )


def list_uses(estate: Estate, book: Rulebook) -> Iterator[ListUse]:
    """Every list that the target makes or names."""
    rules: Counter[str] = Counter()
    groups: Counter[str] = Counter()
    for group in book.groups:
        named: dict[str, int] = {}
        for load in estate.loads((book.target, group.key)):
            for key, _, count in load.lists:
                named[key] = named.get(key, 0) + count
        rules.update(named)
        groups.update(named.keys())
    for each in book.prefix_lists:
        entries = estate.entries(book, each)
        yield ListUse(book.target, each.key, each.origin, each.weight, entries, rules[each.key], groups[each.key])

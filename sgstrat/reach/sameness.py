"""Whether two compilations of a workspace allow the same: every group by itself, and what carries which groups.

Stricter than a comparison of who reaches whom, and quicker. Knows rulebooks, not what was changed between them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from sgstrat.net.interval import Interval, Intervals, union
from sgstrat.net.traffic import Rectangle, Traffic
from sgstrat.reach.grants import Grant, GrantIndex
from sgstrat.reach.hosts import Token
from sgstrat.rulebook.model import DIRECTIONS, Rule, Rulebook, TargetName
from sgstrat.rulebook.workspace import Workspace

Books = Mapping[TargetName, Rulebook]


def same_traffic(old: Books, new: Books) -> bool:
    """Whether both have the same targets, groups and workloads, and every group lets through exactly the same.

    What no rule of any group depends on, such as an unused prefix list, makes no difference.
    """
    if old.keys() != new.keys():
        return False
    before, after = GrantIndex(Workspace(old)), GrantIndex(Workspace(new))
    return all(_same_book(old[name], new[name], before, after) for name in old)


def _same_book(old: Rulebook, new: Rulebook, before: GrantIndex, after: GrantIndex) -> bool:
    if _surroundings(old) != _surroundings(new):
        return False
    same_names = (old.prefix_lists, old.references, old.existing) == (new.prefix_lists, new.references, new.existing)
    for was, now in zip(old.groups, new.groups, strict=True):
        for direction in DIRECTIONS:
            if same_names and _content(was.rules(direction)) == _content(now.rules(direction)):
                continue
            place = (old.target, was.key)
            if _allowed(before.grants(place, direction)) != _allowed(after.grants(place, direction)):
                return False
    return True


def _surroundings(book: Rulebook) -> tuple[object, ...]:
    """All that decides on traffic beside rules: who carries what, and where."""
    groups = [(group.key, group.identity, group.name, group.kind, group.enforce) for group in book.groups]
    workloads = [(each.key, each.groups, each.reserved_groups, each.networks) for each in book.workloads]
    return (book.account, book.region, book.vpc, book.default_group, groups, workloads)


def _content(rules: Iterable[Rule]) -> list[tuple[object, ...]]:
    return [(rule.protocol, rule.from_port, rule.to_port, rule.peer) for rule in rules]


def _allowed(grants: Iterable[Grant]) -> tuple[object, ...]:
    """All that the rules of a group let through, added up: by address, by group, by list of unknown content."""
    by_token: dict[Token, list[Interval]] = defaultdict(list)
    rectangles: list[Rectangle] = []
    for grant in grants:
        token = grant.reference or grant.unknown_list
        if token is not None:
            by_token[token].append(grant.kinds)
        rectangles += [Rectangle(grant.kinds, each) for each in grant.addresses]
    kinds: dict[Token, Intervals] = {token: union(parts) for token, parts in by_token.items()}
    return kinds, Traffic.of(rectangles)

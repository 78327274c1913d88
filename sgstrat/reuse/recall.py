"""What has to be compiled again after a change, and whether a part that was compiled alone came out as with the rest.

When in doubt, everything is compiled: an error, another file, a target that moved, an account and region that fill up.
So a part has neither a finding too many nor one too few.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from sgstrat.diagnostics.finding import Finding
from sgstrat.facts.limits import limit
from sgstrat.pipeline import Compilation
from sgstrat.reuse.record import Cluster, Record, Usage
from sgstrat.reuse.remember import clusters_of, is_divisible, usages
from sgstrat.rulebook.model import TargetName
from sgstrat.rulebook.targets import Sharer

_MOST = 0.5
"""The share of the clusters up to which a part is compiled; for more, the whole is as quick."""


class Part(NamedTuple):
    """The clusters to compile again: their strategies and files, the strategies of all others, and their targets."""

    strategies: frozenset[str]
    files: frozenset[str]
    others: frozenset[str]
    sharers: tuple[Sharer, ...]


def part_of(record: Record, files: Mapping[str, str], lock: str, damaged: Collection[TargetName]) -> Part | None:
    """What to compile where ``files`` (digests by path) and sgstrat.lock are so; None where that is everything.

    ``damaged`` are the targets whose files are not as the last build left them.
    """
    if not record.is_divisible or record.lock != lock or record.files.keys() != files.keys():
        return None
    changed = {path for path, value in files.items() if record.files[path] != value}
    owners = {name.strategy for name in damaged}
    chosen = [
        each for each in record.clusters if not changed.isdisjoint(each.files) or not owners.isdisjoint(each.strategies)
    ]
    mine = frozenset(path for each in chosen for path in each.files)
    if not changed <= mine or len(chosen) > _MOST * len(record.clusters):
        return None
    names = frozenset(name for each in chosen for name in each.strategies)
    others = frozenset(name for each in record.clusters for name in each.strategies) - names
    return Part(names, mine, others, tuple(_sharers(record, others)))


def _sharers(record: Record, strategies: frozenset[str]) -> Iterator[Sharer]:
    """How the targets of some strategies look from others in their VPCs."""
    for name, each in record.targets.items():
        if name.strategy in strategies and each.usage.vpc_id and each.usage.names:
            yield Sharer(name, each.usage.vpc_id, each.usage.default_group or None)


def stands_alone(compilation: Compilation, part: Part, record: Record) -> bool:
    """Whether a part, compiled by itself, is what it would be among the others."""
    before = {each.strategies: each.shape for each in record.clusters if part.strategies.issuperset(each.strategies)}
    now = {each.strategies: each.shape for each in clusters_of(compilation, ())}
    others = [each.usage for name, each in record.targets.items() if name.strategy not in part.strategies]
    return (
        not compilation.has_errors
        and before == now
        and is_divisible(compilation, compilation.findings)
        and _have_room([*others, *usages(compilation).values()])
    )


def _have_room(usages: list[Usage]) -> bool:
    """Whether accounts and regions hold and grant it all, and no two groups or lists have one name.

    Else there is SG303, SG304, SG307 or SG216.
    """
    by_vpc: dict[str, list[str]] = defaultdict(list)
    for each in usages:
        if each.vpc_id:
            by_vpc[each.vpc_id] += each.names
    if any(len(set(names)) < len(names) for names in by_vpc.values()):
        return False
    by_place: dict[tuple[str, str], list[Usage]] = defaultdict(list)
    for each in usages:
        by_place[each.account, each.region].append(each)
    for place, same in by_place.items():
        names = [name for each in same for name in each.lists]
        groups = sum(len(each.names) for each in same) + max(each.existing_groups for each in same)
        lists = len(names) + max(each.existing_lists for each in same)
        product = max(each.rules_per_group for each in same) * max(each.groups_per_eni for each in same)
        if (
            len(set(names)) < len(names)
            or (product > limit("rules_per_eni_product") and all(place))
            or groups > max(each.most_groups for each in same)
            or lists > max(each.most_lists for each in same)
        ):
            return False
    return True


def together(compilation: Compilation, part: Part, record: Record) -> tuple[Finding, ...]:
    """The findings of a part as compiled and of all others as remembered, in order of place."""
    kept = (finding for each in _kept(record, part) for finding in each.findings)
    return tuple(sorted((*compilation.findings, *kept), key=lambda each: each.order))


def renewed(record: Record, compilation: Compilation, part: Part, findings: Collection[Finding]) -> tuple[Cluster, ...]:
    """All clusters after a part was compiled and written."""
    return tuple(sorted((*_kept(record, part), *clusters_of(compilation, findings)), key=lambda each: each.strategies))


def _kept(record: Record, part: Part) -> list[Cluster]:
    return [each for each in record.clusters if part.strategies.isdisjoint(each.strategies)]

"""What a build keeps for the next one."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sgstrat.diagnostics.finding import Finding
from sgstrat.language.model import Word
from sgstrat.pipeline import Compilation
from sgstrat.reuse.clusters import clusters
from sgstrat.reuse.record import Cluster, Usage, digest
from sgstrat.rulebook.model import Rulebook, TargetName
from sgstrat.rulebook.view import VpcView, look

_OF_ONE_BUILD = frozenset(("SG602", "SG603", "SG604"))  # compared with what the output folder held before


def is_divisible(compilation: Compilation, findings: Iterable[Finding]) -> bool:
    """Whether every finding belongs to a strategy, and nobody's own checks look at all of them together."""
    if compilation.settings is not None and compilation.settings.checks:
        return False
    files = {path for unit in compilation.source.units for path in unit.files}
    return all(each.span is not None and each.span.file in files for each in findings)


def clusters_of(compilation: Compilation, findings: Collection[Finding]) -> tuple[Cluster, ...]:
    """The clusters of a compilation with what was found in each."""
    units = compilation.source.units
    found = []
    for names in clusters(units):
        files = frozenset(path for unit in units if unit.names.name in names for path in unit.files)
        found.append(
            Cluster(tuple(sorted(names)), _shape(compilation, names), tuple(sorted(files)), _findings(findings, files))
        )
    return tuple(found)


def _findings(findings: Iterable[Finding], files: frozenset[str]) -> tuple[Finding, ...]:
    return tuple(
        each
        for each in findings
        if each.span is not None and each.span.file in files and each.code not in _OF_ONE_BUILD
    )


def _shape(compilation: Compilation, names: frozenset[str]) -> str:
    """What joins strategies or could join them with others: where they are, whom they may name, what they are about."""
    units = [unit for unit in compilation.source.units if unit.names.name in names]
    views = [
        (
            view.names.name,
            view.environment,
            view.values.account,
            view.values.region,
            [(vpc.name, vpc.id, _word(vpc.default_group), _peerings(vpc)) for vpc in view.vpcs.values()],
            [placed.vpcs for placed in view.groups.values() if placed.group.enforce],
        )
        for view in look(unit.names for unit in units).values()
    ]
    known = [
        ([word.text for word in unit.names.strategy.uses], bool(unit.names.strategy.assertions), unit.includes)
        for unit in units
    ]
    targets = [(name, bool(book.groups)) for name, book in compilation.rulebooks.items() if name.strategy in names]
    return digest(repr((views, known, targets)))


def _word(word: Word | None) -> str | None:
    return None if word is None else word.text


def _peerings(vpc: VpcView) -> list[tuple[str | None, str | None]]:
    return [(_word(each.vpc), _word(each.vpc_id)) for each in vpc.peered_with]


def usages(compilation: Compilation) -> dict[TargetName, Usage]:
    """What each target takes of its account, region and VPC."""
    world = look(unit.names for unit in compilation.source.units)
    return {
        name: _usage(book, world[name.strategy, name.environment].vpcs[name.vpc])
        for name, book in compilation.rulebooks.items()
    }


def _usage(book: Rulebook, vpc: VpcView) -> Usage:
    quotas = book.quotas
    return Usage(
        book.account or "",
        book.region or "",
        book.vpc.id.literal or "",
        _word(vpc.default_group) or "",
        tuple((each.name or each.key).lower() for each in book.groups),
        tuple(each.name or each.key for each in book.prefix_lists if each.origin == "own"),
        quotas.rules_per_group,
        quotas.groups_per_eni,
        quotas.groups_per_region,
        quotas.existing_groups,
        quotas.prefix_lists_per_region,
        quotas.existing_prefix_lists,
    )

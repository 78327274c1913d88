"""From the nodes of a workspace to its strategies with every static name checked."""

from __future__ import annotations

from collections.abc import Collection, Mapping as MappingType
from typing import NamedTuple

from sgstrat.diagnostics.finding import Finding, Findings, Related
from sgstrat.language.assemble import Assembled, assemble, value_of
from sgstrat.language.fields import SETTINGS, STRATEGY
from sgstrat.language.gate import check_schema
from sgstrat.language.guardrails import check_settings
from sgstrat.language.inherit import inherit
from sgstrat.language.model import Settings
from sgstrat.language.names import Namespace
from sgstrat.language.references import check_references
from sgstrat.source.span import Span
from sgstrat.syntax.nodes import Mapping, Node


class Unit(NamedTuple):
    """One strategy, read: its names, the files it was made of (its own first), and what it includes, by file."""

    names: Namespace
    file: str
    files: tuple[str, ...]
    includes: tuple[tuple[str, str], ...] = ()


class Source(NamedTuple):
    """The whole workspace, read and checked by itself."""

    settings: Settings | None
    units: tuple[Unit, ...]


def decode(
    files: MappingType[str, Node | None],
    settings_node: Node | None,
    findings: Findings,
    settings_unread: bool = False,
    others: Collection[str] = (),
) -> Source:
    """Read every strategy of the workspace; whatever is wrong becomes a finding, all of it at once.

    ``files`` that could not be parsed are None, and what ``findings`` holds of them (or of sgstrat.yaml, when it is
    ``settings_unread``) stands for all that they would have brought: names that only they could declare are not
    unknown. ``others`` are the names of strategies that sgstrat.yaml may name and that are not read.
    """
    unread = tuple(item.span for item in findings.raw() if item.is_error and item.span is not None)
    own = Findings()
    settings: Settings | None = SETTINGS.read(settings_node, own) if settings_node is not None else None
    if settings_node is not None and not findings.has_errors and not own.has_errors:
        check_schema("workspace", settings_node, own)
    if isinstance(settings_node, Mapping):
        settings_unread = settings_unread or _loses_names(settings_node, own)
    findings.extend(own.raw())
    assembled = assemble(files, findings)
    broken = frozenset(path for path, node in files.items() if node is None)
    units = [
        _read(each, settings, each.is_whole and broken.isdisjoint(each.files) and not settings_unread, unread, findings)
        for each in assembled
    ]
    by_name = _unique_names(units, findings)
    parts = {path for each in assembled for path in each.files}
    for unit in units:
        unit.names.connect(by_name, findings, all_known=broken <= parts)
    for unit in units:
        check_references(unit.names, findings)
    if settings is not None and broken <= parts:
        check_settings(settings, {*by_name, *others}, findings, is_whole=not settings_unread)
    return Source(settings, tuple(unit for unit in units if unit.names.name))


def _read(
    assembled: Assembled, settings: Settings | None, is_whole: bool, unread: tuple[Span, ...], findings: Findings
) -> Unit:
    own = Findings()
    strategy = STRATEGY.read(assembled.node, own)
    if not own.has_errors:
        check_schema("strategy", assembled.node, own)
    findings.extend(item for item in own.result() if not _is_missing_unread(item, assembled, is_whole, unread))
    is_whole = is_whole and not _loses_names(assembled.node, own)
    names = Namespace(inherit(strategy, settings, findings), findings, is_whole=is_whole)
    return Unit(names, assembled.file, assembled.files, assembled.includes)


def _is_missing_unread(item: Finding, assembled: Assembled, is_whole: bool, unread: tuple[Span, ...]) -> bool:
    """Whether a key may only be missing because YAML could not read it, which has had its finding."""
    if item.code != "SG111" or item.span is None:
        return False
    if not is_whole and item.span == assembled.node.span:
        return True
    first, last = item.span[1:3], item.span[3:5]
    return any(span.file == item.span.file and first <= span[1:3] < last for span in unread)


def _loses_names(node: Mapping, own: Findings) -> bool:
    """Whether a whole table of names was not read.

    It stands at an unknown key, is no mapping, or is the groups and missing.
    """
    groups = value_of(node, "groups")
    if groups is None and value_of(node, "strategy") is not None:
        return True
    tables = (*node.entries, *(groups.entries if isinstance(groups, Mapping) else ()))
    lost = {entry.key.span for entry in tables if isinstance(entry.value, Mapping)}
    lost.update(entry.value.span for entry in tables if not isinstance(entry.value, Mapping))
    return any(item.code in ("SG110", "SG112") and item.span in lost for item in own.raw())


def _unique_names(units: list[Unit], findings: Findings) -> dict[str, Namespace]:
    by_name: dict[str, Namespace] = {}
    for unit in units:
        if not unit.names.name:
            continue  # a finding of the decoder
        first = by_name.setdefault(unit.names.name, unit.names)
        if first is not unit.names:
            word = unit.names.strategy.strategy
            findings.add(
                "SG205",
                f"two strategies are named {word.text}",
                word.span,
                help="names of strategies are unique in the workspace",
                related=(Related(first.strategy.strategy.span, "the first is here"),),
            )
    return by_name

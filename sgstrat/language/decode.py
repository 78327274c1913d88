"""From the nodes of a workspace to its strategies with every static name checked."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from typing import NamedTuple

from sgstrat.diagnostics.finding import Findings, Related
from sgstrat.language.assemble import Assembled, assemble
from sgstrat.language.fields import SETTINGS, STRATEGY
from sgstrat.language.gate import check_schema
from sgstrat.language.inherit import inherit
from sgstrat.language.model import Settings
from sgstrat.language.names import Namespace
from sgstrat.language.references import check_references, check_settings
from sgstrat.syntax.nodes import Node


class Unit(NamedTuple):
    """One strategy, read: its names, and the files it was made of (its own first)."""

    names: Namespace
    file: str
    files: tuple[str, ...]


class Source(NamedTuple):
    """The whole workspace, read and checked by itself."""

    settings: Settings | None
    units: tuple[Unit, ...]


def decode(files: MappingType[str, Node | None], settings_node: Node | None, findings: Findings) -> Source:
    """Read every strategy of the workspace; whatever is wrong becomes a finding, all of it at once."""
    settings: Settings | None = SETTINGS.read(settings_node, findings) if settings_node is not None else None
    if settings_node is not None and not findings.has_errors:
        check_schema("workspace", settings_node, findings)
    assembled = assemble(files, findings)
    units = [_read(each, settings, findings) for each in assembled]
    by_name = _unique_names(units, findings)
    for unit in units:
        unit.names.connect(by_name, findings)
    for unit in units:
        check_references(unit.names, findings)
    if settings is not None:
        check_settings(settings, by_name, findings)
    return Source(settings, tuple(units))


def _read(assembled: Assembled, settings: Settings | None, findings: Findings) -> Unit:
    own = Findings()
    strategy = STRATEGY.read(assembled.node, own)
    if not own.has_errors:
        check_schema("strategy", assembled.node, own)
    findings.extend(own.result())
    return Unit(Namespace(inherit(strategy, settings, findings), findings), assembled.file, assembled.files)


def _unique_names(units: list[Unit], findings: Findings) -> dict[str, Namespace]:
    by_name: dict[str, Namespace] = {}
    for unit in units:
        first = by_name.setdefault(unit.names.name, unit.names)
        if first is not unit.names and unit.names.name:
            word = unit.names.strategy.strategy
            findings.add(
                "SG205",
                f"two strategies are named {word.text}",
                word.span,
                help="names of strategies are unique in the workspace",
                related=(Related(first.strategy.strategy.span, "the first is here"),),
            )
    return by_name

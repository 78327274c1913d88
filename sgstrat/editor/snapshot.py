"""The texts of a workspace at one moment, with the names in them. Files that are not YAML yet still give most names.

Parsed files are kept from one snapshot to the next by their text.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple

from sgstrat.diagnostics.finding import Findings
from sgstrat.editor.index import FilePlaces, Index
from sgstrat.editor.walk import Place, places, root_shape
from sgstrat.syntax.nodes import Mapping as MappingNode, Node, Scalar
from sgstrat.syntax.parse import parse

SETTINGS_FILE = "sgstrat.yaml"
_MOST_REPAIRS = 6
_MOST_REPAIRED = 2**20
"""Characters; a larger file that is broken is not parsed again and again."""


class Parsed(NamedTuple):
    """One file. ``is_whole`` where all of it is YAML; ``node`` is None where nothing could be read."""

    text: str
    node: Node | None
    places: tuple[Place, ...]
    is_whole: bool


class Snapshot:
    """Some texts by path, and what of them was known before. ``units`` are the files of each strategy, where known."""

    def __init__(
        self, texts: Mapping[str, str], units: Mapping[str, tuple[str, ...]], before: Snapshot | None = None
    ) -> None:
        self.texts = texts
        known: dict[str, Parsed] = {} if before is None else before.parsed
        self.parsed: dict[str, Parsed] = {
            path: known[path] if path in known and known[path].text == text else _parsed(path, text)
            for path, text in texts.items()
        }
        self._units = units

    @cached_property
    def index(self) -> Index:
        """The names of all files."""
        return Index(
            FilePlaces(path, parsed.places, self._strategies_of(path, parsed), path == SETTINGS_FILE)
            for path, parsed in self.parsed.items()
        )

    def _strategies_of(self, path: str, parsed: Parsed) -> tuple[str, ...]:
        own = strategy_name(parsed.node)
        named = tuple(name for name, files in self._units.items() if path in files and path != files[0])
        return (own, *(name for name in named if name != own)) if own else named


def strategy_name(node: Node | None) -> str:
    """The name of the strategy that a file declares; empty for a fragment."""
    if isinstance(node, MappingNode):
        for key, value in node.entries:
            if key.value == "strategy" and isinstance(value, Scalar):
                return value.value
    return ""


def _parsed(path: str, text: str) -> Parsed:
    node, is_whole = _tolerant(path, text)
    found = () if node is None else tuple(places(node, root_shape(path == SETTINGS_FILE)))
    return Parsed(text, node, found, is_whole)


def _tolerant(path: str, text: str) -> tuple[Node | None, bool]:
    """The node of a text; of one that is no YAML, the node of what is left when the lines at fault are blank."""
    findings = Findings()
    node = parse(text, path, findings)
    if node is not None or len(text) > _MOST_REPAIRED:
        return node, node is not None and not findings.has_errors
    lines = text.split("\n")
    for _ in range(_MOST_REPAIRS):
        faults = [item.span.line for item in findings.raw() if item.span is not None]
        line = min(faults, default=0)
        while line > 0 and (line > len(lines) or not lines[line - 1].strip()):
            line -= 1  # the fault shows after the line that made it
        if line == 0:
            return None, False
        lines[line - 1] = ""
        findings = Findings()
        node = parse("\n".join(lines), path, findings)
        if node is not None:
            return node, False
    return None, False

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
from sgstrat.pipeline import ReadFile
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
    """The files that could be read as text. ``units`` are the files of each strategy, where known."""

    def __init__(
        self, files: Mapping[str, ReadFile], units: Mapping[str, tuple[str, ...]], before: Snapshot | None = None
    ) -> None:
        self.texts = {path: file.text for path, file in files.items() if file.text is not None}
        known: dict[str, Parsed] = {} if before is None else before.parsed
        self.parsed: dict[str, Parsed] = {
            path: known[path] if path in known and known[path].text == text else _parsed(path, text, files[path])
            for path, text in self.texts.items()
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


def _parsed(path: str, text: str, file: ReadFile) -> Parsed:
    faults = tuple(item.span.line for item in file.findings if item.is_error and item.span is not None)
    node = file.node
    if node is None and len(text) <= _MOST_REPAIRED:
        node = _repaired(path, text, faults)
    found = () if node is None else tuple(places(node, root_shape(path == SETTINGS_FILE)))
    return Parsed(text, node, found, file.node is not None and not faults)


def _repaired(path: str, text: str, faults: tuple[int, ...]) -> Node | None:
    """The node of what is left of a text that is no YAML when the lines at fault are blank."""
    lines = text.split("\n")
    for _ in range(_MOST_REPAIRS):
        line = min(faults, default=0)
        while line > 0 and (line > len(lines) or not lines[line - 1].strip()):
            line -= 1  # the fault shows after the line that made it
        if line == 0:
            return None
        lines[line - 1] = ""
        findings = Findings()
        node = parse("\n".join(lines), path, findings)
        if node is not None:
            return node
        faults = tuple(item.span.line for item in findings.raw() if item.span is not None)
    return None

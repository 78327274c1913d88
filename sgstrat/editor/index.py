"""Every name of a workspace: where it is declared, and where it is used.

Made of the places of all files, whether or not they compile. Knows how names resolve (language, section 4) and nothing
of what they mean.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from sgstrat.editor.walk import ITEM, Path, Place
from sgstrat.facts.services import catalogue
from sgstrat.source.span import Span
from sgstrat.syntax.nodes import Node, Scalar

SymbolKind = Literal["strategy", "peer", "service", "workload", "environment"]
SETTINGS_OWNER = ""
CATALOGUE_OWNER = "catalogue"

_DECLARED: dict[str, SymbolKind] = {
    "groups": "peer",
    "existing": "peer",
    "prefix_lists": "peer",
    "networks": "peer",
    "vpcs": "peer",
    "services": "service",
    "workloads": "workload",
    "environments": "environment",
}
_NAMED: dict[str, SymbolKind] = {
    "a peer": "peer",
    "a group": "peer",
    "a baseline group": "peer",
    "a network": "peer",
    "a VPC": "peer",
    "a service": "service",
    "an environment": "environment",
    "a strategy": "strategy",
}
_PEER_WORDS = {"groups": "group", "existing": "existing group", "prefix_lists": "prefix list", "networks": "network"}
_WAIVED_GROUP = re.compile(r"groups\.(?:baseline|os|app|service)\.([a-z0-9-]+)")
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")


class Symbol(NamedTuple):
    """Something with a name. ``owner`` is the strategy that declares it, or one of the two constants above."""

    kind: SymbolKind
    owner: str
    name: str


class Declaration(NamedTuple):
    """Where a symbol is declared. ``what`` is its kind in words; ``path`` and ``value`` are its node's."""

    span: Span
    what: str
    path: Path
    value: Node | None


class Use(NamedTuple):
    """Where a symbol stands: the name alone, without quotes and without ``OTHER/``."""

    symbol: Symbol
    span: Span
    is_declaration: bool


class FilePlaces(NamedTuple):
    """The places of one file and the strategies it is part of; sgstrat.yaml is part of none."""

    file: str
    places: tuple[Place, ...]
    strategies: tuple[str, ...]
    is_settings: bool = False


class Index:
    """The names of a workspace."""

    def __init__(self, files: Iterable[FilePlaces]) -> None:
        self._files = tuple(files)
        self.declarations: dict[Symbol, list[Declaration]] = defaultdict(list)
        self.strategies: dict[str, Span] = {}
        for each in self._files:
            self._declare(each)
        self.uses_of: dict[Symbol, list[Use]] = defaultdict(list)
        self.by_file: dict[str, list[Use]] = defaultdict(list)
        for each in self._files:
            for use in self._uses(each):
                self.uses_of[use.symbol].append(use)
                self.by_file[use.span.file].append(use)

    # -- look-up

    def owners_of(self, file: str) -> tuple[str, ...]:
        """The strategies that a file is part of; :data:`SETTINGS_OWNER` for sgstrat.yaml."""
        return next((_owners(each) for each in self._files if each.file == file), ())

    def names(self, kind: SymbolKind, owner: str) -> Mapping[str, Declaration]:
        """What a strategy may call by its bare name: its own, then what sgstrat.yaml gives."""
        found = {}
        for symbol, declared in self.declarations.items():
            if symbol.kind == kind and symbol.owner == SETTINGS_OWNER:
                found[symbol.name] = declared[0]
        for symbol, declared in self.declarations.items():
            if symbol.kind == kind and symbol.owner == owner:
                found[symbol.name] = declared[0]
        return found

    def resolve(self, kind: SymbolKind, owner: str, name: str) -> Symbol | None:
        """What a bare name means in a strategy."""
        for where in (owner, SETTINGS_OWNER):
            symbol = Symbol(kind, where, name)
            if symbol in self.declarations:
                return symbol
        if kind == "service" and name in catalogue():
            return Symbol(kind, CATALOGUE_OWNER, name)
        return None

    def used_by(self, owner: str) -> frozenset[str]:
        """The strategies that a strategy lists in ``uses``."""
        return frozenset(
            place.node.value
            for each in self._files
            if owner in each.strategies
            for place in each.places
            if place.path == ("uses", ITEM)
        )

    def at(self, file: str, line: int, column: int) -> list[Use]:
        """The names that stand at a place (from 1); several where a file is part of several strategies."""
        return [
            use
            for use in self.by_file.get(file, ())
            if (use.span.line, use.span.column) <= (line, column) <= (use.span.end_line, use.span.end_column)
        ]

    # -- making

    def _declare(self, each: FilePlaces) -> None:
        for place in each.places:
            if place.path == ("strategy",) and place.role == "declares":
                self.strategies[place.node.value] = place.node.span
                self.declarations[Symbol("strategy", place.node.value, place.node.value)].append(
                    Declaration(place.node.span, "strategy", place.path, None)
                )
            elif (kind := _declared_kind(place)) is not None:
                declaration = Declaration(place.node.span, _what(place), place.path, place.value)
                for owner in _owners(each):
                    self.declarations[Symbol(kind, owner, place.node.value)].append(declaration)

    def _uses(self, each: FilePlaces) -> Iterator[Use]:
        for place in each.places:
            for owner in _owners(each):
                yield from self._uses_at(place, owner)

    def _uses_at(self, place: Place, owner: str) -> Iterator[Use]:
        text = place.node.value
        if place.role == "path":
            match = _WAIVED_GROUP.match(text)
            if match is not None:
                yield from self._bare("peer", owner, match.group(1), place, match.start(1))
            return
        if place.role == "declares":
            if place.path == ("strategy",):
                yield Use(Symbol("strategy", text, text), name_span(place.node, 0, text), True)
            elif (kind := _declared_kind(place)) is not None:
                yield Use(Symbol(kind, owner, text), name_span(place.node, 0, text), True)
            elif _names_elsewhere(place.path):
                yield from self._bare("peer", owner, text, place, 0)
            return
        kind = _NAMED.get(place.noun) if place.role == "names" else None
        if kind is not None:
            yield from self._named(kind, owner, text, place)

    def _named(self, kind: SymbolKind, owner: str, text: str, place: Place) -> Iterator[Use]:
        if kind == "strategy":
            if text in self.strategies:
                yield Use(Symbol("strategy", text, text), name_span(place.node, 0, text), False)
            return
        head, slash, rest = text.partition("/")
        if slash and head in self.strategies:
            yield Use(Symbol("strategy", head, head), name_span(place.node, 0, head), False)
            for tried in (kind, "workload") if kind == "peer" else (kind,):
                symbol = Symbol(tried, head, rest)
                if symbol in self.declarations:
                    yield Use(symbol, name_span(place.node, len(head) + 1, rest), False)
                    return
            return
        yield from self._bare(kind, owner, text, place, 0)

    def _bare(self, kind: SymbolKind, owner: str, name: str, place: Place, start: int) -> Iterator[Use]:
        symbol = self.resolve(kind, owner, name)
        if symbol is None and kind == "peer" and place.path[0] == "assertions":
            symbol = self.resolve("workload", owner, name)
        if symbol is not None:
            yield Use(symbol, name_span(place.node, start, name), False)


def name_span(node: Scalar, start: int, name: str) -> Span:
    """The span of a name inside of a scalar, which in quotes begins a column later."""
    file, line, column, _, _ = node.span
    width = node.span.end_column - node.span.column if node.span.end_line == line else len(node.value)
    column += start + (1 if width == len(node.value) + 2 else 0)
    return Span(file, line, column, line, column + len(name))


def is_name(text: str) -> bool:
    """Whether a text may be a declared name (language, section 4)."""
    return len(text) <= 63 and _NAME.match(text) is not None


def _owners(each: FilePlaces) -> tuple[str, ...]:
    return (SETTINGS_OWNER,) if each.is_settings else each.strategies


def _declared_kind(place: Place) -> SymbolKind | None:
    """What a place declares: an entry of one of the maps at the top; groups stand one level deeper, by kind."""
    if place.role != "declares" or not place.path:
        return None
    depth = 3 if place.path[0] == "groups" else 2
    return _DECLARED.get(place.path[0]) if len(place.path) == depth and ITEM not in place.path else None


def _names_elsewhere(path: Path) -> bool:
    """Whether a key of a map is the name of something declared at the top: what differs in an environment."""
    return len(path) == 4 and path[0] == "environments" and path[2] in ("vpcs", "existing", "prefix_lists")


def _what(place: Place) -> str:
    head = place.path[0]
    if head == "groups":
        return f"{place.path[1]} group"
    return {"vpcs": "VPC"}.get(head) or _PEER_WORDS.get(head) or head.removesuffix("s")

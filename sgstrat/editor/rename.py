"""A new name for something declared: every place of it, and ``formerly`` where that keeps the resource."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sgstrat.diagnostics.finding import Edit
from sgstrat.editor.index import CATALOGUE_OWNER, Declaration, Index, Symbol, Use, is_name
from sgstrat.editor.snapshot import Snapshot
from sgstrat.facts.services import catalogue
from sgstrat.language.names import RESERVED_PEERS
from sgstrat.source.span import Span
from sgstrat.source.text import SourceText
from sgstrat.syntax.nodes import Mapping, Node, Scalar, Sequence


class CannotRename(Exception):
    """Why a name cannot be changed, or not to this: a sentence for the person who asked."""


class Renaming(NamedTuple):
    """What may be renamed at a place: the symbols (several in a shared fragment) and the name's span."""

    symbols: tuple[Symbol, ...]
    span: Span


def find(index: Index, uses: Iterable[Use]) -> Renaming:
    """What the uses at the cursor stand for. Raises :class:`CannotRename` for what has no declaration here."""
    found = list(uses)
    if not found:
        raise CannotRename("no name of this workspace stands here")
    if any(use.symbol.owner == CATALOGUE_OWNER for use in found):
        raise CannotRename(
            f"{found[0].symbol.name} is a service of the catalogue; a service of your own may have any name"
        )
    if any(use.symbol.kind == "strategy" for use in found):
        raise CannotRename("renaming a strategy replaces every resource of it, so it is not done by name alone")
    return Renaming(_closure(index, {use.symbol for use in found}), found[0].span)


def rename(snapshot: Snapshot, renaming: Renaming, new: str) -> list[Edit]:
    """The edits that give the symbols a new name. Raises :class:`CannotRename`."""
    index = snapshot.index
    broken = [path for path, parsed in snapshot.parsed.items() if not parsed.is_whole]
    if broken:
        raise CannotRename(f"{broken[0]} cannot be read in full, so a place could be missed: mend it first")
    _check_name(index, renaming, new)
    edits = {}
    for symbol in renaming.symbols:
        for use in index.uses_of[symbol]:
            edits[use.span] = Edit(use.span, new)
        for declaration in index.declarations[symbol]:
            keeping = _keep_resource(snapshot, symbol, declaration, new)
            if keeping is not None:
                edits[keeping.span] = keeping
    return sorted(edits.values())


def _closure(index: Index, symbols: set[Symbol]) -> tuple[Symbol, ...]:
    """All symbols that share a declaration with these: a fragment declares for each strategy that includes it."""
    by_span: dict[Span, set[Symbol]] = {}
    for symbol, declarations in index.declarations.items():
        for each in declarations:
            by_span.setdefault(each.span, set()).add(symbol)
    waiting = list(symbols)
    while waiting:
        for each in index.declarations[waiting.pop()]:
            waiting += by_span[each.span] - symbols
            symbols |= by_span[each.span]
    return tuple(sorted(symbols))


def _check_name(index: Index, renaming: Renaming, new: str) -> None:
    old = renaming.symbols[0]
    if new == old.name:
        raise CannotRename("that is the name it has")
    if not is_name(new):
        raise CannotRename(
            f"{new!r} is no name: lower-case letters and digits with single hyphens, at most 63 characters"
        )
    if (old.kind == "peer" and new in RESERVED_PEERS) or (old.kind == "service" and new == "all"):
        raise CannotRename(f"{new} is reserved")
    if old.kind == "service" and new in catalogue():
        raise CannotRename(f"{new} is a service of the catalogue, which other rules may mean")
    for symbol in renaming.symbols:
        if index.resolve(symbol.kind, symbol.owner, new) is not None:
            raise CannotRename(f"{new} is declared already")


def _keep_resource(snapshot: Snapshot, symbol: Symbol, declaration: Declaration, new: str) -> Edit | None:
    """The edit that says what a group or own prefix list was called: its resource keeps the oldest key."""
    value = declaration.value
    is_resource = declaration.what.endswith(" group") and declaration.what != "existing group"
    is_list = declaration.what == "prefix list" and _entry(value, "entries") is not None
    if not (is_resource or is_list) or not isinstance(value, Mapping) or not value.entries:
        return None
    written = _entry(value, "formerly")
    former = [item.value for item in _scalars(written)]
    kept = [key for key in former if key != new] + [symbol.name]
    if former[:1] == [new]:  # back to the oldest key, which needs no saying
        kept = []
    if written is not None:
        return Edit(written.span, _listed(kept)) if kept else _removal(value, written)
    return _insertion(snapshot, value, f"formerly: {_listed(kept)}")


def _insertion(snapshot: Snapshot, value: Mapping, text: str) -> Edit:
    """A new entry at the beginning of a mapping."""
    first = value.entries[0].key.span
    at = Span(first.file, first.line, first.column, first.line, first.column)
    if _is_flow(snapshot, value):
        return Edit(at, f"{text}, ")
    return Edit(at, f"{text}{_line_break(snapshot.texts[first.file])}{' ' * (first.column - 1)}")


def _removal(value: Mapping, written: Node) -> Edit:
    """The entry ``formerly`` taken out, with what parts it from the next or the one before."""
    entries = value.entries
    at = next(index for index, entry in enumerate(entries) if entry.value is written)
    key = entries[at].key.span
    if at + 1 < len(entries):
        after = entries[at + 1].key.span
        return Edit(Span(key.file, key.line, key.column, after.line, after.column), "")
    before = entries[at - 1].value.span
    return Edit(Span(key.file, before.end_line, before.end_column, written.span.end_line, written.span.end_column), "")


def _is_flow(snapshot: Snapshot, value: Mapping) -> bool:
    source = SourceText("", snapshot.texts[value.span.file])
    return source.text[source.offset(value.span.line, value.span.column) :][:1] == "{"


def _line_break(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _entry(value: Node | None, key: str) -> Node | None:
    if not isinstance(value, Mapping):
        return None
    return next((entry.value for entry in value.entries if entry.key.value == key), None)


def _scalars(value: Node | None) -> list[Scalar]:
    items = value.items if isinstance(value, Sequence) else () if value is None else (value,)
    return [item for item in items if isinstance(item, Scalar)]


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"[{', '.join(names)}]"

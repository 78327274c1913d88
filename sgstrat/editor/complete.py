"""What may be written at the cursor: keys of the language, and the names that the workspace declares."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from sgstrat.diagnostics.codes import CODES
from sgstrat.editor.index import SETTINGS_OWNER, Index, SymbolKind
from sgstrat.editor.outline import Spot
from sgstrat.editor.walk import WAIVER_PATH, Path, root_shape, shapes_at
from sgstrat.facts.prefix_lists import managed_lists
from sgstrat.facts.services import catalogue
from sgstrat.language.names import RESERVED_PEERS
from sgstrat.language.shapes import Boolean, Choice, Reference, Shape
from sgstrat.language.structures import Field, ListOf, MapOf, Record, TextMap

MOST_ITEMS = 2000
ItemKind = Literal["key", "group", "network", "list", "vpc", "service", "strategy", "value"]
_ITEM_KINDS: dict[str, ItemKind] = {"network": "network", "prefix list": "list", "VPC": "vpc"}
_RESERVED = {
    "self": "members of this group",
    "internet": "all public addresses: 0.0.0.0/0 and ::/0",
    "internet-ipv4": "0.0.0.0/0",
    "internet-ipv6": "::/0",
}


class Item(NamedTuple):
    """One completion: what is shown, what is written in place of the word at the cursor, and why one would choose it.

    ``rank`` orders items: smaller first.
    """

    label: str
    text: str
    kind: ItemKind
    detail: str
    doc: str = ""
    rank: int = 5


def complete(index: Index, file: str, spot: Spot, is_settings: bool, with_keys: bool = True) -> list[Item]:
    """The items for a cursor. ``with_keys`` False leaves keys and fixed words to a server that has the JSON Schema."""
    root = root_shape(is_settings)
    shapes = shapes_at(root, spot.path)
    items: dict[str, Item] = {}
    for shape in shapes:
        for item in _of_shape(index, file, spot, shape, with_keys):
            items.setdefault(item.label, item)
    wanted = spot.word
    found = [item for item in items.values() if _matches(item.label, wanted)]
    return sorted(found, key=lambda item: (item.rank, item.label))[:MOST_ITEMS]


def _matches(label: str, wanted: str) -> bool:
    """Whether the letters typed so far stand in the label in their order: editors sort the rest."""
    letters = iter(label.lower())
    return all(letter in letters for letter in wanted.lower())


def _of_shape(index: Index, file: str, spot: Spot, shape: Shape, with_keys: bool) -> Iterator[Item]:
    if isinstance(shape, Record):
        if spot.is_key and with_keys:
            yield from _keys(shape, spot)
    elif isinstance(shape, MapOf):
        if spot.is_key:
            yield from _entries(index, file, spot)
    elif isinstance(shape, Reference):
        yield from _names(index, file, shape.noun, spot.path)
    elif isinstance(shape, Choice | Boolean):
        if with_keys:
            words = shape.words if isinstance(shape, Choice) else ("true", "false")
            yield from (Item(word, word, "value", shape.noun) for word in words)
    else:
        yield from _special(index, file, spot.path)


def _special(index: Index, file: str, path: Path) -> Iterator[Item]:
    """Texts that are names of something all the same."""
    if path == (*WAIVER_PATH[:-1], "code"):
        waivable = (code for code in CODES.values() if code.waivable)
        yield from (Item(code.code, code.code, "value", code.title) for code in waivable)
    elif path == WAIVER_PATH:
        yield from _waiver_paths(index, file)
    elif path[-1:] == ("aws",):
        yield from (Item(name, name, "list", known.name) for name, known in managed_lists().items())


def _keys(record: Record, spot: Spot) -> Iterator[Item]:
    for field in record.fields:
        if field.key not in spot.present:
            detail = "required" if field.required else "optional"
            yield Item(field.key, _key_text(field, spot), "key", detail, field.doc, 1 if field.required else 3)


def _key_text(field: Field, spot: Spot) -> str:
    """The key with what leads to its value: in block style a list or mapping begins on a line of its own."""
    shape = field.shape
    if spot.in_flow:
        return f"{field.key}: "
    inner = "\n" + " " * (spot.indent + 2)
    if isinstance(shape, Record | MapOf | TextMap):
        return f"{field.key}:{inner}"
    if isinstance(shape, ListOf) and not shape.or_one:
        return f"{field.key}:{inner}- " if isinstance(shape.item, Record) else f"{field.key}: ["
    return f"{field.key}: "


def _entries(index: Index, file: str, spot: Spot) -> Iterator[Item]:
    """Keys of a map in an environment are names of what is declared at the top."""
    if len(spot.path) == 3 and spot.path[0] == "environments":
        words = {"vpcs": ("VPC",), "existing": ("existing group",), "prefix_lists": ("prefix list",)}
        for owner in _owners(index, file):
            for name, declared in index.names("peer", owner).items():
                if declared.what in words.get(spot.path[2], ()):
                    yield Item(name, f"{name}: ", _ITEM_KINDS.get(declared.what, "group"), declared.what)


def _names(index: Index, file: str, noun: str, path: Path) -> Iterator[Item]:
    for owner in _owners(index, file):
        if noun == "a strategy":
            yield from (Item(name, name, "strategy", "strategy") for name in index.strategies if name != owner)
        elif noun == "an environment":
            yield from _declared(index, "environment", owner)
        elif noun == "a service":
            yield from _services(index, owner)
        elif noun == "a peer":
            yield from _peers(index, owner, path)
        else:
            words = {"a VPC": "VPC", "a network": "network", "a baseline group": "baseline group"}.get(noun, "group")
            yield from (item for item in _declared(index, "peer", owner) if item.detail.endswith(words))
            yield from (item for item in _foreign(index, owner, ("peer",)) if words in item.detail)


def _peers(index: Index, owner: str, path: Path) -> Iterator[Item]:
    is_end = path[:1] == ("assertions",)
    yield from _declared(index, "peer", owner)
    if is_end:
        yield from _declared(index, "workload", owner)
    yield from _foreign(index, owner, ("peer", "workload") if is_end else ("peer",))
    for word in RESERVED_PEERS:
        # self has no meaning in a flow or an assertion (language, section 7)
        if word != "self" or path[:1] == ("groups",):
            yield Item(word, word, "value", _RESERVED[word], rank=4)


def _services(index: Index, owner: str) -> Iterator[Item]:
    yield from _declared(index, "service", owner)
    yield from _foreign(index, owner, ("service",))
    for name, known in catalogue().items():
        yield Item(name, name, "service", ", ".join(known.parts), known.title, 6)
    yield Item("all", "all", "service", "all protocols and ports", rank=7)


def _declared(index: Index, kind: SymbolKind, owner: str) -> Iterator[Item]:
    for name, declared in index.names(kind, owner).items():
        yield Item(name, name, _item_kind(kind, declared.what), declared.what, rank=2)


def _foreign(index: Index, owner: str, kinds: tuple[SymbolKind, ...]) -> Iterator[Item]:
    """What other strategies declare, as ``OTHER/NAME``; an existing group is no name for others.

    Those of strategies that are not in ``uses`` come last: using them takes another line.
    """
    used = index.used_by(owner)
    for symbol, declared in index.declarations.items():
        if symbol.kind in kinds and symbol.owner not in (owner, SETTINGS_OWNER):
            what = declared[0].what
            if what != "existing group":
                name = f"{symbol.owner}/{symbol.name}"
                near = symbol.owner in used
                detail = f"{what} of {symbol.owner}" + ("" if near else ", which uses: does not list")
                yield Item(name, name, _item_kind(symbol.kind, what), detail, rank=3 if near else 8)


def _waiver_paths(index: Index, file: str) -> Iterator[Item]:
    for owner in _owners(index, file):
        for name, declared in index.names("peer", owner).items():
            if declared.path[0] == "groups":
                path = ".".join(declared.path)
                yield Item(path, path, "value", f"{declared.what} {name}")


def _item_kind(kind: SymbolKind, what: str) -> ItemKind:
    if kind in ("service", "strategy"):
        return kind
    return _ITEM_KINDS.get(what, "group" if kind == "peer" else "value")


def _owners(index: Index, file: str) -> tuple[str, ...]:
    return index.owners_of(file) or (SETTINGS_OWNER,)

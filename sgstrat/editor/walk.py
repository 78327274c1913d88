"""What stands where in a file, by the field tables: keys, names that are declared, names that are used.

The tables that read a strategy also say what each scalar is, so a new key is known here without a line.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from sgstrat.language.fields import SETTINGS, STRATEGY
from sgstrat.language.shapes import Name, Reference, Shape
from sgstrat.language.structures import ByForm, Field, ListOf, MapOf, Record, TextMap
from sgstrat.syntax.nodes import Mapping, Node, Scalar, Sequence

Path = tuple[str, ...]
ITEM = "[]"
"""The part of a path that stands for an item of a list."""

WAIVER_PATH: Path = ("waivers", ITEM, "path")


class Place(NamedTuple):
    """One scalar of a file. ``path`` leads to it: a declared name and a key are the last part of their own.

    ``noun`` says of what kind it is (``a peer``, ``a group name``). ``value`` is what a declared name or a key has.
    """

    path: Path
    role: Literal["key", "declares", "names", "path"]
    noun: str
    node: Scalar
    value: Node | None = None
    field: Field | None = None


def root_shape(is_settings: bool) -> Record:
    """The table of a whole file: of sgstrat.yaml, or of a strategy or fragment."""
    return SETTINGS if is_settings else STRATEGY


def places(node: Node, shape: Shape) -> list[Place]:
    """All places of a file, in order of writing."""
    found: list[Place] = []
    _walk(node, shape, (), found)
    return found


def _walk(node: Node, shape: Shape, path: Path, found: list[Place]) -> None:
    step = _STEPS.get(type(shape))
    if step is not None:
        step(node, shape, path, found)
    elif isinstance(node, Scalar):
        _scalar(node, shape, path, found)


def _scalar(node: Scalar, shape: Shape, path: Path, found: list[Place]) -> None:
    if isinstance(shape, Reference):
        found.append(Place(path, "names", shape.noun, node))
    elif isinstance(shape, Name):
        found.append(Place(path, "declares", shape.noun, node))
    elif path == WAIVER_PATH:
        found.append(Place(path, "path", shape.noun, node))


def _map(node: Node, shape: MapOf, path: Path, found: list[Place]) -> None:
    for key, value in node.entries if isinstance(node, Mapping) else ():
        inner = (*path, key.value)
        found.append(Place(inner, "declares", shape.key_noun, key, value))
        _walk(value, shape.value, inner, found)


def _text_map(node: Node, shape: TextMap, path: Path, found: list[Place]) -> None:
    for key, value in node.entries if isinstance(node, Mapping) else ():
        _walk(value, shape.value, (*path, key.value), found)


def _list(node: Node, shape: ListOf, path: Path, found: list[Place]) -> None:
    items = node.items if isinstance(node, Sequence) else (node,) if shape.or_one else ()
    for item in items:
        _walk(item, shape.item, (*path, ITEM), found)


def _by_form(node: Node, shape: ByForm, path: Path, found: list[Place]) -> None:
    form = shape.text if isinstance(node, Scalar) else shape.items if isinstance(node, Sequence) else shape.mapping
    if form is not None:
        _walk(node, form, path, found)


def _record(node: Node, shape: Record, path: Path, found: list[Place]) -> None:
    fields = {each.key: each for each in shape.fields}
    for key, value in node.entries if isinstance(node, Mapping) else ():
        known = fields.get(key.value)
        if known is not None:
            inner = (*path, key.value)
            found.append(Place(inner, "key", shape.noun, key, value, known))
            _walk(value, known.shape, inner, found)


_STEPS: dict[type, Callable[[Node, Any, Path, list[Place]], None]] = {
    Record: _record,
    MapOf: _map,
    TextMap: _text_map,
    ListOf: _list,
    ByForm: _by_form,
}


def shapes_at(root: Shape, path: Path) -> tuple[Shape, ...]:
    """What may stand at a path: single values, records and maps; the forms of a value one by one."""
    current: tuple[Shape, ...] = (root,)
    for part in path:
        current = tuple(step for shape in current for step in _step(shape, part))
    return tuple(leaf for shape in current for leaf in _forms(shape))


def _step(shape: Shape, part: str) -> tuple[Shape, ...]:
    if isinstance(shape, ByForm):
        inner = shape.items if part == ITEM else shape.mapping
        return () if inner is None else _step(inner, part)
    if part == ITEM:
        return (shape.item,) if isinstance(shape, ListOf) else ()
    if isinstance(shape, Record):
        return tuple(each.shape for each in shape.fields if each.key == part)
    return (shape.value,) if isinstance(shape, MapOf | TextMap) else ()


def _forms(shape: Shape) -> tuple[Shape, ...]:
    if isinstance(shape, ByForm):
        forms = (shape.text, shape.items, shape.mapping)
        return tuple(leaf for form in forms if form is not None for leaf in _forms(form))
    if isinstance(shape, ListOf) and shape.or_one:
        return (shape, *_forms(shape.item))
    return (shape,)

"""A newcomer: writes a strategy node by node, choosing every key and every name from what completion offers.

Only what nobody can offer is typed: new names, descriptions, addresses, ids, dates.
"""

from __future__ import annotations

import json

from session import Session

from sgstrat.diagnostics.finding import Findings
from sgstrat.editor.walk import ITEM, Path, root_shape, shapes_at
from sgstrat.language.services import is_literal
from sgstrat.language.shapes import Boolean, Choice, Reference
from sgstrat.language.structures import MapOf, Record, TextMap
from sgstrat.syntax.nodes import Mapping, Node, Scalar, Sequence
from sgstrat.syntax.parse import parse


class Typist:
    """Writes ``target`` into an empty document; ``chosen`` counts the items taken from completion."""

    def __init__(self, session: Session, name: str, target: str) -> None:
        self.session = session
        self.name = name
        self.chosen = 0
        node = parse(target, name, Findings())
        assert isinstance(node, Mapping)
        # a rule can only name what is there: groups are written before who uses them
        self._target = node

    async def write(self) -> None:
        await self._mapping(self._target, (), 0, in_flow=False)
        await self._type("\n")

    @property
    def _text(self) -> str:
        return self.session.texts[self.name]

    async def _type(self, text: str) -> None:
        await self.session.write(self.name, self._text + text)

    async def _choose(self, label: str) -> None:
        """Take an item, as an editor does: its edit replaces what it says it replaces."""
        items = await self.session.complete(self.name)
        assert label in items, f"{label} is not offered after {self._text[-80:]!r}: {sorted(items)[:40]}"
        edit = items[label].text_edit
        assert edit is not None
        start = self.session.offset(self.name, edit.range.start)  # type: ignore[union-attr]
        self.chosen += 1
        await self.session.write(self.name, self._text[:start] + edit.new_text)

    async def _mapping(self, node: Mapping, path: Path, indent: int, in_flow: bool) -> None:
        shapes = shapes_at(root_shape(False), path)
        has_keys = any(isinstance(shape, Record) for shape in shapes)
        for number, (key, value) in enumerate(node.entries):
            if number:
                await self._type(", " if in_flow else "\n" + " " * indent)
            inner = (*path, key.value)
            if has_keys:
                await self._choose(key.value)
            else:
                await self._type(f"{_quoted(key) if any(isinstance(s, TextMap) for s in shapes) else key.value}: ")
            await self._value(value, inner, indent, in_flow)

    async def _value(self, node: Node, path: Path, indent: int, in_flow: bool) -> None:
        if isinstance(node, Scalar):
            await self._scalar(node, path)
        elif isinstance(node, Sequence):
            await self._sequence(node, path, indent, in_flow)
        elif in_flow or not self._text.endswith(" " * (indent + 2)) or not self._at_line_start():
            is_map = any(isinstance(shape, MapOf | Record) for shape in shapes_at(root_shape(False), path))
            if not in_flow and is_map and self._text.endswith(": "):
                await self._type("\n" + " " * (indent + 2))
                await self._mapping(node, path, indent + 2, in_flow=False)
                return
            await self._type("{")
            await self._mapping(node, path, indent, in_flow=True)
            await self._type("}")
        else:
            await self._mapping(node, path, indent + 2, in_flow=False)

    def _at_line_start(self) -> bool:
        return not self._text.rpartition("\n")[2].strip()

    async def _sequence(self, node: Sequence, path: Path, indent: int, in_flow: bool) -> None:
        line = self._text.rpartition("\n")[2]
        if line.strip() == "-" and not in_flow:
            for number, item in enumerate(node.items):
                if number:
                    await self._type("\n" + " " * (indent + 2) + "- ")
                assert isinstance(item, Mapping)
                await self._mapping(item, (*path, ITEM), indent + 4, in_flow=False)
            return
        if not self._text.endswith("["):
            await self._type("[")
        for number, item in enumerate(node.items):
            if number:
                await self._type(", ")
            await self._value(item, (*path, ITEM), indent, in_flow=True)
        await self._type("]")

    async def _scalar(self, node: Scalar, path: Path) -> None:
        shapes = shapes_at(root_shape(False), path)
        chosen = any(isinstance(shape, Reference | Choice | Boolean) for shape in shapes)
        is_address = ":" in node.value or node.value[:1].isdigit() or is_literal(node.value)
        if (chosen and not is_address) or path[-1] in ("aws", "code"):
            await self._choose(node.value)
        else:
            await self._type(_quoted(node))


def _quoted(node: Scalar) -> str:
    return node.value if node.plain and not set(node.value) & set(",[]{}") else json.dumps(node.value)

"""A newcomer with the YAML language server and the published schema alone: keys and words of the language are chosen
from what is offered; names of one's own, which no schema knows, are typed.
"""

from __future__ import annotations

import json
import re

from lsprotocol import types as lsp
from session import Session

from sgstrat.diagnostics.finding import Findings
from sgstrat.editor.walk import ITEM, Path, root_shape, shapes_at
from sgstrat.facts.services import catalogue
from sgstrat.language.names import RESERVED_PEERS
from sgstrat.language.shapes import Boolean, Choice, Reference
from sgstrat.language.structures import Record
from sgstrat.syntax.nodes import Mapping, Node, Scalar, Sequence
from sgstrat.syntax.parse import parse


class YamlTypist:
    """Writes ``target`` in block style into a document that begins with ``start``."""

    def __init__(self, session: Session, name: str, target: str, start: str) -> None:
        self.session = session
        self.name = name
        self.chosen = 0
        self._text = start
        node = parse(target, name, Findings())
        assert isinstance(node, Mapping)
        self._target = node

    async def write(self) -> None:
        await self._mapping(self._target, (), 0)
        self._text += "\n"
        await self.session.write(self.name, self._text)

    async def _offered(self, label: str) -> lsp.CompletionItem:
        await self.session.write(self.name, self._text)
        items = await self.session.complete(self.name)
        assert label in items, f"{label} is not offered after {self._text[-80:]!r}: {sorted(items)[:40]}"
        self.chosen += 1
        return items[label]

    async def _mapping(self, node: Mapping, path: Path, indent: int) -> None:
        has_keys = any(isinstance(shape, Record) for shape in shapes_at(root_shape(is_settings=False), path))
        for number, (key, value) in enumerate(node.entries):
            if number:
                self._text += "\n" + " " * indent
            elif not path:
                # a server that has nothing but a comment to go by offers nothing: the first letter is typed
                self._text += key.value[0]
            if has_keys:
                item = await self._offered(key.value)
                inserted = item.text_edit.new_text if item.text_edit is not None else item.insert_text
                assert re.match(rf"{key.value}:", inserted or ""), inserted
            if number == 0 and not path:
                self._text = self._text[:-1]
            self._text += f"{_written(key) if not has_keys else key.value}:"
            await self._value(value, (*path, key.value), indent)

    async def _value(self, node: Node, path: Path, indent: int) -> None:
        inner = " " * (indent + 2)
        if isinstance(node, Scalar):
            self._text += " "
            await self._scalar(node, path)
        elif isinstance(node, Mapping):
            self._text += "\n" + inner
            await self._mapping(node, path, indent + 2)
        elif isinstance(node, Sequence):
            for item in node.items:
                self._text += f"\n{inner}- "
                if isinstance(item, Mapping):
                    await self._mapping(item, (*path, ITEM), indent + 4)
                else:
                    assert isinstance(item, Scalar)
                    await self._scalar(item, (*path, ITEM))

    async def _scalar(self, node: Scalar, path: Path) -> None:
        shapes = shapes_at(root_shape(is_settings=False), path)
        words = {word for shape in shapes if isinstance(shape, Choice) for word in shape.words}
        if any(isinstance(shape, Boolean) for shape in shapes):
            words |= {"true", "false"}
        if any(isinstance(shape, Reference) and shape.noun == "a peer" for shape in shapes):
            words |= set(RESERVED_PEERS)
        if any(isinstance(shape, Reference) and shape.noun == "a service" for shape in shapes):
            words |= set(catalogue())
        if node.value in words or path[-1] == "aws":
            await self._offered(node.value)
        self._text += _written(node)


def _written(node: Scalar) -> str:
    return node.value if node.plain and not set(node.value) & set(",[]{}") else json.dumps(node.value)

"""Shapes of lists, maps and records, made of other shapes.

A value that does not fit becomes a placeholder after its finding, so that one mistake hides no other
and a name stays known; nothing is built while there are errors, so no placeholder is ever compiled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping as MappingType
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from sgstrat.diagnostics.finding import Findings
from sgstrat.diagnostics.remedy import rewriting
from sgstrat.diagnostics.suggest import closest, listed, only_close
from sgstrat.language.model import Word
from sgstrat.language.shapes import JsonSchema, Shape, check_name, name_schema, read_text
from sgstrat.source.span import Span
from sgstrat.syntax.nodes import Mapping, Node, Scalar, Sequence
from sgstrat.syntax.scalars import describe, show


@dataclass(frozen=True)
class ListOf:
    """A list; ``least`` items at least. With ``or_one`` a single item may stand without brackets."""

    item: Shape
    noun: str
    least: int = 1
    or_one: bool = False

    def read(self, node: Node, findings: Findings) -> Any:
        if not isinstance(node, Sequence):
            if self.or_one and not isinstance(node, Mapping):
                value = self.item.read(node, findings)
                return () if value is None else (value,)
            findings.add("SG112", f"expected {self.noun}, found {describe(node)}", node.span)
            return ()
        if len(node.items) < self.least:
            findings.add(
                "SG113", f"the list is empty; expected {self.noun}", node.span, help="add an item, or leave the key out"
            )
        read = self.item.read
        return tuple([value for item in node.items if (value := read(item, findings)) is not None])

    def schema(self, definitions: JsonSchema) -> JsonSchema:
        item = self.item.schema(definitions)
        out: JsonSchema = {"type": "array", "items": item}
        if self.least:
            out["minItems"] = self.least
        return {"anyOf": [item, out]} if self.or_one else out


@dataclass(frozen=True)
class MapOf:
    """A map from names to values of one shape, as pairs in order of writing."""

    value: Shape
    noun: str
    key_noun: str = "a name"

    def read(self, node: Node, findings: Findings) -> Any:
        if not isinstance(node, Mapping):
            findings.add("SG112", f"expected {self.noun}, found {describe(node)}", node.span)
            return ()
        pairs = []
        for key, value in node.entries:
            text = read_text(key, findings, self.key_noun)
            if text is not None:
                check_name(text, key, findings, self.key_noun)
            read = self.value.read(value, findings)
            if read is not None:
                pairs.append((Word(key.value, key.span), read))
        return tuple(pairs)

    def schema(self, definitions: JsonSchema) -> JsonSchema:
        return {
            "type": "object",
            "additionalProperties": self.value.schema(definitions),
            "propertyNames": {key: value for key, value in name_schema(self.key_noun).items() if key != "type"},
        }


@dataclass(frozen=True)
class TextMap:
    """A map from texts to texts: keys and values have their own shapes."""

    key: Shape
    value: Shape
    noun: str

    def read(self, node: Node, findings: Findings) -> Any:
        if not isinstance(node, Mapping):
            findings.add("SG112", f"expected {self.noun}, found {describe(node)}", node.span)
            return ()
        pairs = []
        for key, value in node.entries:
            left, right = self.key.read(key, findings), self.value.read(value, findings)
            if left is not None and right is not None:
                pairs.append((left, right))
        return tuple(pairs)

    def schema(self, definitions: JsonSchema) -> JsonSchema:
        keys = {name: part for name, part in self.key.schema(definitions).items() if name != "type"}
        return {"type": "object", "additionalProperties": self.value.schema(definitions), "propertyNames": keys}


@dataclass(frozen=True)
class ByForm:
    """A value that may be a text, a list or a mapping, each with a shape of its own; None is refused.

    ``wrap`` turns what the short form gives into the type of the long one.
    """

    noun: str
    text: Shape | None = None
    items: Shape | None = None
    mapping: Shape | None = None
    wrap: Callable[[Any, Span], Any] | None = None

    def read(self, node: Node, findings: Findings) -> Any:
        shape = self.text if isinstance(node, Scalar) else self.items if isinstance(node, Sequence) else self.mapping
        if shape is None:
            findings.add("SG112", f"expected {self.noun}, found {describe(node)}", node.span)
            return None
        value = shape.read(node, findings)
        if value is None or self.wrap is None or shape is self.mapping:
            return value
        return self.wrap(value, node.span)

    def schema(self, definitions: JsonSchema) -> JsonSchema:
        shapes = [shape for shape in (self.text, self.items, self.mapping) if shape is not None]
        return {"anyOf": [shape.schema(definitions) for shape in shapes]}


@dataclass(frozen=True)
class Field:
    """A key of a record.

    ``doc`` is its text in the schema (Markdown). ``attribute`` is its name in the model where the key is no Python
    name; ``fallback`` stands for a value that is absent or wrong. A field that is not ``kept`` is read and checked but
    has no place in the model.
    """

    key: str
    shape: Shape
    doc: str
    required: bool = False
    attribute: str = ""
    fallback: Any = None
    kept: bool = True

    @property
    def name(self) -> str:
        return self.attribute or self.key


class Trap(NamedTuple):
    """A key that the record does not have and that gets an explanation of its own.

    ``meant`` are the keys it was written for.
    """

    code: str
    message: str
    advice: str
    meant: tuple[str, ...] = ()


@dataclass(frozen=True)
class Record:
    """A mapping with fixed keys, read into ``type``; ``traps`` are wrong keys that people write nevertheless."""

    type: Callable[..., Any]
    definition: str
    noun: str
    doc: str
    fields: tuple[Field, ...]
    traps: MappingType[str, Trap] = field(default_factory=dict)
    one_of: tuple[str, ...] = ()

    @cached_property
    def _by_key(self) -> dict[str, Field]:
        return {each.key: each for each in self.fields}

    @cached_property
    def _readers(self) -> dict[str, tuple[Callable[[Node, Findings], Any], str]]:
        """How each key is read, and its name in the model (empty: it has none).

        Found once, since rules are read by the thousand.
        """
        return {each.key: (each.shape.read, each.name if each.kept else "") for each in self.fields}

    @cached_property
    def _fallbacks(self) -> dict[str, Any]:
        return {each.name: each.fallback for each in self.fields if each.kept}

    @cached_property
    def _required(self) -> tuple[str, ...]:
        return tuple(each.key for each in self.fields if each.required)

    def empty(self, span: Span) -> Any:
        return self.type(**self._fallbacks, span=span)

    def read(self, node: Node, findings: Findings) -> Any:
        if not isinstance(node, Mapping):
            findings.add("SG112", f"expected {self.noun}, found {describe(node)}", node.span, help=self._keys_help())
            return self.empty(node.span)
        values = self._fallbacks.copy()
        seen = set()
        readers = self._readers
        for key, value in node.entries:
            name = key.value
            seen.add(name)
            known = readers.get(name)
            if known is None:
                seen.update(self._unknown(key, findings))
                continue
            read = known[0](value, findings)
            if read is not None and known[1]:
                values[known[1]] = read
        self._check_present(node, seen, findings)
        return self.type(**values, span=node.span)

    def _check_present(self, node: Mapping, seen: set[str], findings: Findings) -> None:
        for key in self._required:
            if key not in seen:
                findings.add(
                    "SG111", f"{self.noun} needs the key {key}", node.span, help=f"add {key}: {self._first_line(key)}"
                )
        if self.one_of and len(seen.intersection(self.one_of)) != 1:
            findings.add("SG111", f"{self.noun} needs exactly one of {', '.join(self.one_of)}", node.span)

    def _first_line(self, key: str) -> str:
        doc = self._by_key[key].doc.split(". ")[0].rstrip(".")
        return doc if doc[1:2].isupper() else doc[:1].lower() + doc[1:]

    def _unknown(self, key: Scalar, findings: Findings) -> tuple[str, ...]:
        """Report a key; gives those that were probably meant, which are not reported as missing too."""
        trap = self.traps.get(key.value)
        if trap is not None:
            findings.add(trap.code, trap.message, key.span, help=trap.advice)
            return trap.meant
        near = closest(key.value, self._by_key)
        findings.add(
            "SG110",
            f"{self.noun} has no key {show(key.value)}",
            key.span,
            help=(f"did you mean {near}? " if near else "") + self._keys_help(),
            fix=rewriting(key.span, key.value, only_close(key.value, self._by_key)),
        )
        return (near,) if near else ()

    def _keys_help(self) -> str:
        return f"keys: {listed(self._by_key, limit=40)}"

    def schema(self, definitions: JsonSchema) -> JsonSchema:
        if self.definition not in definitions:
            definitions[self.definition] = {}  # claimed before its parts are made
            definitions[self.definition] = self.object_schema(definitions)
        return {"$ref": f"#/$defs/{self.definition}"}

    def object_schema(self, definitions: JsonSchema) -> JsonSchema:
        out: JsonSchema = {"title": self.noun, "description": self.doc, "type": "object", "additionalProperties": False}
        out["properties"] = {each.key: described(each.shape.schema(definitions), each.doc) for each in self.fields}
        if self._required:
            out["required"] = list(self._required)
        if self.one_of:
            out["oneOf"] = [{"required": [key]} for key in self.one_of]
        return out


def described(schema: JsonSchema, doc: str) -> JsonSchema:
    """A schema with a description. Draft-07 ignores what stands beside ``$ref``, so a reference is wrapped."""
    if "$ref" in schema:
        return {"description": doc, "allOf": [schema]}
    return {**schema, "description": doc}

"""The values in a Terraform configuration in JSON syntax: template strings, references, variables, locals.

Evaluates what the configuration itself decides and names the rest by handles. Must not know what a security group is.
Source: Terraform language, JSON configuration syntax; strings and templates; references to named values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sgstrat.formats.observed import Handle, Where
from sgstrat.formats.read_value import FAILED, MAX_DEPTH, Composite, Failed, Reading, Value, join

_MARK = re.compile(r"\$\$\{|%%\{|\$\{|%\{")
_STEP = re.compile(r'\.([A-Za-z_][\w-]*)|\[(\d{1,9})\]|\["([^"\\$%]*)"\]|\.(\d{1,9})(?![\w-])')
_ROOT = re.compile(r"[A-Za-z_][\w-]*")
_TEXT = re.compile(r'"([^"\\$%]*)"')
_INSIDE = re.compile(r'"(?:[^"\\]|\\.)*"|[{}]', re.DOTALL)

# Roots that name something inside of a resource or on a disk, which is no resource type.
_UNKNOWABLE = frozenset(("each", "count", "self", "path", "terraform", "module"))
# Attributes of created resources and of data sources that are the id of the thing.
_ID = {
    "aws_security_group": ("id",),
    "aws_default_security_group": ("id",),
    "aws_ec2_managed_prefix_list": ("id",),
    "aws_vpc": ("id",),
    "aws_default_vpc": ("id",),
}
_REGION = ("id", "name", "region")


def blocks(node: Any, where: Where, reading: Reading) -> Iterator[tuple[dict[str, Any], Where]]:
    """The bodies of a block: an object, or a list of them."""
    if isinstance(node, dict):
        yield node, where
    elif isinstance(node, list):
        for index, item in enumerate(node):
            if isinstance(item, dict):
                yield item, Where(where, index)
            elif item is not None:
                reading.fail(Where(where, index), item, "a block is an object")
    elif node is not None:
        reading.fail(where, node, "a block is an object or a list of objects")


def labelled(
    node: Any, labels: int, where: Where, reading: Reading
) -> Iterator[tuple[tuple[str, ...], dict[str, Any], Where]]:
    """The bodies of blocks with labels (``resource`` has two), with the labels; comments (``//``) are passed over."""
    for body, place in blocks(node, where, reading):
        if labels == 0:
            yield (), body, place
            continue
        for label, inner in body.items():
            if labels == 1 and inner.__class__ is dict and label != "//":  # nearly all there is, as the loop would
                yield (label,), inner, Where(place, label)
            elif label != "//":
                for others, found, inner_place in labelled(inner, labels - 1, Where(place, label), reading):
                    yield (label, *others), found, inner_place


class Expressions:
    """Evaluates the values of one root module. ``variables`` gives values that win over the defaults.

    What fails is reported where it is used, whatever it leads to, since that is what is then not known.
    ``resources`` are all of them, as type and name, body and place; an address may stand twice.
    """

    def __init__(self, document: dict[str, Any], reading: Reading, variables: dict[str, Any]) -> None:
        self._reading = reading
        self._given = variables
        self._texts: dict[str, Value] = {}
        self._open: set[str] = set()
        self._depth = 0
        self._variables = _named(document, "variable", 1, reading)
        self.resources = tuple(labelled(document.get("resource"), 2, Where(None, "resource"), reading))
        self._resources = {names: body for names, body, _ in self.resources}
        self._data = _named(document, "data", 2, reading)
        self._locals: dict[str, Any] = {}
        for body, _ in blocks(document.get("locals"), Where(None, "locals"), reading):
            self._locals.update(body)

    def value(self, node: Any, where: Where) -> Value:
        """The value of a node; lists and objects come back with what is in them not evaluated yet."""
        if not isinstance(node, str) or "{" not in node:
            return node
        known = self._texts.get(node)
        if known is None:
            known = self._template(node, where)
            if isinstance(known, str | Handle | Composite):
                self._texts[node] = known
        return known

    def _template(self, text: str, where: Where) -> Value:
        """The value of a template string: of a single expression as it is, else a text."""
        parts: list[Value] = []
        end = 0
        while True:
            match = _MARK.search(text, end)
            if match is None:
                break
            mark = match.group()
            parts.append(text[end : match.start()])
            end = match.end()
            if mark in ("$${", "%%{"):
                parts.append(mark[1:])
                continue
            close = _closing(text, end)
            if mark == "%{" or close is None:
                return self._reading.fail(where, text, "a template that is not evaluated")
            parts.append(self._expression(text[end:close].strip(), where))
            end = close + 1
        parts.append(text[end:])
        there = [part for part in parts if part != ""]
        if len(there) == 1:
            return there[0]
        return self._joined(there, where)

    def _joined(self, parts: list[Value], where: Where) -> Value:
        made: list[str | Handle | Composite] = []
        for part in parts:
            piece = part if isinstance(part, Handle | Composite) else self._reading.text(part, where)
            if isinstance(piece, Failed):
                return FAILED
            made.append(piece or "")
        return join(made)

    def _expression(self, text: str, where: Where) -> Value:
        """A reference or a literal; anything else is reported."""
        literal = _TEXT.fullmatch(text)
        if literal is not None:
            return literal.group(1)
        if text in ("true", "false", "null"):
            return None if text == "null" else text == "true"
        root = _ROOT.match(text)
        steps = None if root is None else _steps(text, root.end())
        if root is None or steps is None:
            return self._reading.fail(where, text, "an expression that is not evaluated")
        if self._depth >= MAX_DEPTH:
            return self._reading.fail(where, text, "references nest too deep")
        self._depth += 1
        try:
            return self._reference(root.group(), steps, text, where)
        finally:
            self._depth -= 1

    def _reference(self, root: str, steps: list[str | int], text: str, where: Where) -> Value:
        if root in ("var", "local") and steps:
            found = self._variable(str(steps[0]), where) if root == "var" else self._local(str(steps[0]), where)
            return self._walk(found, steps[1:], text, where)
        if root == "data" and len(steps) >= 2:
            return self._data_source(f"{steps[0]}.{steps[1]}", str(steps[0]), steps[2:], text, where)
        if root in ("each", "count", "self", "path", "terraform") or not steps:
            return self._reading.fail(where, text, "what it stands for is not known")
        if root in _UNKNOWABLE:
            return Handle("attribute", text)
        return self._resource(root, str(steps[0]), steps[1:], text, where)

    def _variable(self, name: str, where: Where) -> Value:
        if name in self._given:
            return self._given[name]  # type: ignore[no-any-return]
        if name not in self._variables:
            return self._reading.fail(where, f"var.{name}", "no variable has this name")
        default = self._variables[name].get("default")  # taken as it is: Terraform evaluates no templates there
        if default is None:
            return Handle("input", name)
        return default  # type: ignore[no-any-return]

    def _local(self, name: str, where: Where) -> Value:
        if name not in self._locals:
            return self._reading.fail(where, f"local.{name}", "no local value has this name")
        return self._guarded(f"local.{name}", self._locals[name], where)

    def _guarded(self, address: str, node: Any, where: Where) -> Value:
        """The value of something else in the configuration, which may not lead back to itself."""
        if address in self._open:
            return self._reading.fail(where, address, "a value that is made of itself")
        self._open.add(address)
        try:
            return self.value(node, where)
        finally:
            self._open.discard(address)

    def _walk(self, value: Value, steps: list[str | int], text: str, where: Where) -> Value:
        """What lies behind ``.name`` and ``[0]``."""
        for step in steps:
            if value is FAILED:
                return FAILED
            if isinstance(value, Handle):
                return Handle("attribute", text)
            known = isinstance(value, dict) and step in value
            if known or (isinstance(value, list) and isinstance(step, int) and step < len(value)):
                value = self.value(value[step], where)  # type: ignore[index]
            else:
                return self._reading.fail(where, text, "nothing there has this name")
        return value

    def _resource(self, kind: str, name: str, steps: list[str | int], text: str, where: Where) -> Value:
        body = self._resources.get((kind, name))
        if body is None:
            return self._reading.fail(where, text, "no resource has this address")
        attribute = steps[0] if steps else ""
        if len(steps) != 1 or "count" in body or "for_each" in body:
            return Handle("attribute", text)
        if attribute in _ID.get(kind, ()):
            return Handle("resource", f"{kind}.{name}")
        if isinstance(attribute, str) and isinstance(body.get(attribute), str):
            return self._guarded(text, body[attribute], where)
        return Handle("attribute", text)

    def _data_source(self, address: str, kind: str, steps: list[str | int], text: str, where: Where) -> Value:
        if address not in self._data:
            return self._reading.fail(where, text, "no data source has this address")
        body = self._data[address]
        attribute = steps[0] if len(steps) == 1 else ""
        if kind == "aws_region" and attribute in _REGION and not body:
            return "{region}"
        if kind == "aws_ssm_parameter" and attribute in ("value", "insecure_value"):
            path = self._reading.text(self._guarded(text, body.get("name"), where), where)
            return Handle("ssm", path) if isinstance(path, str) else Handle("attribute", text)
        if attribute == "id" and kind in _ID:
            return self._looked_up(body, text, where)
        return Handle("attribute", text)

    def _looked_up(self, body: dict[str, Any], text: str, where: Where) -> Value:
        """What a data source finds, by the one argument that it is given."""
        arguments = body.keys() - {"//", "provider", "depends_on", "timeouts"}
        if arguments == {"tags"} and isinstance(body["tags"], dict):
            tags = {}
            for key, node in body["tags"].items():
                value = self._reading.text(self._guarded(text, node, where), where)
                if not isinstance(value, str):
                    return FAILED
                tags[plain_key(key)] = value
            return Handle("tags", "", tuple(sorted(tags.items())))
        if arguments in ({"name"}, {"id"}):
            (argument,) = arguments
            value = self._reading.text(self._guarded(text, body[argument], where), where)
            return Handle("name" if argument == "name" else "id", value) if isinstance(value, str) else FAILED
        return Handle("attribute", text)


def _named(document: dict[str, Any], section: str, labels: int, reading: Reading) -> dict[str, dict[str, Any]]:
    """The blocks of a section by address."""
    found = labelled(document.get(section), labels, Where(None, section), reading)
    return {".".join(names): body for names, body, _ in found}


def plain_key(key: str) -> str:
    """A key of an object, which is a template too. One with an expression in it stays as written."""
    return key.replace("$${", "${").replace("%%{", "%{") if "{" in key else key


def _closing(text: str, start: int) -> int | None:
    """Where the brace stands that closes the one before ``start``; braces inside of texts do not count."""
    level = 1
    for match in _INSIDE.finditer(text, start):
        if match.group() == "{":
            level += 1
        elif match.group() == "}":
            level -= 1
            if level == 0:
                return match.start()
    return None


def _steps(text: str, start: int) -> list[str | int] | None:
    """The steps of a reference after its root, or None where it is something else."""
    steps: list[str | int] = []
    while start < len(text):
        match = _STEP.match(text, start)
        if match is None:
            return None
        name, index, key, old_index = match.groups()
        steps.append(int(index or old_index) if index or old_index else name if name is not None else key)
        start = match.end()
    return steps

"""The values in a template: intrinsic functions, parameters with defaults, mappings, conditions.

Evaluates what the template itself decides and names the rest by handles. Must not know what a security group is.
Source: CloudFormation template reference, intrinsic functions and pseudo parameters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from sgstrat.formats.observed import Handle, Where
from sgstrat.formats.read_value import FAILED, MAX_DEPTH, Composite, Failed, Reading, Value, join

_CONDITIONS = Where(None, "Conditions")
_SUBSTITUTED = re.compile(r"\$\{(!?)([^}]*)\}")
_SSM = "AWS::SSM::Parameter::Value<"
_PSEUDO = "AWS::"

# Attributes that give the id of the resource itself, as Ref does.
_IDS: dict[str, tuple[str, ...]] = {
    "AWS::EC2::SecurityGroup": ("GroupId", "Id"),
    "AWS::EC2::PrefixList": ("PrefixListId",),
    "AWS::EC2::VPC": ("VpcId",),
}
# Attributes that are what a property of the resource says.
_MIRRORED: dict[str, tuple[str, ...]] = {
    "AWS::EC2::VPC": ("CidrBlock",),
    "AWS::EC2::Subnet": ("CidrBlock",),
    "AWS::EC2::SecurityGroup": ("VpcId",),
}


def _is_text(node: Any) -> bool:
    return isinstance(node, str)


def section(template: Mapping[str, Any], name: str, reading: Reading) -> dict[str, Any]:
    """A section of a template; empty where it is absent, reported where it is no mapping."""
    body = template.get(name)
    if isinstance(body, dict):
        return body
    if body is not None:
        reading.fail(name, body, "a mapping is expected")
    return {}


class Functions:
    """Evaluates the values of one template. ``pseudo`` gives pseudo parameters that are known (``AWS::Region``)."""

    def __init__(self, template: Mapping[str, Any], reading: Reading, pseudo: Mapping[str, str]) -> None:
        self._reading = reading
        self._pseudo = pseudo
        self._parameters = section(template, "Parameters", reading)
        self._mappings = section(template, "Mappings", reading)
        self._conditions = section(template, "Conditions", reading)
        self._resources = section(template, "Resources", reading)
        self._decided: dict[str, tuple[bool | None, str]] = {}
        self._ids: dict[tuple[str, str], Handle] = {}
        self._depth = 0

    def value(self, node: Any, where: Where) -> Value:
        """The value of a node; lists and mappings come back with what is in them not evaluated yet."""
        if not isinstance(node, dict) or len(node) != 1:
            return node  # type: ignore[no-any-return]
        ((name, argument),) = node.items()
        if name != "Ref" and not (isinstance(name, str) and name.startswith("Fn::")):
            return node
        function = self._FUNCTIONS.get(name)
        if function is None:
            return self._reading.fail(where, name, "a function that is not evaluated")
        if self._depth >= MAX_DEPTH:
            return self._reading.fail(where, name, "functions nest too deep or in a circle")
        self._depth += 1
        try:
            return function(self, argument, Where(where, name))
        finally:
            self._depth -= 1

    def holds(self, name: Any, where: Where) -> bool | None:
        """Whether a named condition is true; None where that is not known, which has been reported."""
        if not isinstance(name, str) or name not in self._conditions:
            self._reading.fail(where, name, "no such condition")
            return None
        if name not in self._decided:
            self._decided[name] = (None, "it is part of a circle")
            self._decided[name] = self._decide(name)
        answer, why = self._decided[name]
        if answer is None:
            self._reading.fail(where, name, f"the condition is not known: {why}")
        return answer

    def _decide(self, name: str) -> tuple[bool | None, str]:
        """Whether a condition is true, or None and why that is not known.

        Reported where the condition is used, not here: what a part of it lacks may not matter to the whole.
        """
        outer, self._reading = self._reading, Reading()
        try:
            answer = self._test(self._conditions[name], Where(_CONDITIONS, name))
            return answer, "" if answer is not None else str(next(iter(self._reading.result()), ""))
        finally:
            self._reading = outer

    def _test(self, node: Any, where: Where) -> bool | None:
        if not isinstance(node, dict) or len(node) != 1:
            self._reading.fail(where, node, "a condition function is expected")
            return None
        ((name, argument),) = node.items()
        if name == "Condition":
            return self.holds(argument, where)
        items = argument if isinstance(argument, list) else []
        if self._depth >= MAX_DEPTH or name not in _ARITY or not _ARITY[name][0] <= len(items) <= _ARITY[name][1]:
            self._reading.fail(where, name, "not a condition that can be evaluated")
            return None
        self._depth += 1
        try:
            return self._equal(items, where) if name == "Fn::Equals" else self._combined(name, items, where)
        finally:
            self._depth -= 1

    def _combined(self, name: str, items: list[Any], where: Where) -> bool | None:
        answers = [self._test(item, Where(where, index)) for index, item in enumerate(items)]
        if name == "Fn::Not":
            return None if answers[0] is None else not answers[0]
        decisive = name == "Fn::Or"  # one true answer decides Or, one false answer And, whatever is not known
        if decisive in answers:
            return decisive
        return None if None in answers else not decisive

    def _equal(self, items: list[Any], where: Where) -> bool | None:
        left, right = (self._reading.text(self.value(item, where), where) for item in items)
        if isinstance(left, Failed) or isinstance(right, Failed):
            return None
        return left == right

    def _ref(self, argument: Any, where: Where) -> Value:
        if argument == "AWS::NoValue":
            return None
        if isinstance(argument, str):
            if argument.startswith(_PSEUDO):
                return self._pseudo.get(argument) or Handle("attribute", argument)
            if argument in self._parameters:
                return self._parameter(argument, where)
            if argument in self._resources:
                return Handle("resource", argument)
        return self._reading.fail(where, argument, "no parameter or resource has this name")

    def _parameter(self, name: str, where: Where) -> Value:
        body = self._parameters[name]
        kind = body.get("Type") if isinstance(body, dict) else None
        default = body.get("Default") if isinstance(body, dict) else None
        if not isinstance(kind, str):
            return self._reading.fail(where, name, "a parameter with a type is expected")
        if default is None:
            return Handle("input", name)
        text = self._reading.text(default, where)
        if not isinstance(text, str):
            return text
        if kind.startswith(_SSM):
            return Handle("ssm", text)
        if kind == "CommaDelimitedList" or kind.startswith("List<"):
            return [part.strip() for part in text.split(",")]
        return text

    def _get_att(self, argument: Any, where: Where) -> Value:
        parts = argument.split(".", 1) if isinstance(argument, str) else argument
        if not isinstance(parts, list) or len(parts) != 2 or not all(map(_is_text, parts)):
            return self._reading.fail(where, argument, "a resource and one of its attributes are expected")
        name, attribute = parts
        known = self._ids.get((name, attribute))
        if known is not None:
            return known
        body = self._resources.get(name)
        if not isinstance(body, dict):
            return self._reading.fail(where, name, "no resource has this name")
        kind = str(body.get("Type"))
        if attribute in _IDS.get(kind, ()):
            known = self._ids[name, attribute] = Handle("resource", name)
            return known
        properties = body.get("Properties")
        if attribute in _MIRRORED.get(kind, ()) and isinstance(properties, dict) and attribute in properties:
            return self.value(properties[attribute], where)
        return Handle("attribute", f"{name}.{attribute}")

    def _import(self, argument: Any, where: Where) -> Value:
        name = self._reading.text(self.value(argument, where), where)
        return Handle("export", name) if isinstance(name, str) else name

    def _find_in_map(self, argument: Any, where: Where) -> Value:
        if not isinstance(argument, list) or len(argument) != 3:
            return self._reading.fail(where, argument, "a map and two keys are expected")
        found: Any = self._mappings
        for item in argument:
            key = self._reading.text(self.value(item, where), where)
            if not isinstance(key, str):
                return FAILED if key is FAILED else self._reading.fail(where, "", "a key is missing")
            if not isinstance(found, dict) or key not in found:
                return self._reading.fail(where, key, "no such key in the mapping")
            found = found[key]
        return found  # type: ignore[no-any-return]

    def _if(self, argument: Any, where: Where) -> Value:
        if not isinstance(argument, list) or len(argument) != 3:
            return self._reading.fail(where, argument, "a condition and two values are expected")
        answer = self.holds(argument[0], where)
        if answer is None:
            return FAILED
        index = 1 if answer else 2
        return self.value(argument[index], Where(where, index))

    def _items(self, node: Any, where: Where) -> list[Value] | Failed:
        """The evaluated members of a list that has to be one, without those that have no value."""
        value = self.value(node, where)
        if isinstance(value, list):
            members = [self.value(item, Where(where, index)) for index, item in enumerate(value)]
            return FAILED if FAILED in members else [member for member in members if member is not None]
        return FAILED if value is FAILED else self._reading.fail(where, node, "a list is expected")

    def _join(self, argument: Any, where: Where) -> Value:
        if not isinstance(argument, list) or len(argument) != 2 or not isinstance(argument[0], str | None):
            return self._reading.fail(where, argument, "a separator and a list are expected")
        items = self._items(argument[1], where)
        parts: list[str | Handle | Composite] = []
        for item in [] if isinstance(items, Failed) else items:
            part = self._part(item, where)
            if isinstance(part, Failed):
                return FAILED
            parts += [argument[0] or "", part] if parts else [part]
        return FAILED if isinstance(items, Failed) else join(parts)

    def _part(self, item: Value, where: Where) -> str | Handle | Composite | Failed:
        """A value as a part of a text."""
        if isinstance(item, Handle | Composite):
            return item
        text = self._reading.text(item, where)
        return "" if text is None else text

    def _split(self, argument: Any, where: Where) -> Value:
        if isinstance(argument, list) and len(argument) == 2 and isinstance(argument[0], str) and argument[0]:
            text = self._reading.text(self.value(argument[1], where), where)
            return list(text.split(argument[0])) if isinstance(text, str) else text
        return self._reading.fail(where, argument, "a separator and a text are expected")

    def _select(self, argument: Any, where: Where) -> Value:
        if not isinstance(argument, list) or len(argument) != 2:
            return self._reading.fail(where, argument, "an index and a list are expected")
        index = self._reading.number(self.value(argument[0], where), where)
        items = self._items(argument[1], where)
        if not isinstance(index, int) or isinstance(items, Failed):
            return FAILED if index is not None else self._reading.fail(where, "", "the index is missing")
        return items[index] if 0 <= index < len(items) else self._reading.fail(where, index, "the list is shorter")

    def _sub(self, argument: Any, where: Where) -> Value:
        text, names = argument if isinstance(argument, list) and len(argument) == 2 else (argument, {})
        if not isinstance(text, str) or not isinstance(names, dict):
            return self._reading.fail(where, argument, "a text, or a text and a mapping, are expected")
        parts: list[str | Handle | Composite] = []
        end = 0
        for match in _SUBSTITUTED.finditer(text):
            parts.append(text[end : match.start()])
            end = match.end()
            escaped, name = match.groups()
            part = f"${{{name}}}" if escaped else self._part(self._substitute(name.strip(), names, where), where)
            if isinstance(part, Failed):
                return FAILED
            parts.append(part)
        return join([*parts, text[end:]])

    def _substitute(self, name: str, names: dict[Any, Any], where: Where) -> Value:
        if name in names:
            return self.value(names[name], Where(where, name))
        return self._get_att(name, where) if "." in name else self._ref(name, where)

    _FUNCTIONS: ClassVar[dict[str, Callable[[Functions, Any, Where], Value]]] = {
        "Ref": _ref,
        "Fn::GetAtt": _get_att,
        "Fn::ImportValue": _import,
        "Fn::FindInMap": _find_in_map,
        "Fn::If": _if,
        "Fn::Join": _join,
        "Fn::Split": _split,
        "Fn::Select": _select,
        "Fn::Sub": _sub,
    }


_ARITY = {"Fn::Equals": (2, 2), "Fn::Not": (1, 1), "Fn::And": (2, 10), "Fn::Or": (2, 10)}

"""Plain data as text, in YAML or JSON: dictionaries, lists, texts and whole numbers. Knows nothing of templates.

YAML is written here and not by libyaml: its emitter turns keys over 128 characters, which long names give, into complex
keys (``? key``), PyYAML's own does so from another length on, so that output would depend on how PyYAML was built, and
both cost more (30 000 rules: 6.2 s by CSafeDumper, 0.8 s by libyaml's events, 0.4 s so). What makes it safe is that
little is decided: a text stands plain only if no version of YAML could read it otherwise, else in double quotes, in
ASCII. The tests hold it to libyaml's and PyYAML's readers.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from json.encoder import encode_basestring_ascii as _json_quoted
from typing import Any

_FLOW_KEYS = frozenset({"Fn::GetAtt"})

# Plain: letters first, nothing that is an indicator even in flow style, none of the words below; or an IPv4 block.
_PLAIN = re.compile(
    r"[A-Za-z](?:[A-Za-z0-9_./()@<>=+-]|:(?=[A-Za-z0-9_:/])|[ ](?=[A-Za-z0-9_(]))*|\d+\.\d+\.\d+\.\d+/\d+", re.ASCII
)
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_ESCAPED = re.compile(r"[^ !#-\[\]-~]")


def json_text(data: dict[str, Any]) -> str:
    """``data`` as JSON, two spaces a level, in the order given: what ``json.dumps(data, indent=2)`` gives.

    Its indenting encoder is written in Python and takes a generator for every level of every value; 300 000 rules take
    more than twice as long that way. Raises TypeError for what is neither dictionary, list, text nor whole number.
    """
    parts: list[str] = []
    _append_json(data, "\n", parts.append)
    parts.append("\n")
    return "".join(parts)


def _append_json(value: Any, line: str, append: Callable[[str], None]) -> None:
    """Append a value; ``line`` is the line break with the indent of the line that it stands on."""
    if value.__class__ is dict:
        inner = line + "  "
        lead = "{" + inner
        for key, item in value.items():
            kind = item.__class__
            if kind is str:  # what most values are, without a call of this function
                append(f"{lead}{_json_quoted(key)}: {_json_quoted(item)}")
            elif kind is int:
                append(f"{lead}{_json_quoted(key)}: {item}")
            else:
                append(f"{lead}{_json_quoted(key)}: ")
                _append_json(item, inner, append)
            lead = "," + inner
        append(line + "}" if value else "{}")
    elif value.__class__ is list:
        inner = line + "  "
        lead = "[" + inner
        for item in value:
            append(lead)
            _append_json(item, inner, append)
            lead = "," + inner
        append(line + "]" if value else "[]")
    elif value.__class__ is str:
        append(_json_quoted(value))
    elif value.__class__ is int:
        append(str(value))
    else:
        raise TypeError(f"no plain data: {value!r}")


def yaml_text(data: dict[str, Any]) -> str:
    """``data`` as YAML in block style, in the order given; pairs under ``Fn::GetAtt`` stand on one line.

    Raises TypeError for what is neither dictionary, list, text nor whole number.
    """
    parts: list[str] = []
    writer = _Writer(parts.append)
    if data:
        writer.mapping(data, "", "")
    else:
        parts.append("{}\n")
    return "".join(parts)


class _Writer:
    """Writes nodes piece by piece. Most scalars of a template occur often, so each is made once."""

    __slots__ = ("_scalars", "_write")

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._scalars: dict[str | int, str] = {}

    def mapping(self, data: dict[str, Any], indent: str, first: str) -> None:
        """Entries on lines that begin with ``indent``, the first of them with ``first``."""
        write = self._write
        for key, value in data.items():
            write(f"{first}{self.scalar(key)}:")
            first = indent
            if isinstance(value, dict) and value:
                write("\n")
                self.mapping(value, indent + "  ", indent + "  ")
            elif isinstance(value, list) and value:
                if key in _FLOW_KEYS and not any(isinstance(item, (dict, list)) for item in value):
                    write(f" [{', '.join(map(self.scalar, value))}]\n")
                else:
                    write("\n")
                    self.sequence(value, indent, indent)
            else:
                write(f" {self.scalar(value)}\n")

    def sequence(self, items: list[Any], indent: str, first: str) -> None:
        """Items on lines that begin with ``indent``, the first of them with ``first``."""
        for item in items:
            self._write(first + "- ")
            first = indent
            if isinstance(item, dict) and item:
                self.mapping(item, indent + "  ", "")
            elif isinstance(item, list) and item:
                self.sequence(item, indent + "  ", "")
            else:
                self._write(self.scalar(item) + "\n")

    def scalar(self, value: Any) -> str:
        """A text, a number, or an empty collection."""
        if type(value) in (str, int):  # no booleans, which are equal to numbers
            known = self._scalars.get(value)
            if known is None:
                known = self._scalars[value] = str(value) if isinstance(value, int) else _quoted(value)
            return known
        if value in ({}, []):
            return "{}" if isinstance(value, dict) else "[]"
        raise TypeError(f"no plain data: {value!r}")


def _quoted(text: str) -> str:
    if _PLAIN.fullmatch(text) is not None and text.lower() not in _WORDS:
        return text
    return f'"{_ESCAPED.sub(_escape, text)}"'


def _escape(match: re.Match[str]) -> str:
    """An escape that YAML 1.1 and 1.2 share."""
    char = match.group()
    if char in '"\\':
        return "\\" + char
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"

"""What GitHub's runner takes for a command in a line of output, after actions/runner, ActionCommand.cs.

The runner compares by the rules of a language, by which characters without width do not count; so each line is read as
it is and without them.
"""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

REGISTERED = frozenset(
    (
        "add-mask",
        "add-matcher",
        "add-path",
        "debug",
        "echo",
        "endgroup",
        "error",
        "group",
        "notice",
        "remove-matcher",
        "save-state",
        "set-env",
        "set-output",
        "stop-commands",
        "warning",
    )
)


class Command(NamedTuple):
    name: str
    properties: dict[str, str]
    data: str


def commands(output: str) -> list[Command]:
    """The commands in a text, line by line, whatever ends a line."""
    lines = [line for part in output.split("\n") for line in part.split("\r")]
    found = [_read(line) for line in lines]
    for line, command in zip(lines, found, strict=True):
        stripped = "".join(char for char in line if unicodedata.category(char) not in ("Cf", "Mn", "Me"))
        other = _read(stripped)
        assert (other is None) == (command is None), f"a command for some comparisons only: {line!r}"
    return [command for command in found if command is not None]


def _read(line: str) -> Command | None:
    return _second_form(line) or _first_form(line)


def _second_form(line: str) -> Command | None:
    """``::name key=value,key=value::data``, after spaces."""
    text = line.lstrip()
    end = text.find("::", 2)
    if not text.startswith("::") or end < 0:
        return None
    name, space, written = text[2:end].partition(" ")
    if name.lower() not in REGISTERED:
        return None
    properties = {}
    for pair in written.strip().split(",") if space else ():
        key, equals, value = pair.partition("=")
        if key and equals and value:
            properties[key] = _unescape(value, ("\r", "\n", ":", ",", "%"))
    return Command(name, properties, _unescape(text[end + 2 :], ("\r", "\n", "%")))


def _first_form(line: str) -> Command | None:
    """``##[name key=value;key=value]data``, anywhere."""
    start = line.find("##[")
    end = line.find("]", start)
    if start < 0 or end < 0:
        return None
    name = line[start + 3 : end].partition(" ")[0]
    return Command(name, {}, line[end + 1 :]) if name.lower() in REGISTERED else None


def _unescape(text: str, chars: tuple[str, ...]) -> str:
    for char in chars:
        text = text.replace(f"%{ord(char):02X}", char)
    return text

"""Data written as YAML in every style there is: block and flow, comments, blank lines, quotes, line ends.

Knows YAML as its specification has it, nothing of how the compiler reads or changes it.
"""

from __future__ import annotations

import re
from random import Random
from typing import Any

KEYS = ("a", "b", "c", "from", "why", "web-1", "k k")
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9./-]*\Z")
TEXTS = ("x", "10.0.0.0/8", "a # b", "it's", 'say "so"', "two words", "- dash", "a: b", "[x]", "", "é 😀", "no")


def data(random: Random, depth: int = 4) -> Any:
    """A mapping whose parts are texts, lists and mappings, none of them empty."""
    return _mapping(random, depth)


def _value(random: Random, depth: int) -> Any:
    kind = random.random()
    if depth == 0 or kind < 0.4:
        return random.choice(TEXTS)
    return (
        _mapping(random, depth - 1)
        if kind < 0.7
        else [_value(random, depth - 1) for _ in range(random.choice((1, 2, 3)))]
    )


def _mapping(random: Random, depth: int) -> dict[str, Any]:
    keys = random.sample(KEYS, random.choice((1, 1, 2, 3)))
    return {key: _value(random, depth) for key in keys}


class Writer:
    """Writes data; every choice is the random generator's."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._line_break = random.choice(("\n", "\n", "\r\n"))
        self._comments = 0

    def write(self, value: dict[str, Any]) -> str:
        """A whole file. Its last line may have no end."""
        text = self._noise(0) + self._block_mapping(value, 0) + self._noise(0)
        return (
            text.removesuffix("\n").replace("\n", self._line_break)
            if self._one_in(4)
            else text.replace("\n", self._line_break)
        )

    def _one_in(self, number: int) -> bool:
        return self._random.randrange(number) == 0

    def _comment(self) -> str:
        self._comments += 1
        return f"# comment {self._comments}: [- {{ ' \""

    def _noise(self, indent: int) -> str:
        """Blank lines and comments on lines of their own."""
        lines = []
        while self._one_in(4):
            lines.append("" if self._one_in(3) else " " * indent + self._comment())
        return "".join(f"{line}\n" for line in lines)

    def _end(self) -> str:
        """The end of a line, with a comment or without."""
        return (" " * self._random.choice((1, 3)) + self._comment() if self._one_in(5) else "") + "\n"

    def _scalar(self, text: str) -> str:
        if _PLAIN.match(text) and self._one_in(2):
            return text
        if "'" not in text and self._one_in(2):
            return f"'{text}'"
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'

    def _block_mapping(self, value: dict[str, Any], indent: int, first: str | None = None) -> str:
        """``first`` stands before the first key in place of the indentation."""
        out = []
        for number, (key, each) in enumerate(value.items()):
            lead = first if first is not None and number == 0 else self._noise(indent) + " " * indent
            out.append(lead + self._scalar(key) + ":" + self._block_value(each, indent))
        return "".join(out)

    def _block_value(self, value: Any, indent: int) -> str:
        if isinstance(value, str):
            return self._block_text(value, indent)
        if self._one_in(3):
            return " " + self._flow(value, indent + 2) + self._end()
        step = self._random.choice((1, 2, 4))
        if isinstance(value, dict):
            return self._end() + self._block_mapping(value, indent + step)
        return self._end() + self._block_sequence(value, indent + self._random.choice((0, step)))

    def _block_text(self, value: str, indent: int) -> str:
        if value and value[0] not in " -" and self._one_in(6):
            mark = self._random.choice(("|-", ">-"))
            return f" {mark}{self._end()}{' ' * (indent + 2)}{value}\n"
        return " " + self._scalar(value) + self._end()

    def _block_sequence(self, value: list[Any], indent: int, first: str | None = None) -> str:
        out = []
        for number, each in enumerate(value):
            dash = (first if first is not None and number == 0 else self._noise(indent) + " " * indent) + "-"
            gap = " " * self._random.choice((1, 1, 3))
            inside = indent + 1 + len(gap)
            if isinstance(each, str):
                out.append(dash + self._block_text(each, indent))
            elif self._one_in(3):
                out.append(dash + gap + self._flow(each, indent + 2) + self._end())
            elif self._one_in(4):
                out.append(dash + self._end())
                out.append(self._block(each, indent + 2))
            else:
                out.append(self._block(each, inside, dash + gap))
        return "".join(out)

    def _block(self, value: Any, indent: int, first: str | None = None) -> str:
        if isinstance(value, dict):
            return self._block_mapping(value, indent, first)
        return self._block_sequence(value, indent, first)

    def _flow(self, value: Any, indent: int) -> str:
        if isinstance(value, str):
            return self._scalar(value)
        is_mapping = isinstance(value, dict)
        parts = (
            [f"{self._scalar(key)}: {self._flow(each, indent + 2)}" for key, each in value.items()]
            if is_mapping
            else [self._flow(each, indent + 2) for each in value]
        )
        opening, closing = "{}" if is_mapping else "[]"
        if self._one_in(3):
            return self._flow_lines(parts, opening, closing, indent)
        gap = self._random.choice((", ", ",  ", " , "))
        return opening + gap.join(parts) + (self._random.choice(("", " ", ", ")) if parts else "") + closing

    def _flow_lines(self, parts: list[str], opening: str, closing: str, indent: int) -> str:
        """One part a line, with the comma after it, or before the next."""
        pad = " " * indent
        if self._one_in(3):
            return f"{opening} " + f"\n{pad}, ".join(parts) + f"\n{pad}{closing}"
        lines = [f"{opening}{self._end()}"]
        for number, part in enumerate(parts):
            comma = "," if number + 1 < len(parts) or self._one_in(2) else ""
            lines.append(f"{self._noise(indent)}{pad}{part}{comma}{self._end()}")
        return "".join(lines) + self._noise(indent) + pad + closing

"""Text that is shown as it is, wherever it is printed: it steers no terminal and gives no order to a CI system.

A CI system reads the output of the programs that it runs. GitHub's runner takes ``##[error]`` for an order anywhere in
a line, and ``::error::`` at the beginning of one, spaces before it or not (actions/runner, ActionCommand.cs); Azure
Pipelines and TeamCity have ``##vso[...]`` and ``##teamcity[...]``. So no line of a report may begin with text of a
strategy, and the bracket of such an order is written as an escape.
"""

from __future__ import annotations

import re
import unicodedata

# What stands between is letters, or characters that a comparison by the rules of a language passes over.
_ORDER = re.compile(r"(#[^\x00-\x7f]*#[A-Za-z\x80-\U0010ffff]*)\[")


def safe(text: str) -> str:
    """A text that a terminal shows as it is: one line, without control or direction-changing characters."""
    if text.isascii() and text.isprintable():
        return without_orders(text, "\\x5b") if "##" in text else text
    return without_orders("".join(map(_shown, text)), "\\x5b")


def without_orders(text: str, bracket: str) -> str:
    """The text with ``bracket`` for the opening bracket of everything that a CI system could take for an order."""
    return _ORDER.sub(lambda match: match[1] + bracket, text)


def is_hidden(char: str) -> bool:
    """Whether a character does not show: control, format, private, unassigned, surrogate, or a line's end."""
    return unicodedata.category(char)[0] == "C" or char in "\u2028\u2029"


def _shown(char: str) -> str:
    if char == "\t":
        return " "
    if not is_hidden(char):
        return char
    return f"\\x{ord(char):02x}" if ord(char) < 256 else f"\\u{ord(char):04x}"

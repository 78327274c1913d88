"""What is said alike of valid and of broken YAML, and the piece of text that it is said of."""

from __future__ import annotations

import re

from sgstrat.diagnostics.finding import Edit, Fix
from sgstrat.source.span import Span
from sgstrat.source.text import LINE_BREAK
from sgstrat.syntax.scalars import show

_WORD = re.compile(r"[^\s,\[\]{}]+")
_NO_WORD = re.compile(r"[\s,\[\]{}]")
_TAG = re.compile(r"!\S*")
_ADDRESS = re.compile(r"(?=[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*:|::)[0-9A-Fa-f:.]+(?:/[0-9]{1,3})?\Z")
_BEFORE_A_VALUE = re.compile(rf"(?:[\[,]|:[ \t])(?:[ \t]*(?:#[^{LINE_BREAK}]*)?[{LINE_BREAK}])*[ \t]*\Z")
_AFTER_A_VALUE = re.compile(rf"[ \t]*(?:[,\]}}{LINE_BREAK}]|[ \t]#|\Z)")
_REACH = 300  # how far back a word is looked for: one line may be the whole of a hostile file


def word_at(text: str, offset: int) -> str:
    """The characters from ``offset`` to the next blank or flow indicator."""
    match = _WORD.match(text, offset)
    return match.group() if match else ""


def word_start(text: str, offset: int) -> int:
    """Where the word begins that ``offset`` stands in or right after."""
    return offset - len(_NO_WORD.split(text[max(0, offset - _REACH) : offset])[-1])


def tag_at(text: str, offset: int) -> str:
    """The tag that begins at ``offset``, as it is written."""
    match = _TAG.match(text, offset)
    return match.group() if match else ""


def tag_saying(tag: str) -> tuple[str, str]:
    """Message and help for a tag (SG105)."""
    return f"{show(tag)} is a tag; strategies have none", "leave the tag out, or quote the text if the ! belongs to it"


def colon_saying(word: str) -> tuple[str, str]:
    """Message and help (SG108) for a plain scalar in flow style that begins or ends with a colon."""
    if word.startswith(":") and word.endswith(":") and not word.endswith("::"):
        word = word[:-1]  # the last one is what follows a key
    side = "begins" if word.startswith(":") else "ends"
    help = f'quote it: "{show(word)}"'
    if side == "ends" and ":" not in word[:-1]:
        help = f"write a space after the colon if {show(word[:-1])} is a key, or {help}"
    return f"{show(word)} {side} with a colon, which YAML does not read as text inside [...] or {{...}}", help


def colon_fix(text: str, offset: int, word: str, span: Span) -> Fix | None:
    """To quote a word (SG108) that stands whole where a value begins, if it can be nothing but an IPv6 address."""
    before = text[max(0, offset - _REACH) : offset]
    is_value = _BEFORE_A_VALUE.search(before) and _AFTER_A_VALUE.match(text, offset + len(word))
    if not _ADDRESS.match(word) or not is_value:
        return None
    return Fix("quote it", (Edit(span, f'"{word}"'),))

"""Taking an item out of a list, or an entry out of a mapping, with its lines and the comment at its end, and no more.

Knows the layout of a file, not what is taken out nor why.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from sgstrat.source.text import LINE_BREAK
from sgstrat.syntax.layout import Layout, Part

_BREAK = rf"(?:\r\n|[{LINE_BREAK}])"
_REST_OF_LINE = re.compile(rf"[ \t]*(?:[ \t]#[^{LINE_BREAK}]*)?(?:{_BREAK}|\Z)")
_REST_AFTER_COMMA = re.compile(rf"[ \t]*,[ \t]*(?:(?<=[ \t])#[^{LINE_BREAK}]*)?(?:{_BREAK}|\Z)")
_BLANK_LINES = re.compile(rf"(?:[ \t]*{_BREAK})*[ \t]*\Z")
_BLANK = re.compile(r"[ \t]*\Z")
_DASHES = re.compile(r"[ \t]*(?:-[ \t]+)+\Z")
_COMMA = re.compile(rf"[ \t{LINE_BREAK}]*,[ \t{LINE_BREAK}]*\Z")


class Taken(NamedTuple):
    """What goes: offsets, the end exclusive; the collection it is part of, which keeps at least one member."""

    start: int
    end: int
    collection: Part


class _Member(NamedTuple):
    """An item, or a key with its value. ``start`` is where a dash stands, in block style."""

    start: int
    end: int


def take_out(layout: Layout, part: Part) -> Taken | None:
    """The stretch of the text to delete, for an item or a key.

    With the last member of a collection goes the collection, with its key or as the item that it is. None for the value
    of a key, for what others repeat, and where something else stands on the same lines.
    """
    while True:
        if part.outer is None or not (part.is_item or part.is_key):
            return None
        if part.outer.members > 1:
            break
        part = part.outer
        if part.outer is not None and part.outer.kind == "mapping" and not part.is_key:
            part = part.outer.parts[part.index - 1]
    members = _members(layout, part.outer)
    at = part.index if part.is_item else part.index // 2
    if members is None:
        return None
    found = (_in_flow if part.outer.style else _in_block)(layout.source.text, members, at)
    if found is None or layout.has_anchor(*found):
        return None
    return Taken(*found, part.outer)


def _members(layout: Layout, collection: Part) -> list[_Member] | None:
    """All members of a collection; None where it is not clear where one begins or ends."""
    parts = collection.parts
    if collection.kind == "mapping":
        pairs = list(zip(parts[::2], parts[1::2], strict=True))
        if any(value.start == value.end for _, value in pairs):  # absent: nobody knows where its colon is
            return None
        return [_Member(key.start, value.end) for key, value in pairs]
    if collection.style:
        return [_Member(part.start, part.end) for part in parts]
    found = []
    before = collection.start
    for part in parts:
        dash = _dash(layout.source.text, before, part.start)
        if dash is None:
            return None
        found.append(_Member(dash, part.end))
        before = part.end
    return found


def _dash(text: str, start: int, end: int) -> int | None:
    """Where the dash of an item stands between the end of the one before and its own content."""
    for line in re.finditer(rf"[^{LINE_BREAK}]+", text[start:end]):
        written = line.group().lstrip(" \t")
        if written.startswith("-"):
            return start + line.end() - len(written)
        if written and not written.startswith("#"):
            return None
    return None


def _in_block(text: str, members: list[_Member], at: int) -> tuple[int, int] | None:
    start, end = members[at]
    rest = _REST_OF_LINE.match(text, end)
    begin = _line_start(text, start)
    if rest is None:
        return None
    if _BLANK.match(text[begin:start]):
        return begin, rest.end()
    # the first member stands beside the dash of what it is in, where the next one takes its place
    if at == 0 and _DASHES.match(text[begin:start]):
        following = members[1].start
        if _BLANK_LINES.match(text[rest.end() : following]):
            return start, following
    return None


def _in_flow(text: str, members: list[_Member], at: int) -> tuple[int, int] | None:
    start, end = members[at]
    is_last = at + 1 == len(members)
    begin = _line_start(text, start)
    rest = _REST_AFTER_COMMA.match(text, end) or (_REST_OF_LINE.match(text, end) if is_last else None)
    if rest is not None and _BLANK.match(text[begin:start]):
        return begin, rest.end()
    following = None if is_last else text[end : members[at + 1].start]
    leading = None if at == 0 else text[members[at - 1].end : start]
    if following is not None and _COMMA.match(following) and not _breaks(following):
        return start, members[at + 1].start
    if leading is not None and _COMMA.match(leading):
        return members[at - 1].end, end
    if following is not None and _COMMA.match(following):
        return start, members[at + 1].start
    return None


def _breaks(text: str) -> bool:
    return any(char in LINE_BREAK for char in text)


def _line_start(text: str, offset: int) -> int:
    return max(text.rfind(char, 0, offset) for char in LINE_BREAK) + 1

"""Taking an item out of a list, or an entry out of a mapping, with its lines and the comment at its end, and no more.

Knows the layout of a file, not what is taken out nor why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from sgstrat.source.text import LINE_BREAK
from sgstrat.syntax.layout import Layout, Part

_BREAK = rf"(?:\r\n|[{LINE_BREAK}])"
_REST_OF_LINE = re.compile(rf"[ \t]*(?:[ \t]#[^{LINE_BREAK}]*)?(?:{_BREAK}|\Z)")
_REST_AFTER_COMMA = re.compile(rf"[ \t]*,[ \t]*(?:(?<=[ \t])#[^{LINE_BREAK}]*)?(?:{_BREAK}|\Z)")
_BLANK_LINES = re.compile(rf"(?:[ \t]*{_BREAK})*[ \t]*\Z")
_COMMENT_LINE = re.compile(rf"[ \t]*#[^{LINE_BREAK}]*{_BREAK}")
_CONTENT = re.compile(rf"[ \t]*[^ \t#{LINE_BREAK}]|\Z")
_BLANK = re.compile(r"[ \t]*\Z")
_DASHES = re.compile(r"[ \t]*(?:-[ \t]+)+\Z")
_COMMA = re.compile(rf"[ \t{LINE_BREAK}]*,[ \t{LINE_BREAK}]*\Z")

Range = tuple[int, int]
"""Offsets of a text; the end is exclusive."""


class Taken(NamedTuple):
    """What goes; and the collection it is taken from, which keeps a member at least."""

    ranges: tuple[Range, ...]
    collection: Part


def take_out(layout: Layout, part: Part) -> Taken | None:
    """The stretches of the text to delete, for an item or a key.

    With the last member of a collection goes the collection, with its key or as the item that it is; comments on lines
    of their own stay. None for the value of a key, for what others repeat, where something else stands on the same
    lines, and where what follows would become part of a block scalar.
    """
    collection = part.outer
    if collection is None or not (part.is_item or part.is_key):
        return None
    target = part.start, _end(part)
    while collection.members == 1:
        outermost = collection
        part, collection = _as_member(outermost), outermost.outer
        if collection is None:
            return None
    found = (_in_flow if collection.style else _in_block)(layout, part)
    if found is None or layout.has_anchor(*found):
        return None
    ranges = tuple(_around_comments(layout, found, target))
    if ranges != (found,) and _line_start(layout, found[0]) != found[0]:  # a comment would stand beside something else
        return None
    return None if _feeds_block_scalar(layout, ranges) else Taken(ranges, collection)


def _as_member(part: Part) -> Part:
    """A collection as what is to be taken out of the one around it: itself as an item, else its key."""
    outer = part.outer
    return outer.parts[part.index - 1] if outer is not None and outer.kind == "mapping" and not part.is_key else part


def _end(part: Part) -> int:
    """Where an item ends, or a key with its value."""
    value = _value(part)
    return part.end if value is None else value.end


def _value(part: Part) -> Part | None:
    return part.outer.parts[part.index + 1] if part.outer is not None and part.is_key else None


def _neighbour(part: Part, step: int) -> Part | None:
    """The member before (-1) or after (1)."""
    if part.outer is None:
        return None
    at = part.index + (2 * step if part.is_key else step)
    return part.outer.parts[at] if 0 <= at < len(part.outer.parts) else None


def _around_comments(layout: Layout, whole: Range, target: Range) -> Iterator[Range]:
    """The stretch without those lines before and after its target that are comments and nothing else."""
    start = whole[0]
    for line in _COMMENT_LINE.finditer(layout.source.text, *whole):
        if _line_start(layout, line.start()) == line.start() and not target[0] <= line.start() < target[1]:
            if start < line.start():
                yield start, line.start()
            start = line.end()
    if start < whole[1]:
        yield start, whole[1]


def _feeds_block_scalar(layout: Layout, ranges: tuple[Range, ...]) -> bool:
    """Whether blank lines or comments come to stand right below a block scalar, which may take them for its own."""
    text = layout.source.text
    before = ranges[0][0]
    while before and text[before - 1].isspace():
        before -= 1
    return layout.ends_block_scalar(before) and _CONTENT.match(text, ranges[0][1]) is None


def _in_block(layout: Layout, part: Part) -> Range | None:
    """Whole lines; or, where the first member stands beside a dash, up to the next one, which takes its place."""
    value = _value(part)
    start = part.start if value is not None else _dash(layout, part)
    if start is None or (value is not None and value.start == value.end):  # a colon that may be anywhere
        return None
    text = layout.source.text
    rest = _REST_OF_LINE.match(text, _end(part))
    before = text[_line_start(layout, start) : start]
    if rest is None:
        return None
    if _BLANK.match(before):
        return start - len(before), rest.end()
    following = _neighbour(part, 1)
    if _neighbour(part, -1) is None and following is not None and _DASHES.match(before):
        next_start = following.start if following.is_key else _dash(layout, following)
        if next_start is not None and _BLANK_LINES.match(text[rest.end() : next_start]):
            return start, next_start
    return None


def _dash(layout: Layout, item: Part) -> int | None:
    """Where the dash of an item stands: between the end of the one before and its own content."""
    before = _neighbour(item, -1)
    start = before.end if before is not None else item.outer.start if item.outer is not None else 0
    for line in re.finditer(rf"[^{LINE_BREAK}]+", layout.source.text[start : item.start]):
        written = line.group().lstrip(" \t")
        if written.startswith("-"):
            return start + line.end() - len(written)
        if written and not written.startswith("#"):
            return None
    return None


def _in_flow(layout: Layout, part: Part) -> Range | None:
    """Whole lines where it has lines of its own; else the member with the comma after it, or the one before it."""
    text = layout.source.text
    start, end = part.start, _end(part)
    value, previous, following = _value(part), _neighbour(part, -1), _neighbour(part, 1)
    if any(each is not None and each.start == each.end for each in (value, previous and _value(previous))):
        return None
    rest = _REST_AFTER_COMMA.match(text, end) or (_REST_OF_LINE.match(text, end) if following is None else None)
    begin = _line_start(layout, start)
    if rest is not None and _BLANK.match(text[begin:start]):
        return begin, rest.end()
    after = "" if following is None else text[end : following.start]
    before = "" if previous is None else text[_end(previous) : start]
    on_this_line = not any(char in LINE_BREAK for char in after)
    if following is not None and _COMMA.match(after) and (on_this_line or not _COMMA.match(before)):
        return start, following.start
    return (_end(previous), end) if previous is not None and _COMMA.match(before) else None


def _line_start(layout: Layout, offset: int) -> int:
    return layout.source.offset(layout.source.position(offset)[0], 1)

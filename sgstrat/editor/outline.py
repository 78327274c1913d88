"""Where the cursor stands in a text that may not be YAML yet: the path of keys that leads there.

Reads indentation and open brackets alone, so half a key, an open quote or a broken line elsewhere does not matter.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from sgstrat.editor.walk import ITEM, Path

_WINDOW = 65536
"""Characters before the cursor that are looked at for open brackets: no flow collection of people is longer."""

_KEY = re.compile(r"(?P<quote>[\"']?)(?P<key>[A-Za-z0-9_./-]+)(?P=quote)\s*:(?=\s|$)")
_DASH = re.compile(r"-(?:\s+|$)")
_TOKEN = re.compile(
    r"(?<![^\s\[\]{},:])\"(?:[^\"\\\n]|\\.)*\"?|(?<![^\s\[\]{},:])'(?:[^'\n]|'')*'?|(?<!\S)#[^\n]*|[\[\]{},]"
)
_TOP_KEY = re.compile(r"^[A-Za-z0-9_-]+:", re.MULTILINE)
_WORD = re.compile(r"[A-Za-z0-9_./:*-]*\Z")
_TAIL = re.compile(r"[A-Za-z0-9_./*-]*")


class Spot(NamedTuple):
    """The cursor: the path of what is being written, and the part of the word before and after it.

    ``start`` and ``end`` are the offsets of that word. Where a key may stand ``is_key`` says so; ``present`` are the
    keys its mapping has already. ``in_flow`` is inside of brackets. ``indent`` is the column of its mapping.
    """

    path: Path
    word: str
    start: int
    end: int
    is_key: bool
    present: frozenset[str]
    in_flow: bool
    indent: int


class _Line(NamedTuple):
    """The parts of one line in block style: columns of dashes and of a key, and where its content begins."""

    dashes: tuple[int, ...]
    key: str | None
    column: int
    rest: int


class _Open(NamedTuple):
    """An open bracket, and where what is being written in it began."""

    bracket: str
    at: int
    part: int


def spot(text: str, offset: int) -> Spot | None:
    """What is being written at ``offset``; None in a comment."""
    line_start = max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1
    before = text[line_start:offset]
    opened, in_comment = _open_brackets(text, offset)
    if in_comment:
        return None
    word = _WORD.search(before)
    start = offset - (len(word.group()) if word else 0)
    tail = _TAIL.match(text, offset)
    end = tail.end() if tail else offset
    if opened:
        return _in_flow(text, opened, start, offset, end)
    return _in_block(text, line_start, start, offset, end)


def _open_brackets(text: str, offset: int) -> tuple[list[_Open], bool]:
    """The brackets that are open at ``offset``, outermost first, and whether it is inside a comment."""
    window = max(0, offset - _WINDOW)
    # a plain key in the first column is block style: nothing before it can be open
    begin = max((match.start() for match in _TOP_KEY.finditer(text, window, offset)), default=window)
    opened: list[_Open] = []
    for token in _TOKEN.finditer(text, begin, offset):
        mark = token.group()[0]
        if mark == "#":
            if token.end() == offset and "\n" not in token.group():
                return opened, True
        elif mark in "[{":
            opened.append(_Open(mark, token.start(), token.end()))
        elif mark in "]}":
            if opened:
                opened.pop()
        elif mark == "," and opened:
            opened[-1] = opened[-1]._replace(part=token.end())
    return opened, False


def _in_flow(text: str, opened: list[_Open], start: int, offset: int, end: int) -> Spot:
    line_start = max(text.rfind("\n", 0, opened[0].at), text.rfind("\r", 0, opened[0].at)) + 1
    path = _block_path(text, line_start, text[line_start : opened[0].at])
    indent = len(text[line_start : opened[0].at])
    is_key = False
    for index, each in enumerate(opened):
        if each.bracket == "[":
            path = (*path, ITEM)
            # a single pair may stand in a list, but the language has no such thing
            is_key = False
            continue
        stop = opened[index + 1].at if index + 1 < len(opened) else offset
        key = _KEY.match(text[each.part : stop].lstrip())
        is_key = key is None
        if key is not None:
            path = (*path, key.group("key"))
    inner = opened[-1]
    present = _flow_keys(text, inner, offset) if inner.bracket == "{" else frozenset()
    may_be_key = is_key or inner.bracket == "["
    return Spot(path, text[start:offset], start, end, may_be_key, present, True, indent)


def _flow_keys(text: str, inner: _Open, offset: int) -> frozenset[str]:
    """The keys of the flow mapping around ``offset``, but the one that is being written."""
    keys = set()
    depth = 0
    part = inner.at + 1
    for token in _TOKEN.finditer(text, inner.at + 1, min(len(text), offset + 4096)):
        mark = token.group()[0]
        if mark in "[{":
            depth += 1
        elif mark in "]}" and depth:
            depth -= 1
        elif mark in ",}]" and not depth:
            keys.add(_key_of(text[part : token.start()]))
            part = token.end()
            if mark != ",":
                break
    return frozenset(key for key in keys if key)


def _key_of(part: str) -> str:
    match = _KEY.match(part.lstrip())
    return match.group("key") if match else ""


def _in_block(text: str, line_start: int, start: int, offset: int, end: int) -> Spot:
    before = text[line_start:offset]
    parsed = _parse_line(before)
    if parsed.key is not None and parsed.rest <= len(before):
        path = (*_path_above(text, line_start, parsed), parsed.key)
        return Spot(path, text[start:offset], start, end, False, frozenset(), False, parsed.column)
    path = _path_above(text, line_start, parsed)
    present = _block_keys(text, line_start, parsed)
    return Spot(path, text[start:offset], start, end, True, present, False, parsed.column)


def _parse_line(line: str) -> _Line:
    column = len(line) - len(line.lstrip(" "))
    dashes = []
    while match := _DASH.match(line, column):
        dashes.append(column)
        column = match.end()
    key = _KEY.match(line, column)
    if key is None:
        return _Line(tuple(dashes), None, column, column)
    return _Line(tuple(dashes), key.group("key"), column, key.end())


def _block_path(text: str, line_start: int, before: str) -> Path:
    """The path of a value that begins at the end of ``before``, the beginning of its line."""
    parsed = _parse_line(before)
    path = _path_above(text, line_start, parsed)
    return path if parsed.key is None else (*path, parsed.key)


def _path_above(text: str, line_start: int, parsed: _Line) -> Path:
    """The path of the mapping or list in which a line stands, found by going up through lesser indentation."""
    path: list[str] = [ITEM] * len(parsed.dashes)
    column = parsed.dashes[0] if parsed.dashes else parsed.column
    in_list = bool(parsed.dashes)
    stop = line_start - 1
    while stop > 0 and (column > 0 or in_list):
        begin = text.rfind("\n", 0, stop) + 1
        line = text[begin:stop].rstrip("\r")
        stop = begin - 1
        bare = line.strip()
        if not bare or bare.startswith("#"):
            continue
        above = _parse_line(line)
        if above.key is not None and (above.column < column or (above.column == column and in_list)):
            path.append(above.key)
            column, in_list = above.column, False
        for dash in reversed(above.dashes):
            if dash < column:
                path.append(ITEM)
                column, in_list = dash, True
    return tuple(reversed(path))


def _block_keys(text: str, line_start: int, parsed: _Line) -> frozenset[str]:
    """The keys of the block mapping in which a line stands, but its own."""
    keys = set()
    column = parsed.column
    if not parsed.dashes:
        stop = line_start - 1
        while stop > 0:
            begin = text.rfind("\n", 0, stop) + 1
            line = text[begin:stop].rstrip("\r")
            stop = begin - 1
            above = _parse_line(line)
            if not line.strip() or line.lstrip().startswith("#") or above.column > column:
                continue
            if above.column < column:
                break
            keys.add(above.key)
            if above.dashes:
                break
    begin = text.find("\n", line_start) + 1
    while 0 < begin < len(text):
        stop = text.find("\n", begin)
        line = text[begin : stop if stop >= 0 else len(text)].rstrip("\r")
        below = _parse_line(line)
        first = below.dashes[0] if below.dashes else below.column
        if line.strip() and not line.lstrip().startswith("#"):
            if first < column:
                break
            if first == column and not below.dashes:
                keys.add(below.key)
        begin = stop + 1 if stop >= 0 else 0
    return frozenset(key for key in keys if key)

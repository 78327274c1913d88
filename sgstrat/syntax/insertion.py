"""Adding a mapping at the end of a list that is at a key of another mapping, in the style in which the file is written.

Knows the layout of a file, not what is added nor why.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from sgstrat.diagnostics.remedy import Insertion
from sgstrat.source.text import LINE_BREAK
from sgstrat.syntax.layout import Layout, Part
from sgstrat.syntax.spelling import spell

_REST = re.compile(rf"[ \t]*(?:[ \t]#[^{LINE_BREAK}]*)?(\r\n|[{LINE_BREAK}]|\Z)")
_BREAK = re.compile(rf"\r\n|[{LINE_BREAK}]")


class Added(NamedTuple):
    """``text`` is inserted before the offset ``at``."""

    at: int
    text: str


def add_item(layout: Layout, mapping: Part, insertion: Insertion) -> Added | None:
    """What to insert, and where; None where the list is no list, or repeated by aliases, or the value is absent."""
    item = _item(insertion)
    if item is None or mapping.kind != "mapping" or layout.has_anchor(mapping.start, mapping.end):
        return None
    key = insertion.key
    if any(part.value == key for part in mapping.parts[::2]):
        sequence = mapping.value_at(key)
        return None if sequence is None or sequence.kind != "sequence" else _to_list(layout, sequence, item)
    last = mapping.parts[-1] if mapping.parts else None
    if last is not None and last.start == last.end:
        return None
    if mapping.style:
        return _in_flow(mapping, last, f"{key}: [{item}]")
    indent = " " * _column(layout, mapping.parts[0].start)
    return _below(layout, mapping, [f"{indent}{key}:", f"{indent}  - {item}"])


def _item(insertion: Insertion) -> str | None:
    pairs = []
    for key, value in insertion.item:
        words = [spell(each) for each in ((value,) if isinstance(value, str) else value)]
        if None in words:
            return None
        written = ", ".join(word for word in words if word is not None)
        pairs.append(f"{key}: {written}" if isinstance(value, str) else f"{key}: [{written}]")
    return f"{{{', '.join(pairs)}}}"


def _to_list(layout: Layout, sequence: Part, item: str) -> Added | None:
    if sequence.style:
        return _in_flow(sequence, sequence.parts[-1] if sequence.parts else None, item)
    return _below(layout, sequence, [" " * _column(layout, sequence.start) + f"- {item}"])


def _in_flow(collection: Part, last: Part | None, text: str) -> Added:
    return Added(collection.end - 1, text) if last is None else Added(last.end, f", {text}")


def _below(layout: Layout, collection: Part, lines: list[str]) -> Added | None:
    """On lines of their own, after the last one of a collection in block style."""
    text = layout.source.text
    rest = _REST.match(text, collection.end)
    if rest is None or layout.ends_block_scalar(collection.end):  # blank lines below belong to the scalar
        return None
    found = _BREAK.search(text)
    line_break = rest.group(1) or (found.group() if found else "\n")
    if rest.group(1):
        return Added(rest.end(), "".join(line + line_break for line in lines))
    return Added(rest.end(), "".join(line_break + line for line in lines))


def _column(layout: Layout, offset: int) -> int:
    return layout.source.position(offset)[1] - 1

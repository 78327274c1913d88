"""How a text is written as a scalar, so that every reader of YAML reads that text.

Knows scalars, not where they stand in a file.
"""

from __future__ import annotations

import re

from sgstrat.syntax.layout import Layout, Part
from sgstrat.syntax.scalars import reads_as

# What needs no quotes anywhere: no indicator at the beginning, no colon at the end, nothing that ends a text in flow.
_PLAIN = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_./:+-]*[A-Za-z0-9_./+-])?\Z")
_QUOTABLE = re.compile(r"[\x20-\x7e]+\Z")


def spell(text: str, style: str = "") -> str | None:
    """A text as a scalar in a style (empty: plain), or in double quotes where that style cannot hold it.

    None for a block scalar and for what is not printable ASCII: neither is written by a machine.
    """
    if style in ("|", ">") or not _QUOTABLE.match(text):
        return None
    if not style and _PLAIN.match(text) and reads_as(text) is None:
        return text
    if style == "'" and "'" not in text:
        return f"'{text}'"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def respell(layout: Layout, part: Part, old: str, new: str) -> str | None:
    """What is to be written in place of a scalar that says ``old``.

    None where it says something else, is repeated by aliases, or would be a key that its mapping has already.
    """
    if part.kind != "scalar" or part.value != old or layout.has_anchor(part.start, part.start + 1):
        return None
    if part.is_key and part.outer is not None and old != new:
        keys = part.outer.parts[::2]
        if any(key.value == new for key in keys):
            return None
    return spell(new, part.style)

"""A unified diff that ``git apply`` and ``patch -p1`` take. Pure text: knows no files."""

from __future__ import annotations

import re
from collections.abc import Iterator

_LINE = re.compile(r"[^\n]*\n|[^\n]+\Z")  # lines end at line feeds alone, as those programs count them


def unified(path: str, before: str, after: str) -> Iterator[str]:
    """The lines of the diff of one file, without their line feeds; none where the texts are equal."""
    from difflib import unified_diff  # imported late: only --diff pays for it

    old, new = _LINE.findall(before), _LINE.findall(after)
    for line in unified_diff(old, new, f"a/{path}", f"b/{path}"):
        yield line.removesuffix("\n")
        if not line.endswith("\n"):
            yield "\\ No newline at end of file"

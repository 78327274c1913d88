"""A unified diff of bounded length and bounded cost, for files of any size.

``difflib`` takes time that grows with the product of both lengths; so the equal beginning and end are cut off first,
and of what is left only the first lines are compared. Pure text: knows no files.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

CONTEXT = 3
COMPARED_LINES = 2_000
SHOWN_LINES = 200


class Difference(NamedTuple):
    """Lines of a unified diff without line ends (no file header). ``shortened``: there is more than is shown."""

    lines: tuple[str, ...]
    shortened: bool


def difference(before: str, after: str, limit: int = SHOWN_LINES) -> Difference:
    """How ``before`` becomes ``after``, at most ``limit`` lines. Texts that differ only in line ends give none."""
    old, new = before.splitlines(), after.splitlines()
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    first = max(0, start - CONTEXT)
    end = max(0, end - CONTEXT)
    old_part, new_part = old[first : len(old) - end], new[first : len(new) - end]
    cut = len(old_part) > COMPARED_LINES or len(new_part) > COMPARED_LINES
    lines: list[str] = []
    for line in _hunks(old_part[:COMPARED_LINES], new_part[:COMPARED_LINES], first):
        if len(lines) >= limit:
            return Difference(tuple(lines), True)
        lines.append(line)
    return Difference(tuple(lines), cut)


def _common(old: list[str], new: list[str]) -> int:
    count = 0
    for left, right in zip(old, new, strict=False):  # up to the end of the shorter
        if left != right:
            break
        count += 1
    return count


def _hunks(old: list[str], new: list[str], offset: int) -> Iterator[str]:
    for group in SequenceMatcher(None, old, new).get_grouped_opcodes(CONTEXT):
        _, old_from, _, new_from, _ = group[0]
        _, _, old_to, _, new_to = group[-1]
        yield f"@@ -{_range(old_from + offset, old_to + offset)} +{_range(new_from + offset, new_to + offset)} @@"
        for tag, i, j, k, m in group:
            if tag == "equal":
                yield from (" " + line for line in old[i:j])
                continue
            yield from ("-" + line for line in old[i:j])
            yield from ("+" + line for line in new[k:m])


def _range(start: int, stop: int) -> str:
    length = stop - start
    if length == 1:
        return f"{start + 1}"
    return f"{start if length == 0 else start + 1},{length}"

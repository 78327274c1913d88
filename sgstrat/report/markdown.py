"""Text that Markdown shows as it is: no markup, no HTML, no mention and no link comes out of it.

For GitHub's and GitLab's dialects (CommonMark with tables). Inside a code span nothing is markup, a mention, an issue
number or a link; what a code span or a table cell could not hold is written as character references inside ``<code>``.
"""

from __future__ import annotations

from sgstrat.report.text import safe

_NOT_IN_SPAN = frozenset("`|\\")
LONGEST = 300


def code(text: str) -> str:
    """A text as code, also inside a table: on one line, cut at :data:`LONGEST` characters."""
    shown = safe(text).strip() or " "
    if len(shown) > LONGEST:
        shown = shown[: LONGEST - 3] + "..."
    if _NOT_IN_SPAN.isdisjoint(shown) and shown != " ":
        return f"`{shown}`"
    return f"<code>{''.join(map(_reference, shown))}</code>"


def _reference(char: str) -> str:
    return char if char.isalnum() or char in " ,-" else f"&#{ord(char)};"

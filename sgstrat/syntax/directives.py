"""Directives, which are looked for before the parser meets them: it checks each against all the others."""

from __future__ import annotations

import re

from sgstrat.diagnostics.finding import Findings
from sgstrat.source.span import Span
from sgstrat.source.text import LINE_BREAK, SourceText
from sgstrat.syntax.scalars import show

# The first line that is neither blank nor a comment.
_CONTENT = re.compile(rf"(?:(?<=[{LINE_BREAK}])|^)(?![ \t]*(?:#|[{LINE_BREAK}]|\Z))")
_VERSION = re.compile(rf"%YAML[ \t]+1\.[12][ \t]*(?:#[^{LINE_BREAK}]*)?(?=[{LINE_BREAK}])")


def directives_permitted(source: SourceText, findings: Findings) -> bool:
    """Whether the file begins with no directive, or with one %YAML 1.1 or 1.2, which says nothing new; else SG105."""
    text = source.text
    if "%" not in text:
        return True
    content = _CONTENT.search(text)
    version = None if content is None else _VERSION.match(text, content.start())
    if version is not None:
        content = _CONTENT.search(text, version.end())
    if content is None or not text.startswith("%", content.start()):
        return True
    span = _line_span(source, content.start())
    directive = show(source.line(span.line))
    findings.add("SG105", f"{directive} is a YAML directive; strategies have none", span, help="delete the line")
    return False


def directive_after(source: SourceText, offset: int, explicit: bool) -> Span | None:
    """The directive, if any, that follows a document which ends at ``offset``, ``explicit`` when with ``...``."""
    text = source.text
    if explicit:
        while (content := _CONTENT.search(text, offset)) and text.startswith("...", content.start()):
            offset = content.start() + 3
        if content is None:
            return None
        offset = content.start()
    return _line_span(source, offset) if text.startswith("%", offset) else None


def _line_span(source: SourceText, offset: int) -> Span:
    line, column = source.position(offset)
    return Span(source.file, line, column, line, len(source.line(line)) + 1)

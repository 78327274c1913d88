"""Findings as text for people: place, what is wrong, the line with a caret, what to do.

Everything that comes from a file is made safe for a terminal and for a CI system's log (``report.inert``), and no
line begins with it: a path begins with the name of a folder of the workspace.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sgstrat.diagnostics.codes import Severity
from sgstrat.diagnostics.finding import Finding
from sgstrat.report.inert import safe
from sgstrat.source.span import Span
from sgstrat.source.text import SourceText

_WIDTH = 160
_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.NOTE: "36"}
MOST_SHOWN = 200

__all__ = ["MOST_SHOWN", "TextReport", "environments", "safe", "summary"]


class TextReport:
    """Writes findings one by one; keeps the line indexes of the files they are in."""

    def __init__(self, texts: Mapping[str, str], colour: bool = False) -> None:
        self._texts = texts
        self._sources: dict[str, SourceText] = {}
        self._last: tuple[str, int, str] = ("", 0, "")
        self._colour = colour

    def lines(self, findings: Iterable[Finding]) -> Iterator[str]:
        """The report: at most :data:`MOST_SHOWN` findings of each severity, then a count of the rest."""
        shown: dict[Severity, int] = dict.fromkeys(Severity, 0)
        for finding in findings:
            shown[finding.severity] += 1
            if shown[finding.severity] <= MOST_SHOWN:
                yield from self.of(finding)
        for severity, count in shown.items():
            if count > MOST_SHOWN:
                yield f"... and {count - MOST_SHOWN} more {severity.value}s"

    def of(self, finding: Finding) -> Iterator[str]:
        """The lines of one finding."""
        place = f"{safe(str(finding.span))}: " if finding.span is not None else ""
        label = self._paint(f"{finding.severity.value} {finding.code}", finding.severity)
        yield f"{place}{label} {safe(finding.message)}{environments(finding)}"
        if finding.severity is Severity.NOTE:
            return
        if finding.span is not None:
            yield from self._excerpt(finding.span, finding.severity)
        if finding.help:
            yield f"  help: {safe(finding.help)}"
        for related in finding.related:
            yield f"  see {safe(str(related.span))}: {safe(related.message)}"

    def _excerpt(self, span: Span, severity: Severity) -> Iterator[str]:
        line = self._line(span)
        if not line or line.isspace():
            return
        start = span.column - 1
        end = span.end_column - 1 if span.end_line == span.line else len(line)
        offset = max(0, start - _WIDTH // 2) if len(line) > _WIDTH else 0
        piece = line[offset : offset + _WIDTH]
        before, marked = safe(piece[: start - offset]), safe(piece[start - offset : max(start + 1, end) - offset])
        number = str(span.line)
        yield f"  {number} | {safe(piece).rstrip()}"
        caret = "^" * max(1, len(marked.rstrip()))
        yield f"  {' ' * len(number)} | {' ' * len(before)}{self._paint(caret, severity)}"

    def _line(self, span: Span) -> str:
        file, number, line = self._last  # thousands of findings may be about one long line
        if (file, number) == (span.file, span.line):
            return line
        text = self._texts.get(span.file)
        if text is None:
            return ""
        if span.file not in self._sources:
            self._sources[span.file] = SourceText(span.file, text)
        line = self._sources[span.file].line(span.line)
        self._last = (span.file, span.line, line)
        return line

    def _paint(self, text: str, severity: Severity) -> str:
        return f"\033[{_COLOURS[severity]};1m{text}\033[0m" if self._colour else text


def environments(finding: Finding) -> str:
    """`` (in dev, prod)``, or an empty text where the environment says nothing."""
    # default is the only one of a strategy that names none
    return "" if finding.environments in ((), ("default",)) else f" (in {safe(', '.join(finding.environments))})"


def summary(findings: Iterable[Finding]) -> str:
    """``2 errors, 1 warning, 3 notes``, or an empty text where there is nothing to say."""
    counts = dict.fromkeys(Severity, 0)
    for finding in findings:
        counts[finding.severity] += 1
    return ", ".join(f"{count} {severity.value}{'s' * (count != 1)}" for severity, count in counts.items() if count)

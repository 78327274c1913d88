"""Severities as an organisation has set them by code, applied to findings. Knows no setting and no check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from sgstrat.diagnostics.codes import Severity
from sgstrat.diagnostics.finding import Finding

Grades = Mapping[str, Severity | None]
"""Severities by code; None leaves findings of that code out."""


def regrade(findings: Iterable[Finding], grades: Grades) -> Iterator[Finding]:
    """The findings with the severities that ``grades`` give them; to do so twice changes nothing.

    A waived one stays a note and has the new severity as the one it would have had. An error that cannot be waived
    stays an error, whatever ``grades`` say.
    """
    for finding in findings:
        if finding.code not in grades or (finding.is_error and not finding.kind.waivable):
            yield finding
            continue
        severity = grades[finding.code]
        if severity is None:
            continue
        if finding.waived is not None:
            yield replace(finding, waived=finding.waived._replace(severity=severity))
        else:
            yield finding if finding.severity is severity else replace(finding, severity=severity)

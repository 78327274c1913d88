"""Findings as workflow commands of GitHub Actions, which shows them beside the lines of a pull request.

One line for each finding, the gravest first: of a step GitHub shows ten errors, ten warnings and ten notices.
Nothing of a message can end its command or begin another.
Sources: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands and actions/runner,
ActionCommand.cs, for what is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator

from sgstrat.diagnostics.codes import Severity
from sgstrat.diagnostics.finding import Finding
from sgstrat.report.outcome import Outcome, counts
from sgstrat.report.text import MOST_SHOWN, environments, safe, summary
from sgstrat.source.span import Span

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def github(outcome: Outcome) -> str:
    """The text, with a newline at its end: at most ``MOST_SHOWN`` commands of each severity, and a count of all."""
    return "".join(f"{line}\n" for line in _lines(outcome))


def _lines(outcome: Outcome) -> Iterator[str]:
    for severity, count in counts(outcome.findings).items():
        chosen = [each for each in outcome.findings if each.severity is severity][:MOST_SHOWN]
        for finding in chosen:
            yield _command(finding, outcome.folder)
        if count > len(chosen):
            yield f"... and {count - len(chosen)} more {severity.value}s"
    yield summary(outcome.findings) or "no findings"


def _command(finding: Finding, folder: str) -> str:
    place = _place(finding.span, folder) if finding.span is not None else {}
    properties = {**place, "title": f"{finding.code} {finding.kind.slug}"}
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    parts = [safe(finding.message) + environments(finding)]
    if finding.help:
        parts.append(f"help: {safe(finding.help)}")
    parts += [f"see {safe(str(each.span))}: {safe(each.message)}" for each in finding.related]
    return f"::{_COMMANDS[finding.severity]} {written}::{_data(chr(10).join(parts))}"


def _place(span: Span, folder: str) -> dict[str, str]:
    place = {"file": safe(folder + span.file), "line": str(span.line), "endLine": str(span.end_line)}
    if span.line == span.end_line:  # GitHub takes columns within one line only
        place |= {"col": str(span.column), "endColumn": str(span.end_column)}
    return place


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

"""Findings as JSON, for programs: everything that is known of them, exactly. Version 1; keys are only ever added.

``findings_schema`` has the form, key by key.
"""

from __future__ import annotations

from typing import Any

from sgstrat import __version__
from sgstrat.diagnostics.codes import Severity
from sgstrat.diagnostics.finding import Finding, Fix, Waived
from sgstrat.report.json_text import json_text
from sgstrat.report.outcome import Outcome, counts, listed
from sgstrat.source.span import Span

VERSION = 1
_Json = dict[str, Any]


def findings_json(outcome: Outcome) -> str:
    """The text, with a newline at its end."""
    shown = listed(outcome.findings)
    found = counts(outcome.findings)
    data = {
        "report": VERSION,
        "tool": {"name": "sgstrat", "version": __version__},
        "as_of": outcome.as_of.isoformat(),
        "workspace": outcome.folder,
        "valid": not outcome.failed,
        "summary": {
            "errors": found[Severity.ERROR],
            "warnings": found[Severity.WARNING],
            "notes": found[Severity.NOTE],
            "waived": sum(each.waived is not None for each in outcome.findings),
            "not_listed": len(outcome.findings) - len(shown),
        },
        "targets": [target._asdict() for target in outcome.targets],
        "findings": [_finding(each, outcome) for each in shown],
    }
    return json_text(data)


def _finding(finding: Finding, outcome: Outcome) -> _Json:
    known = finding.kind
    return {
        "code": finding.code,
        "slug": known.slug,
        "severity": finding.severity.value,
        "title": known.title,
        "message": finding.message,
        "help": finding.help,
        **_place(finding.span),
        "environments": list(finding.environments),
        "services": list(finding.services),
        "paths": list(finding.paths),
        "related": [{"message": each.message, **_place(each.span)} for each in finding.related],
        "fix": _fix(finding.fix) if finding.fix is not None else None,
        "waived": _waived(finding.waived) if finding.waived is not None else None,
        "controls": list(outcome.controls.get(finding.code, ())),
        "explain": f"sgstrat explain {finding.code}",
    }


def _place(span: Span | None) -> _Json:
    if span is None:
        return {"file": None, "range": None}
    start = {"line": span.line, "column": span.column}
    return {"file": span.file, "range": {"start": start, "end": {"line": span.end_line, "column": span.end_column}}}


def _fix(fix: Fix) -> _Json:
    edits = [{**_place(each.span), "text": each.text} for each in fix.edits]
    return {"title": fix.title, "safe": fix.is_safe, "edits": edits}


def _waived(waived: Waived) -> _Json:
    return {
        "severity": waived.severity.value,
        "message": waived.message,
        "why": waived.why,
        "until": waived.until,
        "approved_by": waived.approved_by,
        **_place(waived.span),
    }

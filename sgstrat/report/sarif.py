"""Findings as SARIF 2.1.0, for code scanning: one run, its rules, a result for each finding.

Paths are relative to the root of the repository, since that is what a viewer has. Columns count code points and lines
end as YAML ends them, which the run says. A waived finding keeps the level that it had and is marked as suppressed.
Standard: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from sgstrat import __version__
from sgstrat.diagnostics.finding import Edit, Finding, Fix, Related, Waived
from sgstrat.report.fingerprint import VERSION as FINGERPRINT, fingerprints
from sgstrat.report.json_text import json_text
from sgstrat.report.outcome import Outcome, left_out, listed
from sgstrat.report.sarif_rules import sarif_rule
from sgstrat.report.text import environments, safe
from sgstrat.source.span import Span

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"
_LINE_ENDS = ["\r\n", "\n", "\r", "\x85", "\u2028", "\u2029"]
_MOST_RELATED = 100
"""GitHub shows 100 locations of a result and refuses a run with more than 1000."""
_PLACEHOLDER = re.compile(r"\{(\d+)\}")
_PLAIN_IN_URI = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")

_Json = dict[str, Any]


def sarif(outcome: Outcome) -> str:
    """The text, with a newline at its end."""
    shown = listed(outcome.findings)
    kinds = {each.code: each.kind for each in sorted(shown, key=lambda each: each.code)}
    driver = {
        "name": "sgstrat",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [sarif_rule(kind, outcome.controls.get(code, ())) for code, kind in kinds.items()],
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [_invocation(outcome, shown)],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository."}}},
        "columnKind": "unicodeCodePoints",
        "newlineSequences": _LINE_ENDS,
        "results": _Results(outcome.folder, list(kinds)).of(shown),
    }
    return json_text({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _invocation(outcome: Outcome, shown: tuple[Finding, ...]) -> _Json:
    missing = left_out(outcome, shown)
    said = [{"level": "warning", "message": {"text": missing}}] if missing else []
    # findings are what the program is there for: it was successful, whatever they say
    return {
        "executionSuccessful": True,
        "exitCode": 1 if outcome.failed else 0,
        **({"toolExecutionNotifications": said} if said else {}),
    }


class _Results:
    """Writes results. ``codes`` are the run's rules in order, ``folder`` is what paths are below."""

    def __init__(self, folder: str, codes: list[str]) -> None:
        self._folder = folder
        self._index = {code: index for index, code in enumerate(codes)}

    def of(self, findings: tuple[Finding, ...]) -> list[_Json]:
        """One for each finding, in their order."""
        return [self._result(each, known) for each, known in zip(findings, fingerprints(findings), strict=True)]

    def _result(self, finding: Finding, fingerprint: str) -> _Json:
        waived = finding.waived
        message = (finding if waived is None else waived).message + environments(finding)
        result: _Json = {
            "ruleId": finding.code,
            "ruleIndex": self._index[finding.code],
            "level": (waived.severity if waived is not None else finding.severity).value,
            "message": _message(message, finding.help),
            "locations": [self._location(finding)],
            "partialFingerprints": {FINGERPRINT: fingerprint},
        }
        if finding.related:
            result["relatedLocations"] = self._related(finding.related)
        if waived is not None:
            result["suppressions"] = [self._suppression(waived)]
        if finding.fix is not None:
            result["fixes"] = [self._fix(finding.fix)]
        properties = {"environments": list(finding.environments), "services": list(finding.services)}
        if any(properties.values()):
            result["properties"] = properties
        return result

    def _location(self, finding: Finding) -> _Json:
        # what is about no place is about the strategies as such; a result without a location is not shown at all
        place = (
            self._physical(finding.span) if finding.span is not None else {"artifactLocation": self._file("strategies")}
        )
        names = [{"fullyQualifiedName": safe(path)} for path in finding.paths]
        return {"physicalLocation": place, **({"logicalLocations": names} if names else {})}

    def _related(self, related: tuple[Related, ...]) -> list[_Json]:
        return [
            {"id": number, "physicalLocation": self._physical(each.span), "message": _message(each.message)}
            for number, each in enumerate(related[:_MOST_RELATED], 1)
        ]

    def _suppression(self, waived: Waived) -> _Json:
        until = f", until {waived.until}" if waived.until else ""
        by = f", approved by {waived.approved_by}" if waived.approved_by else ""
        return {
            "kind": "inSource",
            "status": "accepted",
            "justification": safe(f"{waived.why}{until}{by}"),
            "location": {"physicalLocation": self._physical(waived.span)},
        }

    def _fix(self, fix: Fix) -> _Json:
        changes: dict[str, list[Edit]] = {}
        for edit in fix.edits:
            changes.setdefault(edit.span.file, []).append(edit)
        return {
            "description": _message(fix.title),
            "artifactChanges": [
                {"artifactLocation": self._file(file), "replacements": _replacements(edits)}
                for file, edits in changes.items()
            ],
            "properties": {"safe": fix.is_safe},
        }

    def _physical(self, span: Span) -> _Json:
        return {"artifactLocation": self._file(span.file), "region": _region(span)}

    def _file(self, path: str) -> _Json:
        return {"uri": _uri(self._folder + path), "uriBaseId": _ROOT}


def _replacements(edits: Iterable[Edit]) -> list[_Json]:
    return [{"deletedRegion": _region(each.span), "insertedContent": {"text": each.text}} for each in edits]


def _region(span: Span) -> _Json:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }


def _message(*lines: str) -> _Json:
    """A message for people, without placeholders (3.11.5) and embedded links (3.11.6), whatever is in its lines."""
    text = "\n".join(safe(line) for line in lines if line)
    return {"text": _PLACEHOLDER.sub(r"{{\1}}", text).replace("](", "\\](")}


def _uri(path: str) -> str:
    """A relative path as a relative reference of RFC 3986, percent-encoded as UTF-8."""
    data = path.encode("utf-8", "surrogatepass")
    return "".join(chr(byte) if byte in _PLAIN_IN_URI else f"%{byte:02X}" for byte in data)

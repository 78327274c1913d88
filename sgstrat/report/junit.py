"""Findings as JUnit XML, for CI systems that show tests: a suite for each file, a case for each finding.

An error is a failure, a waived finding is skipped with its reason, a warning is a case that passes and says so in its
output; other notes are left out. A file without errors has a case of its own that passes. Whatever XML 1.0 cannot hold
is written as an escape. The form is that of Jenkins' junit-10.xsd, which the other systems read too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from sgstrat.diagnostics.codes import Severity
from sgstrat.diagnostics.finding import Finding
from sgstrat.report.outcome import Outcome, left_out, listed
from sgstrat.report.text import TextReport, safe

_NO_FILE = "workspace"
_LONGEST_NAME = 200


class _Case(NamedTuple):
    """A test case. ``kind`` is the element that holds ``text``, or empty for a case that just passes."""

    name: str
    kind: str = ""
    type: str = ""
    message: str = ""
    text: str = ""


def junit(outcome: Outcome) -> str:
    """The text, with a newline at its end."""
    shown = listed(outcome.findings)
    cases: dict[str, list[_Case]] = {file: [] for file in outcome.texts}
    report = TextReport(outcome.texts)
    failing = {each.span.file for each in outcome.findings if each.is_error and each.span is not None}
    for finding in shown:
        if finding.severity is not Severity.NOTE or finding.waived is not None:
            file = finding.span.file if finding.span is not None else _NO_FILE
            cases.setdefault(file, []).append(_case(finding, report))
    for file in outcome.texts:
        if file not in failing:
            cases[file].insert(0, _Case("no errors"))
    missing = left_out(outcome, shown)
    if missing:
        cases.setdefault(_NO_FILE, []).append(_Case("the rest", "skipped", message=missing))
    return "".join(f"{line}\n" for line in _document(cases))


def _case(finding: Finding, report: TextReport) -> _Case:
    what = finding.paths[0] if finding.paths else finding.message
    name = _cut(f"{finding.code} {finding.kind.slug}: {what}")
    text = "\n".join(report.of(finding))
    if finding.waived is not None:
        return _Case(name, "skipped", message=finding.message)
    if finding.is_error:
        return _Case(name, "failure", finding.code, finding.message, text)
    return _Case(name, "system-out", text=text)


def _document(cases: dict[str, list[_Case]]) -> Iterator[str]:
    everything = [each for suite in cases.values() for each in suite]
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f'<testsuites name="sgstrat" tests="{len(everything)}" failures="{_count(everything, "failure")}" errors="0">'
    for file, suite in cases.items():
        yield (
            f'  <testsuite name={_attribute(file)} tests="{len(suite)}" failures="{_count(suite, "failure")}"'
            f' errors="0" skipped="{_count(suite, "skipped")}" file={_attribute(file)}>'
        )
        used: dict[str, int] = {}
        for each in suite:
            used[each.name] = used.get(each.name, 0) + 1
            number = f" ({used[each.name]})" if used[each.name] > 1 else ""
            yield from _testcase(file, each._replace(name=each.name + number))
        yield "  </testsuite>"
    yield "</testsuites>"


def _testcase(file: str, case: _Case) -> Iterator[str]:
    # what stands before the last dot is taken for a package
    head = f"    <testcase name={_attribute(case.name)} classname={_attribute(file.replace('.', '_'))}"
    if not case.kind:
        yield f"{head}/>"
        return
    type_ = f" type={_attribute(case.type)}" if case.type else ""
    message = f" message={_attribute(case.message)}" if case.message else ""
    yield f"{head}>"
    yield f"      <{case.kind}{type_}{message}>{escape(case.text)}</{case.kind}>"
    yield "    </testcase>"


def _count(cases: list[_Case], kind: str) -> int:
    return sum(each.kind == kind for each in cases)


def _attribute(text: str) -> str:
    return quoteattr(safe(text))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_NAME else text[: _LONGEST_NAME - 3] + "..."

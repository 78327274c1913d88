"""Every case below ``fixes/``: what ``validate --fix`` makes of a workspace, and what it says.

The form is that of ``case_format.py``, with other sections::

    -- options --                 as_of=2027-01-01 unsafe within=strategies/a.yaml
    -- strategies/a.yaml --       a file before
    -- after strategies/a.yaml -- the same file afterwards; one that is not here stays as it is
    -- says --                    what is fixed, what is not and why, and the findings left but for notes

``SGSTRAT_UPDATE=1`` rewrites what comes out.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from case_format import Case, read_cases, write_cases

from sgstrat.diagnostics.codes import Severity
from sgstrat.fixing.workspace import Candidate, Files, Outcome, fix_workspace
from sgstrat.pipeline import SETTINGS_FILE, Options, compile_workspace
from sgstrat.syntax.mend import with_fixes

FILES = sorted((Path(__file__).parent / "fixes").glob("*.test"))
UPDATE = os.environ.get("SGSTRAT_UPDATE") == "1"
AFTER = "after "


def sources(case: Case) -> dict[str, bytes]:
    return {path: data for path, data in case.files().items() if not path.startswith(AFTER)}


def options(case: Case) -> Options:
    return Options(date.fromisoformat(case.options().get("as_of", "2027-01-01")))


def run(case: Case, files: Files) -> Outcome:
    asked = case.options()
    within = frozenset(asked["within"].split(",")) if "within" in asked else None
    return fix_workspace(files, options(case), unsafe="unsafe" in asked, within=within)


def said(outcome: Outcome) -> Iterator[str]:
    for each in outcome.fixed:
        yield f"fixed {_line(each)}"
    for refused in outcome.refused:
        yield f"not fixed {_line(refused.candidate)}: {refused.reason}"
    for finding in outcome.compilation.findings:
        if finding.severity is not Severity.NOTE:
            yield f"left {finding.span} {finding.code} {finding.message}"


def _line(candidate: Candidate) -> str:
    return f"{candidate.finding.span} {candidate.finding.code}: {candidate.fix.title}"


def _comes_out(section: str) -> bool:
    return section == "says" or section.startswith(AFTER)


def observed(case: Case) -> dict[str, str]:
    outcome = run(case, sources(case))
    sections = {AFTER + path: data.decode("utf-8") for path, data in sorted(outcome.changed.items())}
    sections["says"] = "".join(f"{line}\n" for line in said(outcome))
    return sections


if UPDATE:  # before the cases are collected
    for _file in FILES:
        _cases = read_cases(_file)
        for _case in _cases:
            _kept = {name: body for name, body in _case.sections.items() if not _comes_out(name)}
            _case.sections = {**_kept, **observed(_case)}
        write_cases(_file, _cases)

CASES = [case for file in FILES for case in read_cases(file)]
every_case = pytest.mark.parametrize("case", CASES, ids=[f"{case.file.stem}: {case.title}" for case in CASES])


@every_case
def test_case(case: Case) -> None:
    expected = {name: body for name, body in case.sections.items() if _comes_out(name)}
    assert expected == observed(case)


@every_case
def test_a_second_time_fixes_nothing(case: Case) -> None:
    files = sources(case)
    once = run(case, files)
    again = run(case, {**files, **once.changed})
    assert once.is_whole
    assert (again.fixed, again.changed) == ((), {})


@every_case
def test_what_is_fixed_is_what_editors_are_offered(case: Case) -> None:
    """Everything fixed in the first round is a fix of a finding, with edits inside the file."""
    files = sources(case)
    before = compile_workspace(files.pop(SETTINGS_FILE, None), files.items(), options(case))
    offered = {(each.code, each.span, each.fix) for each in with_fixes(before.findings, before.texts) if each.fix}
    first = [each for each in run(case, sources(case)).fixed if each.finding in before.findings]
    assert {(each.finding.code, each.finding.span, each.fix) for each in first} <= offered
    for _, _, fix in offered:
        assert fix.edits
        assert all(edit.span.file in before.texts for edit in fix.edits)

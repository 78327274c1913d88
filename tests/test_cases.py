"""Every case below ``cases/``: the compiler says exactly what is expected there, at exactly that place.

``SGSTRAT_UPDATE=1`` rewrites the expectations; each changed line is then to be read against the language's pages.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from case_format import Case, Expected, read_cases, write_cases

from sgstrat.diagnostics.codes import Severity
from sgstrat.diagnostics.finding import Finding
from sgstrat.pipeline import SETTINGS_FILE, Compilation, Options, build, compile_workspace
from sgstrat.rulebook.model import DIRECTIONS, Rulebook, TargetName
from sgstrat.solve.lock import LOCK_FILE
from sgstrat.source.span import Span
from sgstrat.source.text import SourceText

FILES = sorted((Path(__file__).parent / "cases").glob("*.test"))
UPDATE = os.environ.get("SGSTRAT_UPDATE") == "1"
LONGEST_CARET = 60
SHOWS_BOTH = frozenset(
    (
        "SG103",
        "SG122",
        "SG204",
        "SG205",
        "SG209",
        "SG216",
        "SG217",
        "SG224",
        "SG306",
        "SG402",
        "SG417",
        "SG418",
        "SG429",
    )
)
"""Codes about two places, of which a new expectation holds both."""


def compile_case(case: Case) -> tuple[Compilation, tuple[Finding, ...]]:
    """Compile a case's workspace, and its CloudFormation output where there are no errors."""
    options = case.options()
    files = case.files()
    if "empty" in options:
        files[options["empty"]] = b""
    settings = files.pop(SETTINGS_FILE, None)
    formats = tuple(options.get("formats", "cloudformation").split(","))
    as_of = date.fromisoformat(options.get("as_of", "2027-01-01"))
    lock = files.pop(LOCK_FILE, None)
    compilation = compile_workspace(settings, sorted(files.items()), Options(as_of, formats), lock=lock)
    if compilation.has_errors:
        return compilation, compilation.findings
    return compilation, build(compilation, compilation.rulebooks, formats)[1]


def observed(case: Case, compilation: Compilation, findings: tuple[Finding, ...]) -> list[Expected]:
    """The findings that a case speaks of, in the form of its lines."""
    with_notes = "notes" in case.options()
    return [_line(each, compilation) for each in findings if with_notes or each.severity is not Severity.NOTE]


def _line(finding: Finding, compilation: Compilation) -> Expected:
    return Expected(
        place=str(finding.span) if finding.span is not None else "-",
        severity=finding.severity.value,
        code=finding.code,
        caret=_text_at(finding.span, compilation.texts.get(finding.span.file, "")) if finding.span is not None else "",
        where="" if finding.environments == ("default",) else ", ".join(finding.environments),
        message=_one_line(finding.message),
        help=_one_line(finding.help),
        see=" ".join(str(related.span) for related in finding.related),
    )


def _text_at(span: Span, text: str) -> str:
    line = SourceText(span.file, text).line(span.line)
    end = span.end_column - 1 if span.end_line == span.line else len(line)
    marked = line[span.column - 1 : end]
    return _one_line(marked if len(marked) <= LONGEST_CARET else marked[:LONGEST_CARET] + "...").replace("|", "/")


def _one_line(text: str) -> str:
    return text.replace("\n", "\\n").replace("\t", "<TAB>")


def _rules(book: Rulebook) -> Iterator[str]:
    for group in book.groups:
        for direction in DIRECTIONS:
            for rule in group.rules(direction):
                identity = f" = {rule.identity}" if rule.identity != rule.key else ""
                yield f"{group.key} {direction} {rule.key}{identity} # {rule.description}"


def _names(book: Rulebook) -> Iterator[str]:
    yield from (f"{group.key}: {group.name}" for group in book.groups)
    yield from (f"{each.key}: {each.name}" for each in book.prefix_lists if each.origin == "own")


def _workloads(book: Rulebook) -> Iterator[str]:
    for workload in book.workloads:
        reserved = f" + {workload.reserved_groups}" if workload.reserved_groups else ""
        at = f" at {' '.join(workload.networks)}" if workload.networks else ""
        yield f"{workload.key}: {' '.join(workload.groups)}{reserved}{at}"


def _lists(book: Rulebook) -> Iterator[str]:
    for each in book.prefix_lists:
        content = each.aws or each.id.literal or each.id.ssm or " ".join(entry.cidr for entry in each.entries)
        yield f"{each.key} {each.origin} {each.family} weight {each.weight} {content}".rstrip()


def _references(book: Rulebook) -> Iterator[str]:
    for each in book.references:
        yield f"{each.key} {each.kind} {each.target} {each.identity} {each.account or ''}".rstrip()
    for existing in book.existing:
        place = existing.id.literal or existing.id.ssm or "input"
        yield f"{existing.key} existing {place} {existing.account or ''}".rstrip()


def _target(book: Rulebook) -> Iterator[str]:
    vpc = book.vpc
    yield f"account {book.account} region {book.region} vpc {vpc.id.literal or vpc.id.ssm or 'input'}"
    yield f"cidrs {' '.join(vpc.cidrs + vpc.ipv6_cidrs)}".rstrip()
    yield f"default_group {book.default_group}"
    yield f"groups {' '.join(group.key for group in book.groups)}"
    for peered in vpc.peered_with:
        yield f"peered with {'/'.join(part or '-' for part in peered.vpc)}" + " by gateway" * peered.transit_gateway


DESCRIPTIONS: dict[str, Callable[[Rulebook], Iterator[str]]] = {
    "rules": _rules,
    "names": _names,
    "workloads": _workloads,
    "lists": _lists,
    "references": _references,
    "target": _target,
}


def _section(case: Case, kind: str, target: str, compilation: Compilation) -> str:
    assert not compilation.has_errors, f"{case.title}: errors, so there is no rulebook"
    parts = target.split("/")
    name = TargetName(*parts)
    assert name in compilation.rulebooks, (
        f"{case.title}: no target {target}; there are {', '.join(map(str, compilation.rulebooks))}"
    )
    return "".join(f"{line}\n" for line in DESCRIPTIONS[kind](compilation.rulebooks[name]))


def _update(case: Case, compilation: Compilation, real: list[Expected]) -> None:
    before = case.expected()
    lines = []
    for each in real:
        known = next((line for line in before if line.fits(each) and (line.see or each.code not in SHOWS_BOTH)), None)
        lines.append((known or _worth_holding(each)).line)
    case.sections["expect"] = "".join(f"{line}\n" for line in lines)
    if compilation.has_errors:
        return
    for kind, target in case.rulebook_sections():
        case.sections[f"{kind} {target}"] = _section(case, kind, target, compilation)


def _worth_holding(each: Expected) -> Expected:
    """A new line: messages of the YAML reader are held by its own tests, help where it proposes something."""
    return replace(
        each,
        message="" if each.code < "SG110" else each.message,
        help=each.help if "did you mean" in each.help else "",
        see=each.see if each.code in SHOWS_BOTH else "",
    )


def _all_cases() -> Iterator[object]:
    for file in FILES:
        for case in read_cases(file):
            yield pytest.param(case, id=f"{file.stem}: {case.title}")


if UPDATE:  # before the cases are collected, file by file
    for _file in FILES:
        _cases = read_cases(_file)
        for _case in _cases:
            _compilation, _findings = compile_case(_case)
            _update(_case, _compilation, observed(_case, _compilation, _findings))
        write_cases(_file, _cases)


@pytest.mark.parametrize("case", list(_all_cases()))
def test_case(case: Case) -> None:
    compilation, findings = compile_case(case)
    real = observed(case, compilation, findings)
    expected = case.expected()
    assert "expect" in case.sections, "every case says what is expected"
    if len(expected) != len(real) or not all(line.fits(each) for line, each in zip(expected, real, strict=True)):
        assert [line.line for line in real] == [line.line for line in expected]
    for kind, target in case.rulebook_sections():
        assert _section(case, kind, target, compilation).splitlines() == case.sections[f"{kind} {target}"].splitlines()


def test_titles_are_unique() -> None:
    titles = [(file.stem, case.title) for file in FILES for case in read_cases(file)]
    assert len(titles) == len(set(titles)) > 0

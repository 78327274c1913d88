"""Every code has a text, and its examples are what the compiler says they are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from importlib.resources import files

import pytest

from sgstrat.diagnostics import texts
from sgstrat.diagnostics.codes import CODES, Severity
from sgstrat.diagnostics.finding import Finding
from sgstrat.diagnostics.texts import Example, explanation, load
from sgstrat.pipeline import SETTINGS_FILE, Options, build, compile_workspace
from sgstrat.rulebook.model import TargetName
from sgstrat.solve.lock import LOCK_FILE

AS_OF = date(2027, 1, 1)
FAULTS = frozenset(("SG119", "SG128", "SG690", "SG691"))  # of the compiler, or of a package: no text can give them
WITH_EXAMPLES = tuple(code for code in CODES if code not in FAULTS)


def compiled(example: Example) -> tuple[Finding, ...]:
    """All that a build says of an example: the output's own limits only where nothing else is wrong."""
    stored = {file.path: file.text.encode(example.encoding) for file in example.files}
    settings, lock = stored.pop(SETTINGS_FILE, None), stored.pop(LOCK_FILE, None)
    before = {TargetName(*path.split("/")[1:4]): data.decode() for path, data in stored.items() if path[:4] == "out/"}
    sources = [(path, data) for path, data in stored.items() if path.startswith("strategies/")]
    assert len(sources) + len(before) == len(stored), "an example has files that no workspace has"
    # An example is about CloudFormation alone unless its sgstrat.yaml speaks of formats.
    formats = None if settings is not None and b"format:" in settings else ("cloudformation",)

    def previous(_: object) -> Mapping[TargetName, str]:
        return before

    compilation = compile_workspace(settings, sources, Options(AS_OF, formats), previous, lock=lock)
    if compilation.has_errors:
        return compilation.findings
    assert compilation.rulebooks, "nothing was compiled"
    return build(compilation, compilation.rulebooks, compilation.formats)[1]


def shown(findings: tuple[Finding, ...]) -> list[str]:
    return [f"{each.span} {each.code} {each.severity.value} {each.message}" for each in findings]


def test_codes_and_texts_are_the_same() -> None:
    written = {each.name.removesuffix(".md") for each in files(texts).iterdir() if each.name.endswith(".md")}

    assert written == set(CODES)


@pytest.mark.parametrize("code", WITH_EXAMPLES)
def test_bad_example_gives_its_finding_once_and_nothing_else(code: str) -> None:
    example = load(code).bad
    assert example is not None

    findings = compiled(example)

    assert [each.code for each in findings].count(code) == 1, shown(findings)
    others = [each for each in findings if each.severity is not Severity.NOTE and each.code != code]
    assert not others, shown(tuple(others))


@pytest.mark.parametrize("code", WITH_EXAMPLES)
def test_bad_example_has_the_severity_of_its_code_and_a_place(code: str) -> None:
    example = load(code).bad
    assert example is not None

    (finding,) = (each for each in compiled(example) if each.code == code)

    assert finding.severity is CODES[code].severity
    assert finding.span is not None
    assert finding.span.file in {file.path for file in example.files}


@pytest.mark.parametrize("code", WITH_EXAMPLES)
def test_good_example_has_neither_the_finding_nor_another(code: str) -> None:
    example = load(code).good
    assert example is not None

    findings = compiled(example)

    wrong = [each for each in findings if each.severity is not Severity.NOTE or each.code == code]
    assert not wrong, shown(tuple(wrong))


@pytest.mark.parametrize("code", CODES)
def test_explanation_begins_with_what_the_code_is(code: str) -> None:
    text = explanation(code)

    first, empty, *rest = text.splitlines()
    assert first.startswith(f"{code} {CODES[code].slug} ({CODES[code].severity.value}")
    assert first.endswith(CODES[code].title)
    assert empty == ""
    assert rest[0] == "## What it means"
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert max(map(len, text.splitlines())) <= 200


@pytest.mark.parametrize("code", CODES)
def test_text_is_whole(code: str) -> None:
    text = load(code)

    assert text.code == code
    for part in (text.meaning, text.why, text.source):
        assert len(part) > 20
        assert "```" not in part
    assert (text.bad is None) == (text.good is None) == (code in FAULTS)

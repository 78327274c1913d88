"""An organisation's own checks: what they find goes the way of all findings, and nothing they do wrong goes further."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from own_source import ACME, STRATEGY, Source, compiled, said, source_of

from sgstrat.checks.context import Context
from sgstrat.checks.own import OwnCheck
from sgstrat.checks.own_findings import LONGEST_TEXT, MOST_FINDINGS
from sgstrat.diagnostics.codes import CODES, Code, Severity, is_own_code
from sgstrat.diagnostics.finding import Edit, Finding, Findings, Fix, Related
from sgstrat.report.text import TextReport
from sgstrat.source.span import Span

PLACE = Span("strategies/shop.yaml", 6, 5, 6, 8)
SOUND = Finding("ACME001", "nobody owns web", PLACE, paths=("groups.app.web",))
WAIVER = "waivers: [{code: ACME001, path: groups.app.web, why: Later, until: 2027-06-30}]\n"


def finds(*findings: Any) -> Source:
    """A check that gives these."""

    def run(context: Context, into: Findings) -> None:
        into.extend(findings)

    return source_of(run)


def web(context: Context, findings: Findings) -> None:
    for book in context.rulebooks.values():
        for group in book.groups:
            findings.add(
                "ACME001",
                f"nobody owns {group.key}",
                group.span,
                paths=(f"groups.app.{group.key}",),
                environment=book.environment,
            )


# ---------------------------------------------------------------- what is found


def test_what_is_found_stops_the_build() -> None:
    result = compiled(source_of(web))

    assert result.has_errors
    assert said(result) == ["strategies/shop.yaml:6:5 error ACME001 nobody owns web"]
    (found,) = (each for each in result.findings if each.is_error)
    assert found.kind == ACME


def test_a_check_has_what_the_compilers_have() -> None:
    seen = {}

    def run(context: Context, findings: Findings) -> None:
        seen["widest"] = context.policy.widest_port_range
        seen["units"] = [unit.names.name for unit in context.units]
        seen["world"] = list(context.world)

    assert said(compiled(source_of(run), "checks: acme\nguardrails: {widest_port_range: 7}\n")) == []
    assert seen == {"widest": 7, "units": ["shop"], "world": [("shop", "default")]}


def test_it_can_be_waived() -> None:
    result = compiled(source_of(web), strategy=STRATEGY + WAIVER)

    assert said(result) == []
    (found,) = (each for each in result.findings if each.code == "ACME001")
    assert found.waived is not None
    assert found.waived.severity is Severity.ERROR
    assert found.message == "nobody owns web: waived until 2027-06-30: Later"


def test_a_waiver_that_silences_nothing_is_reported() -> None:
    result = compiled(finds(), strategy=STRATEGY + WAIVER)

    assert said(result) == [
        "strategies/shop.yaml:7:33 warning SG226 this waiver silences nothing: there is no ACME001 at groups.app.web"
    ]


@pytest.mark.parametrize("grade", ["warning", "note", "off"])
def test_its_severity_can_be_set(grade: str) -> None:
    result = compiled(source_of(web), f"checks: acme\nguardrails: {{severity: {{ACME001: {grade}}}}}\n")

    found = [each.severity.value for each in result.findings if each.code == "ACME001"]
    assert found == ([] if grade == "off" else [grade])
    assert not result.has_errors


def test_who_may_waive_it_can_be_laid_down() -> None:
    settings = "checks: acme\nguardrails: {waive: {ACME001: []}}\n"

    result = compiled(source_of(web), settings, STRATEGY + WAIVER)

    assert said(result) == ["strategies/shop.yaml:7:18 error SG230 strategy shop may not waive ACME001"]


def test_a_waived_finding_has_the_severity_that_was_set() -> None:
    settings = "checks: acme\nguardrails: {severity: {ACME001: warning}}\n"

    result = compiled(source_of(web), settings, STRATEGY + WAIVER)

    (found,) = (each for each in result.findings if each.code == "ACME001")
    assert found.severity is Severity.NOTE
    assert found.waived is not None
    assert found.waived.severity is Severity.WARNING


def test_checks_rest_while_a_strategy_has_errors() -> None:
    result = compiled(source_of(web), strategy=STRATEGY + "flows: [{from: webb, to: web, services: ssh, why: Work}]\n")

    assert [each.code for each in result.findings if each.is_error] == ["SG201"]


def test_only_what_is_named_is_loaded_and_once() -> None:
    source = Source({"acme": OwnCheck((ACME,), web), "other": OwnCheck((ACME,), web)})

    compiled(source, "checks: [acme, acme]\n")
    compiled(source, "tags: {A: b}\n")

    assert source.loaded == ["acme"]


def test_a_fix_of_somebody_else_is_for_a_person_to_choose() -> None:
    fix = Fix("name an owner", (Edit(PLACE, "owned-web"),), is_safe=True)

    (found,) = (each for each in compiled(finds(replace(SOUND, fix=fix))).findings if each.code == "ACME001")

    assert found.fix == replace(fix, is_safe=False)


# ---------------------------------------------------------------- what is not installed, or no check


def test_a_check_that_is_not_installed() -> None:
    result = compiled(Source({"acme-owners": OwnCheck((ACME,), web), "beta": None}), "checks: [acme-owner]\n")

    (found,) = result.findings[:1]
    assert said(result) == ["sgstrat.yaml:1:10 error SG127 no installed package has a check acme-owner"]
    assert found.help == (
        "did you mean acme-owners? installed checks: acme-owners, beta; "
        "install the package whose entry points in sgstrat.checks name it"
    )


def raises(error: BaseException) -> Callable[..., Any]:
    def raising(*_: object) -> Any:
        raise error

    return raising


class Unprintable(Exception):
    def __str__(self) -> str:
        raise ValueError


NO_CHECKS = {
    "nothing": (None, "it is no OwnCheck: it needs codes, a tuple of Code, and run, a function"),
    "no function": (
        OwnCheck((ACME,), "run"),
        "it is no OwnCheck: it needs codes, a tuple of Code, and run, a function",
    ),
    "no codes": (OwnCheck((), web), "it declares 0 codes; it has to declare 1 to 1000"),
    "many codes": (OwnCheck((ACME,) * 1001, web), "it declares 1001 codes; it has to declare 1 to 1000"),
    "a code twice": (OwnCheck((ACME, ACME), web), "its code ACME001 is declared already"),
    "a bare tuple": (OwnCheck((tuple(ACME),), web), "one of its codes is no Code made of texts and a Severity"),
    "a number": (OwnCheck((ACME._replace(title=7),), web), "one of its codes is no Code made of texts and a Severity"),
    "a code of ours": (
        OwnCheck((CODES["SG401"],), web),
        "its code SG401 is not two to ten capital letters, other than SG, and three digits",
    ),
    "a code that could be ours": (
        OwnCheck((ACME._replace(code="SG999"),), web),
        "its code SG999 is not two to ten capital letters, other than SG, and three digits",
    ),
    "a severity as text": (
        OwnCheck((ACME._replace(severity="error"),), web),
        "the severity of its code ACME001 is no Severity",
    ),
    "a slug with spaces": (
        OwnCheck((ACME._replace(slug="no owner"),), web),
        "the slug of its code ACME001 is not lower-case words with single hyphens",
    ),
    "a title of two lines": (
        OwnCheck((ACME._replace(title="a\nb"),), web),
        "the title of its code ACME001 is not one line of 1 to 200 characters",
    ),
    "a long text": (
        OwnCheck((ACME._replace(text="x" * 100_001),), web),
        "the text of its code ACME001 is longer than 100000 characters",
    ),
}


@pytest.mark.parametrize("what", NO_CHECKS)
def test_what_is_no_check_is_refused(what: str) -> None:
    loaded, reason = NO_CHECKS[what]

    result = compiled(Source({"acme": lambda: loaded}))

    assert said(result) == [f"sgstrat.yaml:1:9 error SG128 check acme cannot be loaded: {reason}"]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ImportError("no module named acme"), "ImportError: no module named acme (in test_own_checks, line "),
        (SystemExit(3), "SystemExit: 3 (in test_own_checks, line "),
        (Unprintable(), "Unprintable (in test_own_checks, line "),
        (RecursionError("deep"), "RecursionError: deep (in test_own_checks, line "),
        (ValueError("two\nlines\x1b[31m" + "x" * 1000), "ValueError: two lines\x1b[31mxxx"),
    ],
    ids=["import", "exit", "unprintable", "recursion", "long"],
)
def test_an_exception_is_a_finding(error: BaseException, reason: str) -> None:
    while_loading = said(compiled(Source({"acme": raises(error)})))
    while_running = said(compiled(source_of(raises(error))))

    assert len(while_loading) == len(while_running) == 1
    assert while_loading[0].startswith(f"sgstrat.yaml:1:9 error SG128 check acme cannot be loaded: {reason}")
    assert while_running[0].startswith(f"sgstrat.yaml:1:9 error SG128 check acme failed: {reason}")
    assert len(while_running[0]) < 700


def test_an_interruption_is_not_swallowed() -> None:
    with pytest.raises(KeyboardInterrupt):
        compiled(source_of(raises(KeyboardInterrupt())))


def test_codes_of_two_checks_do_not_meet() -> None:
    source = Source({"acme": OwnCheck((ACME,), web), "beta": OwnCheck((ACME,), web)})

    result = compiled(source, "checks: [acme, beta]\n")

    assert said(result) == [
        "sgstrat.yaml:1:16 error SG128 check beta cannot be loaded: its code ACME001 is declared already",
        "strategies/shop.yaml:6:5 error ACME001 nobody owns web",
    ]


def test_a_check_that_fails_hides_nothing_of_others() -> None:
    beta = OwnCheck((ACME._replace(code="BETA001"),), raises(ValueError("no")))
    source = Source({"acme": OwnCheck((ACME,), web), "beta": beta})

    result = compiled(source, "checks: [beta, acme]\n")

    assert [each.code for each in result.findings if each.is_error] == ["SG128", "ACME001"]


def test_a_check_that_fails_leaves_no_waiver_of_it_to_blame() -> None:
    result = compiled(source_of(raises(ValueError("no"))), strategy=STRATEGY + WAIVER)

    assert [each.code for each in result.findings if each.is_error] == ["SG128"]
    assert "SG226" not in {each.code for each in result.findings}


def test_rulebooks_are_not_a_checks_to_change() -> None:
    def run(context: Context, findings: Findings) -> None:
        context.rulebooks.clear()

    assert said(compiled(source_of(run)))[0].startswith(
        "sgstrat.yaml:1:9 error SG128 check acme failed: AttributeError"
    )


# ---------------------------------------------------------------- findings that are none


BAD_FINDINGS = {
    "a text": ("ACME001", "it gave a str where a Finding is needed"),
    "an undeclared code": (
        replace(SOUND, code="ACME002"),
        "it gave a finding of ACME002, which is none of the codes it declares",
    ),
    "a code of ours": (
        replace(SOUND, code="SG401"),
        "it gave a finding of SG401, which is none of the codes it declares",
    ),
    "no code": (replace(SOUND, code=None), "it gave a finding of None, which is none of the codes it declares"),
    "a severity as text": (replace(SOUND, severity="error"), "a finding of ACME001 has a str as its severity"),
    "a number": (replace(SOUND, message=7), "the message of a finding of ACME001 is an int, not a text"),
    "no help": (replace(SOUND, help=None), "the help of a finding of ACME001 is a NoneType, not a text"),
    "a place as text": (
        replace(SOUND, span="strategies/shop.yaml:1"),
        "the place of a finding of ACME001 is a str, not a Span of a file with numbers from 1",
    ),
    "a place before the file": (
        replace(SOUND, span=Span("strategies/shop.yaml", 0, 1, 1, 1)),
        "the place of a finding of ACME001 is a Span, not a Span of a file with numbers from 1",
    ),
    "a place of no file": (
        replace(SOUND, span=Span(None, 1, 1, 1, 1)),
        "the file of a finding of ACME001 is a NoneType, not a text",
    ),
    "a list of paths": (replace(SOUND, paths=["a"]), "the paths of a finding of ACME001 are a list, not a tuple"),
    "many services": (
        replace(SOUND, services=("tcp/1",) * 1001),
        "the services of a finding of ACME001 are 1001; at most 1000 are taken",
    ),
    "a path of two lines": (
        replace(SOUND, paths=("a\nb",)),
        "one of the paths of a finding of ACME001 is a str that is no printable text of up to 512 characters",
    ),
    "a related text": (
        replace(SOUND, related=("here",)),
        "one of the related places of a finding of ACME001 is a str, not a Related",
    ),
    "a fix as text": (replace(SOUND, fix="x"), "the fix of a finding of ACME001 is a str, not a Fix"),
    "an edit as text": (
        replace(SOUND, fix=Fix("x", ("y",))),
        "one of the edits of the fix of a finding of ACME001 is a str, not an Edit",
    ),
    "waived by itself": (
        replace(SOUND, waived=True),
        "a finding of ACME001 calls itself waived; only a waiver of a strategy does that",
    ),
}


@pytest.mark.parametrize("what", BAD_FINDINGS)
def test_what_is_no_finding_is_refused(what: str) -> None:
    finding, reason = BAD_FINDINGS[what]

    result = compiled(finds(SOUND, finding))

    assert said(result) == [f"sgstrat.yaml:1:9 error SG128 check acme failed: {reason}"]


@pytest.mark.parametrize("hidden", [True, False])
def test_an_undeclared_code_is_refused_however_it_is_given(hidden: bool) -> None:
    def run(context: Context, findings: Findings) -> None:
        try:
            findings.add("ACME002", "of no declared code", severity=None if hidden else Severity.NOTE)
        except Exception:  # noqa: BLE001 - what a careless author writes
            return

    (error,) = said(compiled(source_of(run)))
    assert error.endswith("failed: it gave a finding of ACME002, which is none of the codes it declares")


def test_any_text_can_be_written_and_shown() -> None:
    text = "\x1b[2J\u202e\ud800\r\nbig" + "x" * 10_000
    related = (Related(Span("../\x1b.yaml", 10**9, 10**9, 10**9, 10**9), text),)
    span = PLACE._replace(line=10**9, end_line=1)

    result = compiled(finds(replace(SOUND, message=text, help=text, span=span, related=related)))

    (found,) = (each for each in result.findings if each.code == "ACME001")
    assert len(found.message) <= LONGEST_TEXT + 10
    assert found.message.startswith("\x1b[2J\u202e\\ud800\r\nbig")
    for line in TextReport(result.texts).lines(result.findings):
        assert line.isprintable()
        assert line.encode()


def test_more_findings_than_the_bound_are_counted_and_stop_the_build() -> None:
    def run(context: Context, findings: Findings) -> None:
        for number in range(60_000):
            findings.add("ACME001", f"number {number}", PLACE, severity=Severity.NOTE)
        findings.extend(replace(SOUND, message=f"more {number}") for number in range(40_000))

    result = compiled(source_of(run))

    (error,) = (each for each in result.findings if each.is_error)
    assert error.code == "SG128"
    assert error.message == (
        "check acme failed: it gave 100000 findings, and 10000 are taken; it could say once what is wrong many times"
    )
    assert sum(each.code == "ACME001" for each in result.findings) == MOST_FINDINGS


def test_as_many_as_the_bound_are_taken() -> None:
    def run(context: Context, findings: Findings) -> None:
        for number in range(MOST_FINDINGS):
            findings.add("ACME001", f"number {number}", PLACE, severity=Severity.WARNING)

    result = compiled(source_of(run))

    assert not result.has_errors
    assert len(said(result)) == MOST_FINDINGS


# ---------------------------------------------------------------- codes


@pytest.mark.parametrize("code", ["ACME001", "AB000", "ABCDEFGHIJ999", "SGX001", "XSG001", "SSG123"])
def test_codes_of_others(code: str) -> None:
    assert is_own_code(code)
    assert Code(code, "", Severity.ERROR, "").waivable


@pytest.mark.parametrize(
    "code", ["SG001", "SG999", "A001", "ABCDEFGHIJK001", "ACME01", "ACME0001", "acme001", "ACME\u0661\u0661\u0661", ""]
)
def test_no_codes_of_others(code: str) -> None:
    assert not is_own_code(code)


def test_no_code_of_ours_is_one_of_others() -> None:
    assert not any(is_own_code(code) for code in CODES)

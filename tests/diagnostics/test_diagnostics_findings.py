"""Findings: their order, their merging, and what a typing mistake was meant to be."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

from sgstrat.diagnostics.codes import CODES, Severity
from sgstrat.diagnostics.finding import Finding, Findings, merge
from sgstrat.diagnostics.suggest import closest, did_you_mean, listed
from sgstrat.source.span import Span

SPANS = st.none() | st.builds(
    lambda file, line, column: Span(file, line, column, line, column + 1),
    st.sampled_from(("a.yaml", "b.yaml")),
    st.integers(1, 3),
    st.integers(1, 3),
)
FINDINGS = st.builds(
    Finding,
    st.sampled_from(("SG101", "SG401")),
    st.sampled_from(("this", "that")),
    SPANS,
    environments=st.sampled_from(((), ("dev",), ("prod",), ("dev", "prod"))),
    severity=st.sampled_from(Severity),
)


def test_codes_are_in_order_and_their_slugs_are_unique() -> None:
    assert list(CODES) == sorted(CODES)
    assert len({each.slug for each in CODES.values()}) == len(CODES)
    assert len({each.title for each in CODES.values()}) == len(CODES)
    for each in CODES.values():
        assert re.fullmatch(r"SG[1-7]\d\d", each.code)
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", each.slug)
        # a failed assertion never can be
        assert each.waivable == (each.code.startswith(("SG4", "SG5")) and each.code not in ("SG434", "SG503"))


def test_a_finding_has_its_codes_severity_unless_another_is_given() -> None:
    note, error = Findings(), Findings()
    note.add("SG207", "as it is")
    error.add("SG207", "as asked", severity=Severity.ERROR)

    assert [each.severity for each in (*note.raw(), *error.raw())] == [Severity.NOTE, Severity.ERROR]
    assert (note.has_errors, error.has_errors) == (False, True)
    assert len(note) == len(error) == 1


def test_a_code_that_does_not_exist_is_a_bug() -> None:
    with pytest.raises(KeyError, match="SG999"):
        Findings().add("SG999", "what is this")


@given(st.lists(FINDINGS, max_size=12))
def test_merging_keeps_every_statement_and_every_environment(found: list[Finding]) -> None:
    def statements(items: tuple[Finding, ...]) -> set[tuple[object, ...]]:
        return {
            (each.code, each.message, each.span, each.severity, environment)
            for each in items
            for environment in each.environments or (None,)
        }

    merged = merge(found)

    assert statements(merged) == statements(tuple(found))
    assert len(merged) <= len(found)


@given(st.lists(FINDINGS, max_size=12))
def test_the_order_of_results_is_that_of_places(found: list[Finding]) -> None:
    merged = merge(found)

    assert list(merged) == sorted(merged, key=lambda each: each.order)
    placed = [each.span is not None for each in merged]
    assert placed == sorted(placed, reverse=True)


@given(st.lists(FINDINGS, max_size=12))
def test_merging_twice_is_merging_once(found: list[Finding]) -> None:
    assert merge(merge(found)) == merge(found)


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("web-server", "web-servers"),
        ("WEB-SERVERS", "web-servers"),
        ("web_servers", "web-servers"),
        ("db", None),
        ("", None),
        ("zzzzzzz", None),
    ],
)
def test_what_was_probably_meant(word: str, meant: str | None) -> None:
    options = ["web-servers", "monitoring", "alb"]

    assert closest(word, options) == meant
    assert did_you_mean(word, options) == (f"did you mean {meant}?" if meant else "")


@given(st.lists(st.text("abc-", min_size=1, max_size=6), min_size=1))
def test_a_word_of_the_options_is_always_found_whatever_its_case(options: list[str]) -> None:
    for option in options:
        found = closest(option.upper(), options)
        assert found is not None
        assert found.lower() == option.lower()


def test_long_lists_are_shortened() -> None:
    names = [f"n{number:02}" for number in range(14)]

    assert listed(reversed(names[:12])) == ", ".join(names[:12])
    assert listed(names) == ", ".join(names[:12]) + ", ... (14 in all)"
    assert listed(["b", "a", "b"]) == "a, b"

"""Whatever a strategy says is inert in every form: no command of a CI system, no escape of a terminal, no markup."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given, settings, strategies as st
from outcomes import FORMS, compiled, made_of, read_json, read_junit, read_sarif
from workflow_commands import commands

from sgstrat.diagnostics.codes import Severity
from sgstrat.diagnostics.finding import Edit, Finding, Fix, Related, Waived
from sgstrat.edge.machine import printable
from sgstrat.report.inert import safe
from sgstrat.report.json_text import json_text
from sgstrat.report.outcome import Outcome
from sgstrat.source.span import Span

TEXTS = {
    "command": "::error::pwned",
    "command after spaces": " \t ::stop-commands::pwned",
    "command on a line of its own": "x\n::add-mask::pwned\r::set-output name=a::b\r\n::error::c",
    "old command": "##[stop-commands]pwned",
    "old command within": "why not ##[add-mask]e and ##[error]f",
    "old command in pieces": "#\u034f##\u0301[error]x #\u200b#[error]y",
    "other systems": "##vso[task.setvariable variable=a]b ##teamcity[buildStatus text='x']",
    "ends a command": "a%0A::error::b,title=x:y%25",
    "colours": "\x1b[31mred\x1b[0m \x9b2J \x1b]0;title\x07",
    "control": "\x00\x01\x08\x0b\x0c\x1f\x7f\x80\x85\x9f",
    "direction": "\u202eevil\u202c \u2066a\u2069 \u200f \ufeff",
    "line ends": "a\u2028b\u2029c\x0bd\x1ce",
    "no characters": "\ufffe\uffff\U0001fffe",
    "xml": "]]></failure><x a='\"'>&amp;&#0;<![CDATA[ <!-- --> <?x?>",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "markdown": "[x](https://example.com) ![x](y) `x` | @everyone #1 **b** <!-- -->",
    "templates": "${{ secrets.TOKEN }} ${jndi:ldap://x} {{ 7*7 }} {0} %s $(id) `id` #{x}",
    "json": '"},{"code":"SG000","x":"\\u0000\\',
    "formula": "=cmd|' /C calc'!A0",
    "many": "#[" * 500 + "##" * 500,
}

STRATEGY = """\
version: 1
strategy: web
owner: {text}
description: {text}
networks: {{office: [{text}]}}
services: {{own: {text}}}
environments:
  dev: {{account: {text}}}
groups:
  app:
    alb: {{description: {text}, tags: {{{text}: {text}}}}}
    {text}: {{description: A}}
flows:
  - {{name: {text}, from: {text}, to: alb, services: {text}, why: {text}}}
  - {{from: internet, to: alb, services: https, why: {text}, {text}: 1}}
waivers:
  - {{code: SG401, path: {text}, why: {text}, until: 2027-06-30, approved_by: {text}}}
  - {{code: {text}, path: {text}, why: {text}, until: {text}}}
"""
WAIVED = """\
version: 1
strategy: web
groups:
  app:
    alb: {{description: Entry}}   {raw}
flows:
  - {{name: shop, from: internet, to: alb, services: https, why: Shop}}   {raw}
waivers:
  - {{code: SG401, path: flows.shop, why: {text}, until: 2027-06-30, approved_by: {text}}}   {raw}
  - {{code: SG401, path: {text}, why: Unused, until: 2027-06-30}}
"""


def quoted(text: str) -> str:
    return json.dumps(text)


def in_comment(text: str) -> str:
    """The text as a comment, which findings show with their line; what YAML does not permit is left out."""
    return "# " + "".join(char for char in text if char.isprintable() or char in "\t\u202e\u2066\u200f")


def outcomes(text: str) -> list[Outcome]:
    values = {"text": quoted(text), "raw": in_comment(text)}
    return [
        compiled(STRATEGY.format(**values)),
        compiled(WAIVED.format(**values)),
        compiled(WAIVED.format(**values).replace("to: alb", "to: abl")),
        made_up(text),
    ]


def made_up(text: str) -> Outcome:
    """Findings with the text everywhere, but at the beginning of a path, where a folder's name stands."""
    here = Span(f"strategies/{text}.yaml", 1, 1, 1, 1 + len(text))
    finding = Finding(
        "SG401",
        text,
        here,
        text,
        (Related(here, text),),
        (text,),
        (text,),
        (text,),
        Severity.WARNING,
        Fix(text, (Edit(here, text),)),
    )
    waived = Finding(
        "SG401", text, here, paths=(text,), severity=Severity.NOTE, waived=Waived(Severity.ERROR, *(text,) * 4, here)
    )
    return made_of(finding, waived, Finding("SG113", text, here), texts={here.file: text}, folder=f"{text}/")


def assert_inert(outcome: Outcome) -> None:
    for form, write in FORMS.items():
        document = write(outcome)
        document.encode("utf-8")  # no lone surrogates
        hidden = {char for char in document if unicodedata.category(char)[0] == "C" or char in "\u2028\u2029"}
        assert hidden <= {"\n"}, f"{form}: {hidden}"
        found = commands(document)
        assert len(found) == (shown(outcome) if form == "github" else 0), f"{form}: {found}"
        assert not re.search(r"##(vso|teamcity)\[", document), form
    assert_read_back(outcome)


def shown(outcome: Outcome) -> int:
    each = [sum(finding.severity is severity for finding in outcome.findings) for severity in Severity]
    return sum(min(200, count) for count in each)


def assert_read_back(outcome: Outcome) -> None:
    """Real readers find each finding once, and its message."""
    rows = read_json(outcome)["findings"]
    if not any("\ud800" <= char <= "\udfff" for finding in outcome.findings for char in finding.message):
        assert [row["message"] for row in rows] == [finding.message for finding in outcome.findings]
    results = read_sarif(outcome)["results"]
    assert [each["ruleId"] for each in results] == [finding.code for finding in outcome.findings]
    for each, finding in zip(results, outcome.findings, strict=True):
        said = each["message"]["text"]
        assert not re.search(r"\](?<!\\\])\(", said)
        assert safe(finding.message if finding.waived is None else finding.waived.message)[:20] in (
            said.replace("\\](", "](").replace("{{0}}", "{0}")
        )
    failures = [each.attrib.get("message", "") for each in read_junit(outcome).iter("failure")]
    assert failures == [safe(finding.message) for finding in outcome.findings if finding.is_error]


@pytest.mark.parametrize("text", TEXTS.values(), ids=list(TEXTS))
def test_hostile_text_is_inert_in_every_form(text: str) -> None:
    for outcome in outcomes(text):
        assert len(outcome.findings) >= 1
        assert_inert(outcome)


@settings(deadline=None, max_examples=50)
@given(st.text(st.characters(exclude_categories=()) | st.sampled_from("#[]:%,\r\n<>&;='\"\\{}()"), max_size=30))
def test_any_text_is_inert_in_every_form(text: str) -> None:
    assert_inert(made_up(text))


PIECES = ("#", "##", "##[", "[", "]", "::", "error", "add-mask", "\u034f", "\u00ad", "\u0301", " ", "\n", "\\", "x")


@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
@example("##[error]x")
def test_a_line_with_any_text_in_it_gives_no_order(text: str) -> None:
    assert commands(f"x {safe(text)}") == []
    assert commands(f"x {printable(text)}") == []
    assert commands(json_text({text: [text]})) == []
    assert json.loads(json_text({text: [text]})) == {text: [text]}


@pytest.mark.parametrize("text", ["", "plain", "#[x]", "# [x]", "a ## b", "[##]", "über ##x"])
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert safe(text) == text


def test_the_program_gives_no_order_in_any_form(tmp_path: Path) -> None:
    """As a CI system meets it: a file whose name and content are orders."""
    folder = tmp_path / "strategies"
    folder.mkdir()
    name = "##[stop-commands]x ::error::y\n::error::z.yaml" if os.name == "posix" else "x.yaml"
    text = quoted("##[add-mask]x\n::error::y")
    (folder / name).write_text(STRATEGY.format(text=text), "utf-8")
    for form in FORMS:
        done = subprocess.run(
            [sys.executable, "-m", "sgstrat", "validate", "--output-format", form, "--as-of", "2027-01-01"],
            cwd=tmp_path,
            capture_output=True,
            check=False,
        )
        output = done.stdout.decode() + done.stderr.decode()
        assert done.returncode == 1, output
        assert "add-mask" in output
        found = commands(output)
        assert bool(found) is (form == "github")
        for command in found:
            assert command.name in ("error", "warning", "notice")
            assert command.properties["title"].startswith("SG")

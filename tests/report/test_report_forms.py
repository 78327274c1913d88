"""What each form says of findings, read back by readers of that form."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from outcomes import AS_OF, FORMS, compiled, made_of, read_json, read_junit, read_sarif
from workflow_commands import commands

from sgstrat import __version__
from sgstrat.diagnostics.codes import CODES, Severity
from sgstrat.diagnostics.finding import Edit, Finding, Fix, Related
from sgstrat.diagnostics.texts import load
from sgstrat.report.sarif_rules import MOST_TAGS, sarif_rule
from sgstrat.source.span import Span
from sgstrat.source.text import SourceText

WEB = """\
version: 1
strategy: web
environments:
  dev: {}
  prod: {}
groups:
  app:
    alb: {description: Entry}
    db: {description: Database, egress: [{to: alb, services: ssh, why: Half open}]}
flows:
  - {name: shop, from: internet, to: alb, services: https, why: The shop}
  - {from: internet, to: alb, services: http, why: Redirects}
waivers:
  - {code: SG401, path: flows.shop, why: "Public, [as](1) {0} meant", until: 2027-06-30, approved_by: security}
"""
BROKEN = "version: 1\nstrategy: web\nnetworks: {office: [10.0.0.1/8]}\ngroups: {app: {a: {description: A}}}\n"


def rows(outcome: Any, code: str) -> list[dict[str, Any]]:
    return [each for each in read_json(outcome)["findings"] if each["code"] == code]


def results(outcome: Any, code: str) -> list[dict[str, Any]]:
    return [each for each in read_sarif(outcome)["results"] if each["ruleId"] == code]


# ---------------------------------------------------------------- JSON


def test_json_says_what_was_looked_at() -> None:
    data = read_json(compiled(WEB, folder="infra/"))
    assert data["report"] == 1
    assert data["tool"] == {"name": "sgstrat", "version": __version__}
    assert (data["as_of"], data["workspace"], data["valid"]) == ("2027-01-01", "infra/", False)
    found = data["findings"]
    assert data["summary"] == {
        "errors": sum(each["severity"] == "error" for each in found),
        "warnings": sum(each["severity"] == "warning" for each in found),
        "notes": sum(each["severity"] == "note" for each in found),
        "waived": 1,
        "not_listed": 0,
    }
    assert read_json(compiled(BROKEN))["targets"] == []
    clean = compiled("version: 1\nstrategy: web\ngroups: {app: {a: {description: A}}}\n")
    assert read_json(clean)["targets"] == [{"strategy": "web", "environment": "default", "vpc": "main"}]
    assert read_json(clean)["valid"] is True


def test_json_has_all_that_a_finding_is() -> None:
    outcome = compiled(WEB, controls={"SG401": ("CIS AWS 5.2",)})
    (error,) = [each for each in rows(outcome, "SG401") if each["severity"] == "error"]
    (real,) = [each for each in outcome.findings if each.code == "SG401" and each.is_error]
    assert error == {
        "code": "SG401",
        "slug": "internet-ingress",
        "severity": "error",
        "title": CODES["SG401"].title,
        "message": real.message,
        "help": real.help,
        "file": "strategies/0.yaml",
        "range": {"start": {"line": 12, "column": 5}, "end": {"line": 12, "column": 62}},
        "environments": ["dev", "prod"],
        "services": ["tcp/80"],
        "paths": list(real.paths),
        "related": [
            {
                "message": "the group is here",
                "file": "strategies/0.yaml",
                "range": {"start": {"line": 8, "column": 5}, "end": {"line": 8, "column": 8}},
            }
        ],
        "fix": None,
        "waived": None,
        "controls": ["CIS AWS 5.2"],
        "explain": "sgstrat explain SG401",
    }


def test_json_says_who_waived_what() -> None:
    (waived,) = [each for each in rows(compiled(WEB), "SG401") if each["waived"]]
    assert waived["severity"] == "note"
    how = waived["waived"]
    assert how["severity"] == "error"
    assert waived["message"].startswith(how["message"] + ": waived until 2027-06-30 by security: ")
    assert (how["until"], how["approved_by"], how["why"]) == ("2027-06-30", "security", "Public, [as](1) {0} meant")
    assert (how["file"], how["range"]["start"]["line"]) == ("strategies/0.yaml", 14)


def test_json_has_fixes_and_related_places_and_findings_without_a_place() -> None:
    fix = Fix("write it so", (Edit(Span("strategies/a.yaml", 1, 2, 1, 4), "\u202e\x1b"),), is_safe=False)
    related = Related(Span("strategies/b.yaml", 3, 1, 4, 2), "the other")
    (row,) = read_json(made_of(Finding("SG204", "m", fix=fix, related=(related,))))["findings"]
    assert (row["file"], row["range"]) == (None, None)
    assert row["fix"]["edits"][0]["text"] == "\u202e\x1b"
    assert (row["fix"]["title"], row["fix"]["safe"]) == ("write it so", False)
    assert row["related"] == [
        {
            "message": "the other",
            "file": "strategies/b.yaml",
            "range": {"start": {"line": 3, "column": 1}, "end": {"line": 4, "column": 2}},
        }
    ]


# ---------------------------------------------------------------- SARIF


def test_a_sarif_run_says_by_whom_and_how_it_is_to_be_read() -> None:
    run = read_sarif(compiled(WEB))
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("sgstrat", __version__)
    assert run["invocations"] == [{"executionSuccessful": True, "exitCode": 1}]
    assert run["columnKind"] == "unicodeCodePoints"
    assert set(run["newlineSequences"]) == {"\r\n", "\n", "\r", "\x85", "\u2028", "\u2029"}
    assert [rule["id"] for rule in driver["rules"]] == sorted({each["ruleId"] for each in run["results"]})
    for each in run["results"]:
        assert driver["rules"][each["ruleIndex"]]["id"] == each["ruleId"]
    assert read_sarif(made_of())["invocations"] == [{"executionSuccessful": True, "exitCode": 0}]
    assert read_sarif(made_of())["results"] == []


@pytest.mark.parametrize("code", CODES)
def test_a_sarif_rule_is_the_text_of_its_code_within_github_s_limits(code: str) -> None:
    rule = sarif_rule(CODES[code], ())
    assert rule["shortDescription"]["text"] == CODES[code].title
    assert rule["help"]["markdown"] == load(code).body
    assert load(code).why in rule["help"]["text"]
    assert rule["defaultConfiguration"]["level"] == CODES[code].severity.value
    assert len(rule["shortDescription"]["text"]) <= 1024
    assert len(rule["fullDescription"]["text"]) <= 1024


def test_only_rules_about_security_have_its_severity() -> None:
    assert sarif_rule(CODES["SG401"], ())["properties"] == {
        "tags": ["security"],
        "problem.severity": "error",
        "security-severity": "8.0",
    }
    assert sarif_rule(CODES["SG501"], ())["properties"]["security-severity"] == "5.0"
    assert sarif_rule(CODES["SG209"], ())["properties"] == {"tags": [], "problem.severity": "recommendation"}


def test_controls_are_tags_as_many_as_github_takes() -> None:
    controls = tuple(f"control-{number}" for number in range(30))
    run = read_sarif(compiled(WEB, controls={"SG401": controls}))
    (rule,) = [each for each in run["tool"]["driver"]["rules"] if each["id"] == "SG401"]
    assert rule["properties"]["tags"] == ["security", *controls][:MOST_TAGS]


def test_a_sarif_result_says_where_and_what_and_in_which_environments() -> None:
    outcome = compiled(WEB, folder="infra/a b/")
    (error,) = [each for each in results(outcome, "SG401") if "suppressions" not in each]
    (real,) = [each for each in outcome.findings if each.code == "SG401" and each.is_error]
    assert error["level"] == "error"
    assert error["message"]["text"] == f"{real.message} (in dev, prod)\n{real.help}"
    (location,) = error["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "infra/a%20b/strategies/0.yaml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 12, "startColumn": 5, "endLine": 12, "endColumn": 62},
    }
    assert [each["fullyQualifiedName"] for each in location["logicalLocations"]] == list(real.paths)
    assert error["properties"] == {"environments": ["dev", "prod"], "services": ["tcp/80"]}


def test_a_waived_result_is_suppressed_with_its_reason_and_keeps_its_level_and_message() -> None:
    outcome = compiled(WEB)
    (waived,) = [each for each in results(outcome, "SG401") if "suppressions" in each]
    assert waived["level"] == "error"
    assert "waived" not in waived["message"]["text"]
    (suppression,) = waived["suppressions"]
    assert suppression["status"] == "accepted"
    assert suppression["justification"] == "Public, [as](1) {0} meant, until 2027-06-30, approved by security"
    assert suppression["location"]["physicalLocation"]["region"]["startLine"] == 14


def test_a_result_without_a_place_has_a_location_all_the_same() -> None:
    (result,) = read_sarif(made_of(Finding("SG304", "too many"), folder="infra/"))["results"]
    assert result["locations"] == [
        {"physicalLocation": {"artifactLocation": {"uri": "infra/strategies", "uriBaseId": "%SRCROOT%"}}}
    ]


def test_a_message_is_neither_a_template_nor_a_link() -> None:
    said = "{0} and {12} {a} [x](1) [y](https://example.com)"
    (result,) = read_sarif(made_of(Finding("SG113", said)))["results"]
    assert result["message"]["text"] == r"{{0}} and {{12}} {a} [x\](1) [y\](https://example.com)"


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("strategies/a b.yaml", "strategies/a%20b.yaml"),
        ("strategies/50%.yaml", "strategies/50%25.yaml"),
        ("strategies/a:b?c#d.yaml", "strategies/a%3Ab%3Fc%23d.yaml"),
        ("strategies/über/東.yaml", "strategies/%C3%BCber/%E6%9D%B1.yaml"),
        ("strategies/[x]\\n.yaml", "strategies/%5Bx%5D%5Cn.yaml"),
    ],
)
def test_a_path_is_percent_encoded(path: str, uri: str) -> None:
    (result,) = read_sarif(made_of(Finding("SG113", "m", Span(path, 1, 1, 1, 1))))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def _replaced(text: str, replacements: list[dict[str, Any]]) -> str:
    """A text after a SARIF fix, by the run's own way to count lines and columns."""
    source = SourceText("", text)
    for each in sorted(replacements, key=lambda each: each["deletedRegion"]["startLine"], reverse=True):
        region = each["deletedRegion"]
        start = source.offset(region["startLine"], region["startColumn"])
        end = source.offset(region["endLine"], region["endColumn"])
        text = text[:start] + each["insertedContent"]["text"] + text[end:]
    return text


def test_a_fix_replaces_what_it_says() -> None:
    before = "a: 😀 ten\u2028b: 1\nc: [x]\n"
    edits = (Edit(Span("strategies/a.yaml", 1, 6, 1, 9), "zehn"), Edit(Span("strategies/a.yaml", 3, 5, 3, 5), "y, "))
    other = Edit(Span("strategies/b.yaml", 1, 1, 1, 1), "# new\n")
    finding = Finding("SG113", "m", fix=Fix("so", (*edits, other)))
    (result,) = read_sarif(made_of(finding))["results"]
    (fix,) = result["fixes"]
    assert fix["description"] == {"text": "so"}
    assert fix["properties"] == {"safe": True}
    here, there = fix["artifactChanges"]
    assert here["artifactLocation"]["uri"] == "strategies/a.yaml"
    assert _replaced(before, here["replacements"]) == "a: 😀 zehn\u2028b: 1\nc: [y, x]\n"
    assert _replaced("old\n", there["replacements"]) == "# new\nold\n"


# ---------------------------------------------------------------- fingerprints


def prints(outcome: Any) -> list[str]:
    return [each["partialFingerprints"]["sgstrat/v1"] for each in read_sarif(outcome)["results"]]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("environments:", "# moved\n\n# down\nenvironments:"),
        ("  - {name: shop", "  - {from: alb, to: db, services: mysql, why: New and first}\n  - {name: shop"),
        ("internet, to: alb, services: http, why", "internet,   to: alb, services: http, why"),
    ],
)
def test_what_moves_is_the_same(old: str, new: str) -> None:
    assert old in WEB
    assert set(prints(compiled(WEB))) <= set(prints(compiled(WEB.replace(old, new))))


def test_a_waiver_changes_no_fingerprint() -> None:
    without = WEB[: WEB.index("waivers:")]
    assert sorted(prints(compiled(WEB))) == sorted(prints(compiled(without)))


def _one(message: str, path: str = "flows[0]", file: str = "a") -> str:
    return prints(made_of(Finding("SG301", message, Span(file, 1, 1, 1, 1), paths=(path,))))[0]


def test_counts_and_indexes_are_left_out_of_a_fingerprint() -> None:
    assert _one("group a has 61 rules; 60 are allowed") == _one("group a has 62 rules; 60 are allowed")
    assert _one("m", "flows[0]") == _one("m", "flows[12]")
    assert _one("flows[3]") == _one("flows[4]")
    for left, right in (
        ("tcp/80 is open", "tcp/443 is open"),
        ("10.0.0.0/8 is wide", "11.0.0.0/8 is wide"),
        ("2001:db8::/32 is wide", "2001:db9::/32 is wide"),
        ("sg-01 is there", "sg-02 is there"),
        ("until 2027-01-01", "until 2028-01-01"),
        ("web1 is", "web2 is"),
    ):
        assert _one(left) != _one(right)
    assert _one("m", "flows.a") != _one("m", "flows.b")
    assert _one("m", file="a") != _one("m", file="b")


def test_findings_that_are_alike_are_numbered() -> None:
    finding = Finding("SG113", "m", Span("a", 1, 1, 1, 2))
    first, second = prints(made_of(finding, replace(finding, span=Span("a", 9, 1, 9, 2))))
    assert first.removesuffix(":1") == second.removesuffix(":2")


# ---------------------------------------------------------------- JUnit


def test_junit_has_a_case_for_what_is_right_and_for_what_is_wrong() -> None:
    clean = "version: 1\nstrategy: clean\ngroups: {app: {a: {description: A}}}\n"
    root = read_junit(compiled(clean, WEB))
    right, wrong = root
    assert (right.attrib["name"], right.attrib["tests"], right.attrib["failures"]) == ("strategies/0.yaml", "1", "0")
    assert [(each.attrib["name"], len(each)) for each in right] == [("no errors", 0)]
    cases = {each.attrib["name"]: each for each in wrong}
    assert "no errors" not in cases
    kinds = {name: [child.tag for child in case] for name, case in cases.items()}
    assert kinds["SG401 internet-ingress: flows.shop"] == ["skipped"]
    assert kinds["SG401 internet-ingress: flows[1]"] == ["failure"]
    assert kinds["SG501 half-open: groups.app.db.egress[0]"] == ["system-out"]
    failure = cases["SG401 internet-ingress: flows[1]"][0]
    assert failure.attrib["type"] == "SG401"
    assert failure.text is not None
    assert failure.text.startswith("strategies/1.yaml:12:5: error SG401 ")
    assert "  12 |   - {from: internet, to: alb, services: http, why: Redirects}\n" in failure.text
    assert "waived until 2027-06-30 by security" in cases["SG401 internet-ingress: flows.shop"][0].attrib["message"]
    assert {each.attrib["classname"] for each in wrong} == {"strategies/1_yaml"}


def test_junit_counts_what_it_holds() -> None:
    root = read_junit(compiled(WEB, BROKEN))
    for suite in root:
        assert int(suite.attrib["tests"]) == len(suite)
        assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure"))
        assert int(suite.attrib["skipped"]) == len(suite.findall("testcase/skipped"))
    assert int(root.attrib["tests"]) == sum(len(suite) for suite in root)
    assert int(root.attrib["failures"]) == len(root.findall("testsuite/testcase/failure")) > 0


def test_junit_names_no_two_cases_of_a_suite_alike() -> None:
    finding = Finding("SG113", "m", Span("strategies/a.yaml", 1, 1, 1, 2))
    names = [each.attrib["name"] for each in read_junit(made_of(finding, finding, finding)).iter("testcase")]
    assert names == ["SG113 bad-value: m", "SG113 bad-value: m (2)", "SG113 bad-value: m (3)"]


def test_junit_has_a_suite_for_findings_without_a_file_and_for_files_that_are_no_text() -> None:
    lost = Finding("SG100", "not text", Span("strategies/bad.yaml", 1, 1, 1, 1))
    root = read_junit(made_of(Finding("SG304", "too many"), lost))
    assert [(suite.attrib["name"], suite.attrib["failures"]) for suite in root] == [
        ("strategies/a.yaml", "0"),
        ("workspace", "1"),
        ("strategies/bad.yaml", "1"),
    ]


# ---------------------------------------------------------------- GitHub


def test_github_has_a_command_for_each_finding_the_gravest_first() -> None:
    outcome = compiled(WEB, folder="infra/")
    found = commands(FORMS["github"](outcome))
    names = [each.name for each in found]
    assert len(found) == len(outcome.findings)
    assert names == sorted(names, key=("error", "warning", "notice").index)
    (real,) = [each for each in outcome.findings if each.code == "SG401" and each.is_error]
    assert found[0].properties == {
        "file": "infra/strategies/0.yaml",
        "line": "12",
        "endLine": "12",
        "col": "5",
        "endColumn": "62",
        "title": "SG401 internet-ingress",
    }
    see = "see strategies/0.yaml:8:5: the group is here"
    assert found[0].data == f"{real.message} (in dev, prod)\nhelp: {real.help}\n{see}"


def test_github_gives_columns_within_one_line_only() -> None:
    (command,) = commands(FORMS["github"](made_of(Finding("SG113", "m", Span("a", 2, 3, 4, 5)))))
    assert command.properties == {"file": "a", "line": "2", "endLine": "4", "title": "SG113 bad-value"}


def test_github_escapes_what_its_commands_are_made_of() -> None:
    finding = Finding("SG113", "100% a,b:c::d", Span("a,b:c%2C=d.yaml", 1, 1, 1, 2), help="50%0A")
    (command,) = commands(FORMS["github"](made_of(finding)))
    assert command.properties["file"] == "a,b:c%2C=d.yaml"
    assert command.data == "100% a,b:c::d\nhelp: 50%0A"


def test_github_says_when_there_is_nothing() -> None:
    assert FORMS["github"](made_of()) == "no findings\n"


# ---------------------------------------------------------------- bounds


def _many(severity: Severity, count: int) -> list[Finding]:
    at = [Span("strategies/a.yaml", 1, number + 1, 1, number + 2) for number in range(count)]
    return [Finding("SG113", f"{severity.value} {each.column}", each, severity=severity) for each in at]


def test_a_document_lists_the_gravest_and_says_how_many_more_there_are() -> None:
    findings = (*_many(Severity.NOTE, 400), *_many(Severity.WARNING, 7_000), *_many(Severity.ERROR, 6_000))
    outcome = made_of(*findings)

    data = read_json(outcome)
    listed = [each["severity"] for each in data["findings"]]
    assert (len(listed), listed.count("error"), listed.count("warning")) == (10_000, 6_000, 4_000)
    assert data["summary"] == {"errors": 6000, "warnings": 7000, "notes": 400, "waived": 0, "not_listed": 3400}

    run = FORMS["sarif"](outcome)
    rest = "10000 findings are listed, the gravest; not listed: 3000 warnings, 400 notes"
    assert run.count('"ruleIndex"') == 10_000
    assert run.count(rest) == 1

    document = FORMS["junit"](outcome)
    assert document.count("<testcase ") == 10_001  # the errors and warnings that are listed, and the rest
    assert document.count(rest) == 1

    lines = FORMS["github"](outcome).splitlines()
    assert len(lines) == 3 * 200 + 4
    assert lines[200] == "... and 5800 more errors"
    assert lines[-1] == "6000 errors, 7000 warnings, 400 notes"


def test_a_long_line_is_taken_from_its_file_once_however_many_findings_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = 0
    real = SourceText.line

    def counted(self: SourceText, number: int) -> str:
        nonlocal taken
        taken += 1
        return real(self, number)

    monkeypatch.setattr(SourceText, "line", counted)
    outcome = made_of(*_many(Severity.ERROR, 3_000), texts={"strategies/a.yaml": "x" * 5_000})
    FORMS["junit"](outcome)
    assert taken == 1


@pytest.mark.parametrize("form", FORMS)
def test_documents_grow_as_their_findings_do(form: str) -> None:
    small, large = (
        len(FORMS[form](made_of(*_many(Severity.ERROR, count), texts={"strategies/a.yaml": "x" * 9_999})))
        for count in (100, 200)
    )
    assert large < 2.2 * small


@pytest.mark.parametrize("form", FORMS)
def test_a_form_is_the_same_each_time(form: str) -> None:
    assert FORMS[form](compiled(WEB, BROKEN)) == FORMS[form](compiled(WEB, BROKEN))
    assert AS_OF.isoformat() not in FORMS[form](made_of()) or form == "json"

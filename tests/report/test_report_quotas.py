"""``sgstrat quotas``: what is shown and what is left out, its JSON against its schema, its exit statuses."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings, strategies as st
from test_report_hostile import TEXTS
from workflow_commands import commands

from sgstrat.cli.quotas import command
from sgstrat.cli.schema import schema_text
from sgstrat.edge.machine import UsageFault
from sgstrat.quotas.counting import ListUse
from sgstrat.quotas.survey import Counted, Survey
from sgstrat.quotas.use import Contributor, Remedy, Use, tightest_first
from sgstrat.report.inert import is_hidden
from sgstrat.report.quotas_json import quotas_json
from sgstrat.report.quotas_text import MOST_SHOWN, Shown, quotas_lines
from sgstrat.rulebook.model import TargetName
from sgstrat.rulebook.weight import Part

ROOT = Path(__file__).parents[2]
TARGET = TargetName("a", "default", "main")
FULL = """\
version: 1
strategy: a
prefix_lists: {cdn: {aws: cloudfront}}
groups:
  app:
    two: {description: X, ingress: [{from: cdn, services: [http, https], why: x}]}
    one: {description: X, ingress: [{from: cdn, services: https, why: x}]}
workloads: {w: {groups: [one, two], reserved_groups: 2}}
"""


def run(folder: Path, text: str, *options: str) -> Result:
    (folder / "strategies").mkdir(exist_ok=True)
    (folder / "strategies/a.yaml").write_text(text, "utf-8")
    return CliRunner().invoke(command, [str(folder / "strategies"), "--as-of", "2027-01-01", *options])


def made(use: Use, text: str = "x") -> Survey:
    remedies = tuple(Remedy(kind, text, 1, most) for kind in ("optimize", "raise") for most in (0, 5))
    counted = Counted(use, (Contributor(text, 2), Contributor(text, 1)), remedies)
    return Survey((counted,), (ListUse(TARGET, text, "own", 3, 1, 2, 1),))


def test_the_table_stands_although_a_limit_is_exceeded(tmp_path: Path) -> None:
    done = run(tmp_path, FULL)
    assert done.exit_code == 1
    lines = done.stdout.splitlines()
    row = "over 110 60 -50 two ingress IPv4 a/default/main prefix list cdn (55 in each of 2 rules)"
    assert " ".join(lines[2].split()) == row
    assert "  over: two ingress IPv4, 50 too many" in lines
    assert lines[-1] == "1 limit exceeded, 1 near"
    assert "\x1b" not in done.stdout
    assert done.stderr == ""


def test_everything_is_shown_on_request(tmp_path: Path) -> None:
    few, every = run(tmp_path, FULL).stdout, run(tmp_path, FULL, "--all").stdout
    assert "more (--all shows them)" in few
    assert "--all" not in every
    assert "  0  60    60  two" not in few
    assert len(every.splitlines()) > len(few.splitlines())


def test_the_json_fits_its_schema_and_has_every_limit(tmp_path: Path) -> None:
    done = run(tmp_path, FULL, "--output-format", "json")
    data = json.loads(done.stdout)
    assert done.exit_code == 1
    jsonschema.Draft7Validator(json.loads(schema_text("quotas"))).validate(data)
    limits = [each["limit"] for each in data["limits"]]
    assert [limits.count(each) for each in ("rules_per_group", "groups_per_eni", "rules_per_eni")] == [8, 1, 4]
    assert {each for each in limits if each.startswith("cloudformation")} == {
        "cloudformation_resources",
        "cloudformation_outputs",
        "cloudformation_parameters",
        "cloudformation_template_bytes",
    }
    eni = next(each for each in data["limits"] if each["limit"] == "rules_per_eni" and each["used"] == 165)
    assert (eni["most"], eni["unknown_groups"]) == (300, 2)
    assert data["prefix_lists"] == [
        {
            "name": "cdn",
            "target": {"strategy": "a", "environment": "default", "vpc": "main"},
            "origin": "aws",
            "weight": 55,
            "entries": None,
            "rules": 3,
            "groups": 2,
            "cost": 165,
        }
    ]


def test_errors_that_mislead_are_shown_in_place_of_a_table(tmp_path: Path) -> None:
    done = run(tmp_path, FULL.replace("from: cdn, services: https", "from: cdm, services: https"))
    assert done.exit_code == 1
    assert done.stdout == ""
    assert "error SG201 nothing named cdm is declared" in done.stderr


def test_nothing_is_counted_where_nothing_is_compiled(tmp_path: Path) -> None:
    done = run(tmp_path, FULL.replace("strategy: a\n", "strategy: a\ntags: {'aws:x': z}\n"))
    assert (done.exit_code, done.stdout) == (1, "")
    assert "error SG308" in done.stderr


def test_a_list_with_more_than_it_may_hold_is_over(tmp_path: Path) -> None:
    lists = "l: {max_entries: 1, entries: [192.0.2.0/28, 192.0.2.64/28]}, m: {max_entries: 3, entries: [192.0.2.0/28]}"
    quota = "quotas: {entries_per_prefix_list: 2}"
    done = run(tmp_path, FULL.replace("cdn: {aws: cloudfront}}", f"cdn: {{aws: cloudfront}}, {lists}}}\n{quota}"))
    assert done.exit_code == 1
    rows = [line.split()[:5] for line in done.stdout.splitlines() if line.startswith("  over ")]
    assert ["over", "2", "1", "-1", "l"] in rows
    assert ["over", "3", "2", "-1", "m"] in rows


def test_resources_of_a_template_that_merging_would_save(tmp_path: Path) -> None:
    rules = "".join(f"        - {{from: self, services: tcp/{port}, why: x}}\n" for port in range(1, 431))
    head = "version: 1\nstrategy: a\ngroups:\n  app:\n    web:\n      description: X\n      ingress:\n"
    data = json.loads(run(tmp_path, head + rules, "--output-format", "json").stdout)
    (use,) = (each for each in data["limits"] if each["limit"] == "cloudformation_resources")
    assert (use["used"], use["most"], use["near"]) == (431, 500, True)
    assert use["contributors"] == [{"name": "rules of web", "weight": 430}]
    assert [(each["kind"], each["used"], each["fits"]) for each in use["remedies"]] == [("optimize", 2, True)]


def test_errors_that_leave_the_counts_right_are_counted_only(tmp_path: Path) -> None:
    done = run(
        tmp_path, FULL.replace("services: [http, https]", "services: https").replace("from: cdn", "from: internet")
    )
    assert done.exit_code == 0
    assert "no limits exceeded" in done.stdout
    assert done.stderr == "note: 2 other errors: sgstrat validate shows them\n"


@pytest.mark.parametrize("option", ["--strategy", "--environment"])
def test_a_name_that_nothing_has_is_no_all_clear(tmp_path: Path, option: str) -> None:
    """Also beside an error: that is when one asks."""
    done = run(tmp_path, FULL, option, "nope")
    assert isinstance(done.exception, UsageFault)
    assert "nope" in str(done.exception)


def test_a_product_that_aws_does_not_grant_is_said(tmp_path: Path) -> None:
    done = run(tmp_path, FULL + "quotas: {groups_per_eni: 16, rules_per_group: 200}\n")
    assert done.exit_code == 1
    assert "SG303" in done.stderr


def test_what_an_option_of_build_makes_can_be_counted(tmp_path: Path) -> None:
    pairs = ", ".join(f"10.{number}.0.0/25, 10.{number}.0.128/25" for number in range(31))
    rules = f"[{{from: [{pairs}], services: https, why: x}}]"
    text = f"version: 1\nstrategy: a\ngroups: {{app: {{g: {{description: X, ingress: {rules}}}}}}}\n"
    assert run(tmp_path, text).exit_code == 1
    assert run(tmp_path, text, "--optimize", "-f", "terraform").exit_code == 0


def test_a_part_of_the_workspace_with_all_of_its_region() -> None:
    options = ("--strategy", "shop", "--environment", "prod", "--as-of", "2027-01-01", "--output-format", "json")
    done = CliRunner().invoke(command, [str(ROOT / "strategies"), *options])
    data = json.loads(done.stdout)
    jsonschema.Draft7Validator(json.loads(schema_text("quotas"))).validate(data)
    shown = {(each["target"]["strategy"], each["target"]["environment"]) for each in data["limits"] if each["target"]}
    assert shown == {("shop", "prod")}
    (region,) = (each for each in data["limits"] if each["limit"] == "groups_per_region")
    own = {each["name"] for each in data["limits"] if each["limit"] == "rules_per_group"}
    assert region["used"] > 40 + len(own), "other strategies and existing groups count"


def test_all_that_is_over_and_the_tightest_are_shown() -> None:
    uses = [Use("rules_per_group", f"g{n}", 70 - n, 60, target=TARGET) for n in range(40)]
    survey = Survey(tuple(map(Counted, tightest_first(uses))), ())
    shown = [line.split()[4] for line in quotas_lines(survey, Shown()) if line.startswith("  over")]
    assert shown == [f"g{n}" for n in range(10)]
    assert "  ... and 30 more (--all shows them)" in list(quotas_lines(survey, Shown()))
    least = Survey(survey.counted[20:], ())
    rows = [line for line in quotas_lines(least, Shown()) if line.endswith(str(TARGET))]
    assert [row.split()[3] for row in rows] == [f"g{n}" for n in range(20, 20 + MOST_SHOWN)]
    assert len([line for line in quotas_lines(survey, Shown(everything=True)) if str(TARGET) in line]) == 40


def test_alike_targets_share_a_row_and_others_do_not() -> None:
    def lines(*targets: TargetName) -> list[str]:
        uses = [Counted(Use("groups_per_eni", "w", 3, 5, target=each)) for each in targets]
        return list(quotas_lines(Survey(tuple(uses), ()), Shown()))[2:-2]

    same = [TargetName("a", name, "main") for name in ("dev", "prod", "test")]
    (row,) = lines(*same)
    assert row.endswith("  w     a/dev/main, a/prod/main and 1 more")
    assert len(lines(same[0], TargetName("b", "dev", "main"))) == 2


def test_a_divided_group_may_be_full() -> None:
    full = Use("rules_per_group", "web-2", 60, 60, is_filled=True)
    assert not full.is_near
    assert full._replace(is_filled=False).is_near
    assert full._replace(used=61).is_over


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 5000), st.integers(1, 3000))
def test_the_share_decides_and_then_the_headroom(used: int, most: int) -> None:
    use = Use("rules_per_group", "g", used, most)
    tighter, twice = use._replace(used=used + 1), use._replace(used=used * 2, most=most * 2, name="h")
    assert tightest_first([use, tighter]) == [tighter, use]
    assert tightest_first([twice, use]) == ([use, twice] if used <= most else [twice, use])


@pytest.mark.parametrize("width", [20, 60, 100])
def test_lines_keep_to_the_terminal(width: int) -> None:
    parts = tuple(Part(f"of group {n}", 7) for n in range(10))
    survey = Survey((Counted(Use("rules_per_eni", "w" * 30, 70, 300, parts, TARGET)),), ())
    lines = list(quotas_lines(survey, Shown(width=width)))
    assert max(map(len, lines[1:3])) == width
    assert lines[2].endswith("...")


def test_colours_only_where_asked_for() -> None:
    survey = made(Use("rules_per_group", "over", 70, 60, target=TARGET))
    assert "\x1b" not in "\n".join(quotas_lines(survey, Shown()))
    (row,) = (line for line in quotas_lines(survey, Shown(colour=True)) if "\x1b" in line)
    assert row.startswith("  \x1b[31;1mover\x1b[0m")


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_text_of_a_strategy_is_inert(text: str) -> None:
    survey = made(Use("groups_per_region", text, 70, 60, (Part(text, 70),), account=text, region=text), text)
    document = "".join(f"{line}\n" for line in quotas_lines(survey, Shown(everything=True)))
    lines = document.split("\n")
    assert not any(is_hidden(char) for line in lines for char in line)
    assert list(commands(document)) == []
    printed = quotas_json(survey, date(2027, 1, 1))
    assert list(commands(printed)) == []
    data: dict[str, Any] = json.loads(printed)
    jsonschema.Draft7Validator(json.loads(schema_text("quotas"))).validate(data)

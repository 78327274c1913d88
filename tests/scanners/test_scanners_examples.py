"""What scanners say of the built examples, alarm by alarm: ``expected.csv`` lists them, ``reasons.csv`` says why.

``SGSTRAT_UPDATE=1`` rewrites the list; a check that it has no reason for is then still an error.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from scanner_tools import Alarm, readable_by_checkov, run_checkov, run_guard

ROOT = Path(__file__).parents[2]
OUT = ROOT / "out"
HERE = Path(__file__).parent
EXPECTED, REASONS = HERE / "expected.csv", HERE / "reasons.csv"
FALSE = ("CKV_AWS_24", "CKV_AWS_25", "CKV_AWS_260")


class Reason(NamedTuple):
    """Why a check's alarms are left: ``verdict`` is ``false alarm`` or ``accepted``."""

    scanner: str
    check: str
    format: str
    verdict: str
    why: str


def expected() -> list[Alarm]:
    with EXPECTED.open(encoding="utf-8", newline="") as file:
        return [Alarm(**row) for row in csv.DictReader(file)]


def reasons() -> list[Reason]:
    with REASONS.open(encoding="utf-8", newline="") as file:
        return [Reason(**row) for row in csv.DictReader(file)]


def _format(alarm: Alarm) -> str:
    return "terraform" if alarm.file.endswith(".tf.json") else "cloudformation"


def _compare(found: Iterable[Alarm], scanner: str, format: str) -> None:
    others = [each for each in expected() if (each.scanner, _format(each)) != (scanner, format)]
    if os.environ.get("SGSTRAT_UPDATE") == "1":
        with EXPECTED.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(Alarm._fields)
            writer.writerows(sorted((*others, *found)))
    assert sorted((*others, *found)) == sorted(expected())


def test_checkov_on_templates(checkov: None) -> None:
    report = run_checkov(OUT, "cloudformation")
    assert report.unread == 0
    assert report.passed > 1000
    _compare(report.failed, "checkov", "cloudformation")


def test_checkov_on_modules(checkov: None, tmp_path: Path) -> None:
    readable_by_checkov(OUT, tmp_path)
    report = run_checkov(tmp_path, "terraform_json")
    assert report.unread == 0
    assert report.passed > 1000
    _compare(report.failed, "checkov", "terraform")


def test_checkov_reads_no_module_as_it_is(checkov: None) -> None:
    # when this fails, checkov has learnt it: scan modules as they are, and tell docs/scanners.md
    report = run_checkov(OUT, "terraform_json")
    assert report.unread == len(list(OUT.rglob("*.tf.json")))
    assert report.passed == 0


def test_guard_on_templates(guard: None) -> None:
    _compare(run_guard(OUT), "cfn-guard", "cloudformation")


def test_every_alarm_has_a_reason_and_every_reason_an_alarm() -> None:
    alarms = {(each.scanner, each.check, _format(each)) for each in expected()}
    assert {each[:3] for each in reasons()} == alarms
    assert {each.verdict for each in reasons()} <= {"false alarm", "accepted"}


def test_the_page_tells_every_reason() -> None:
    page = (ROOT / "docs/scanners.md").read_text("utf-8")
    for each in reasons():
        assert f"| {each.scanner} | {each.check} | {each.format} | {each.verdict}: {each.why} |" in page


# -- the reasons hold


def _module(path: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((OUT / path).read_text("utf-8"))
    return data


@pytest.mark.parametrize("alarm", [each for each in expected() if each.check in FALSE], ids=str)
def test_a_false_alarm_is_about_a_group_or_a_list(alarm: Alarm) -> None:
    rule = _module(alarm.file)["resource"]["aws_vpc_security_group_ingress_rule"][alarm.resource]
    assert rule.keys() & {"referenced_security_group_id", "prefix_list_id"}
    assert not rule.keys() & {"cidr_ipv4", "cidr_ipv6"}


@pytest.mark.parametrize("alarm", [each for each in expected() if each.check == "CKV2_AWS_5"], ids=str)
def test_groups_are_attached_elsewhere(alarm: Alarm) -> None:
    kinds = _module(alarm.file)["resource"].keys()
    assert kinds <= {
        "aws_default_security_group",
        "aws_ec2_managed_prefix_list",
        "aws_security_group",
        "aws_vpc_security_group_egress_rule",
        "aws_vpc_security_group_ingress_rule",
    }


@pytest.mark.parametrize("alarm", [each for each in expected() if each.check == "CT.EC2.PR.3"], ids=str)
def test_control_tower_stumbles_over_a_list_of_private_networks(alarm: Alarm) -> None:
    template = (OUT / alarm.file).read_text("utf-8")
    block = template.partition(f"\n  {alarm.resource}:\n")[2].partition("\n    Tags:")[0]
    ingress = block.partition("SecurityGroupIngress:")[2].partition("SecurityGroupEgress:")[0]
    assert "SourcePrefixListId" in ingress
    assert "0.0.0.0/0" not in ingress
    assert "::/0" not in ingress

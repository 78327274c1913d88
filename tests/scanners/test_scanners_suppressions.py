"""A waived finding silences the scanners' alarm on the same rule, with the waiver's reason, and nothing else."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from scanner_tools import Alarm, readable_by_checkov, run_checkov, run_guard

from sgstrat.pipeline import Options, build, compile_workspace

STRATEGY = """\
version: 1
strategy: shop
groups:
  app:
    web:
      description: Public
      ingress:
        - {name: public, from: internet, services: http, why: Visitors}
    other:
      description: Public too
      ingress:
        - {name: public, from: internet, services: http, why: Visitors}
waivers:
  - {code: SG401, path: groups.app.web.ingress.public, why: "It redirects: to \\"https\\"", until: 2027-06-30}
  - {code: SG401, path: groups.app.other.ingress.public, why: For others, until: 2027-06-30, approved_by: security}
"""
TEMPLATE = "shop/default/main/cloudformation/template.yaml"
REDIRECTS = 'SG401 waived until 2027-06-30: It redirects: to "https"'
FOR_OTHERS = "SG401 waived until 2027-06-30 by security: For others"
# the form in which every rule of AWS Guard Rules Registry passes over what is suppressed, in words of this project
GUARD_RULE = """\
let groups = Resources.*[ Type == 'AWS::EC2::SecurityGroup'
  Metadata.guard.SuppressedRules not exists or
  Metadata.guard.SuppressedRules.* != "EC2_SECURITY_GROUP_INGRESS_OPEN_TO_WORLD_RULE"
]
rule EC2_SECURITY_GROUP_INGRESS_OPEN_TO_WORLD_RULE when %groups !empty {
  %groups.Properties.SecurityGroupIngress[*] {
    CidrIp not exists or
    CidrIp != '0.0.0.0/0'
  }
}
"""


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    compilation = compile_workspace(None, [("strategies/shop.yaml", STRATEGY.encode())], Options(date(2027, 1, 1)))
    assert not compilation.has_errors, compilation.findings
    return build(compilation, compilation.rulebooks, ("cloudformation", "terraform"))[0]


def _write(files: dict[str, str], folder: Path) -> Path:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    return folder


def _without_metadata(text: str) -> str:
    """The template without what its resources say to scanners."""
    kept, inside = [], False
    for line in text.splitlines():
        inside = line == "    Metadata:" or (inside and line.startswith("      "))
        if not inside:
            kept.append(line)
    return "\n".join(kept) + "\n"


def test_checkov_skips_with_the_reason(checkov: None, files: dict[str, str], tmp_path: Path) -> None:
    report = run_checkov(_write(files, tmp_path), "cloudformation")
    assert report.failed == ()
    assert report.skipped == {
        Alarm("checkov", "CKV_AWS_260", TEMPLATE, "Web"): REDIRECTS,
        Alarm("checkov", "CKV_AWS_260", TEMPLATE, "Other"): FOR_OTHERS,
    }


def test_checkov_alarms_without_it(checkov: None, files: dict[str, str], tmp_path: Path) -> None:
    report = run_checkov(_write({TEMPLATE: _without_metadata(files[TEMPLATE])}, tmp_path), "cloudformation")
    assert [(each.check, each.resource) for each in report.failed] == [("CKV_AWS_260", "Other"), ("CKV_AWS_260", "Web")]


def test_guard_passes_over_it(guard: None, files: dict[str, str], tmp_path: Path) -> None:
    rule = tmp_path / "own.guard"
    rule.write_text(GUARD_RULE, "utf-8")
    assert run_guard(_write(files, tmp_path), [rule]) == ()
    (tmp_path / TEMPLATE).write_text(_without_metadata(files[TEMPLATE]), "utf-8")
    assert {each.resource for each in run_guard(tmp_path, [rule])} == {"Web", "Other"}


def test_checkov_takes_no_skip_from_a_module(checkov: None, files: dict[str, str], tmp_path: Path) -> None:
    # when this fails, checkov has learnt it (bridgecrewio/checkov#4634): write the skips into modules too
    source, copy = _write(files, tmp_path / "source"), tmp_path / "copy"
    readable_by_checkov(source, copy)
    (module,) = copy.rglob("*.tf.json")
    data = json.loads(module.read_text("utf-8"))
    for rule in data["resource"]["aws_vpc_security_group_ingress_rule"].values():
        rule["//"] = {"checkov": {"skip": [{"id": "CKV_AWS_260", "comment": "x"}]}, "#": "checkov:skip=CKV_AWS_260:x"}
    module.write_text(json.dumps(data, indent=2), "utf-8")
    report = run_checkov(copy, "terraform_json")
    assert report.skipped == {}
    assert "CKV_AWS_260" in {each.check for each in report.failed}

"""What stands against a control: by code, service and family; waived, unknown, and left out."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

import pytest

from sgstrat.diagnostics.codes import CODES
from sgstrat.diagnostics.finding import Finding
from sgstrat.facts.compliance import Control, Criterion, Framework, frameworks
from sgstrat.pipeline import Compilation, Options, compile_workspace
from sgstrat.report.compliance import ComplianceView, Status, json_text, text, view

STRATEGY = """\
version: 1
strategy: shop
groups:
  app:
    web:
      description: Web servers
      ingress:
        - {name: admin, from: PEER, services: SERVICES, why: Work}
"""
WAIVER = """\
waivers:
  - {code: SG401, path: groups.app.web.ingress.admin, why: "Meant so; see DOC-1", until: 2027-06-30, approved_by: sec}
"""
CODE_OF_ALL = frozenset(code for each in frameworks().values() for one in each.controls for code in one.codes)


def compiled(peer: str, services: str, rest: str = "") -> Compilation:
    written = STRATEGY.replace("PEER", peer).replace("SERVICES", services) + rest
    return compile_workspace(None, [("strategies/shop.yaml", written.encode())], Options(date(2027, 1, 1)))


def seen(compilation: Compilation, key: str = "cis-5.0", **settings: Any) -> ComplianceView:
    settings = {"is_complete": True, "known": CODE_OF_ALL, **settings}
    return view(frameworks()[key], compilation.findings, compilation.rulebooks.values(), **settings)


def statuses(shown: ComplianceView) -> dict[str, str]:
    return {each.control.id: each.status.value for each in shown.verdicts}


@pytest.mark.parametrize(
    ("peer", "services", "ipv4", "ipv6"),
    [
        ("internet", "ssh", "fail", "fail"),
        ("internet-ipv4", "ssh", "fail", "pass"),
        ("internet-ipv6", "rdp", "pass", "fail"),
        ("internet", "https", "pass", "pass"),
        ("internet", "tcp/20-30", "fail", "fail"),
        ("internet", "udp/3389", "fail", "fail"),
        ("internet", "all", "fail", "fail"),
        ('["0.0.0.0/1", "128.0.0.0/1"]', "ssh", "fail", "pass"),
        ('"10.0.0.0/8"', "ssh", "pass", "pass"),
    ],
)
def test_the_ports_and_families_of_cis(peer: str, services: str, ipv4: str, ipv6: str) -> None:
    found = statuses(seen(compiled(peer, services)))
    assert (found["5.3"], found["5.4"]) == (ipv4, ipv6)


def test_a_waived_finding_is_shown_as_such() -> None:
    shown = seen(compiled("internet-ipv4", "http", WAIVER), "checkov")
    (verdict,) = (each for each in shown.verdicts if each.control.id == "CKV_AWS_260")
    assert verdict.status is Status.WAIVED
    assert [each.waived.why for each in verdict.findings if each.waived] == ["Meant so; see DOC-1"]


def test_ports_that_security_hub_allows_pass() -> None:
    assert statuses(seen(compiled("internet", "[http, https]"), "security-hub"))["EC2.18"] == "pass"
    assert statuses(seen(compiled("internet", "[http, tcp/444]"), "security-hub"))["EC2.18"] == "fail"


def test_what_is_mapped_through_security_hub_fails_with_it() -> None:
    found = statuses(seen(compiled("internet", "tcp/5432"), "nist-800-53-r5"))
    assert (found["CM-7"], found["CM-2"], found["SC-7"]) == ("fail", "fail", "fail")
    assert statuses(seen(compiled("internet", "tcp/5432"), "pci-dss-4.0.1")) == {"1.3.1": "pass"}


def test_amid_errors_nothing_is_said_to_pass() -> None:
    shown = seen(compiled("nobody", "ssh"), is_complete=False)
    assert statuses(shown) == {"4.10": "not answered", "5.3": "unknown", "5.4": "unknown", "5.5": "unknown"}


def test_a_failure_counts_amid_errors() -> None:
    finding = Finding("SG401", "group web lets the whole internet in", services=("tcp/22",))
    shown = view(frameworks()["cis-5.0"], (finding,), (), is_complete=False, known=CODE_OF_ALL)
    assert statuses(shown) == {"4.10": "not answered", "5.3": "fail", "5.4": "fail", "5.5": "unknown"}


def test_what_was_not_looked_for_does_not_pass() -> None:
    for settings in ({"known": CODE_OF_ALL - {"SG404"}}, {"silenced": {"SG404"}}):
        shown = seen(compiled("internet", "https"), **settings)
        (verdict,) = (each for each in shown.verdicts if each.control.id == "5.3")
        assert (verdict.status, verdict.reason) == (Status.PARTLY, "not checked: SG404")


def test_what_is_answered_in_part_does_not_pass() -> None:
    framework = _framework(Control("X", "A title", (Criterion(("SG401",)),), partly="the rest is not seen"))
    shown = view(framework, (), (), is_complete=True, known=CODES)
    assert [(each.status, each.reason) for each in shown.verdicts] == [(Status.PARTLY, "the rest is not seen")]


def test_what_no_strategy_can_miss_passes_with_its_reason() -> None:
    (verdict,) = (
        each for each in seen(compiled("internet", "ssh"), "checkov").verdicts if each.control.id == "CKV_AWS_23"
    )
    assert verdict.status is Status.PASS
    assert "requires" in verdict.reason


def test_a_note_is_no_pass() -> None:
    (verdict,) = (each for each in _with_default_group().verdicts if each.control.id == "5.5")
    assert verdict.status is Status.PARTLY
    assert [each.code for each in verdict.findings] == ["SG601"]


def _with_default_group() -> ComplianceView:
    from sgstrat.pipeline import build

    compilation = compiled('"10.0.0.0/8"', "ssh")
    findings = build(compilation, compilation.rulebooks, ("cloudformation",))[1]
    return view(frameworks()["cis-5.0"], findings, compilation.rulebooks.values(), is_complete=True, known=CODE_OF_ALL)


def _framework(*controls: Control) -> Framework:
    return Framework("x", "X", "standard", "all", "a test of this", "https://example.com", "2026-11", controls)


def test_the_text_names_place_code_and_reason() -> None:
    lines = list(text(seen(compiled("internet-ipv4", "ssh"))))
    assert lines[0].startswith("cis-5.0: CIS Amazon Web Services Foundations Benchmark v5.0.0")
    assert any(line.startswith("fail         5.3 ") for line in lines)
    assert any(re.search(r"strategies/shop\.yaml:8:11: error SG40[14] ", line) for line in lines)
    assert lines[-1] == "cis-5.0: 1 fail, 2 pass, 1 not answered"


def test_the_json_says_the_same_as_the_text() -> None:
    shown = seen(compiled("internet-ipv4", "http", WAIVER), "checkov")
    data = json.loads(json_text(shown))
    assert {each["id"]: each["status"] for each in data["controls"]} == statuses(shown)
    assert data["counts"] == {"fail": 0, "partly": 1, "waived": 1, "pass": 6, "unknown": 0, "not answered": 0}
    (finding,) = next(each for each in data["controls"] if each["id"] == "CKV_AWS_260")["findings"]
    assert finding["waived"] == {"why": "Meant so; see DOC-1", "until": "2027-06-30", "approved_by": "sec"}
    assert (finding["file"], finding["line"], finding["services"]) == ("strategies/shop.yaml", 8, ["tcp/80"])


def test_text_from_a_file_is_safe_for_a_terminal() -> None:
    compilation = compiled("internet", "http", WAIVER.replace("Meant so", r"Meant\u202e\x1b so"))
    assert any("Meant\u202e\x1b so" in each.message for each in compilation.findings)
    lines = [line for line in text(seen(compilation, "checkov")) if "Meant" in line]
    assert lines
    assert not any("\u202e" in line or "\x1b" in line for line in lines)

"""Alarms are suppressed where waived findings answer every rule that raises them, and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from sgstrat.diagnostics.codes import CODES, Severity
from sgstrat.diagnostics.finding import Finding, Waived
from sgstrat.facts.alarms import Alarm, alarms
from sgstrat.formats.cloudformation.scanners import scanner_metadata
from sgstrat.formats.cloudformation.write import write
from sgstrat.formats.render import render
from sgstrat.formats.suppress import NO_SUPPRESSIONS, Suppression, suppressions
from sgstrat.pipeline import Options, build, compile_workspace
from sgstrat.rulebook.model import Rule, Rulebook

HEAD = """\
version: 1
strategy: shop
environments: {dev: {}, prod: {}}
groups:
  app:
    web:
      description: Public
      ingress:
        - {name: visitors, from: internet, services: [http, ssh], why: Visitors}
        - {name: offices, from: 192.0.2.0/24, services: ssh, why: Administration}
        - {name: range, from: 192.0.2.0/24, services: tcp/8000-8100, why: Probes}
    peer: {description: Peer}
flows:
  - {name: everything, from: peer, to: web, services: all, why: Trusted}
"""


def books(text: str = HEAD) -> dict[str, Rulebook]:
    compilation = compile_workspace(None, [("strategies/shop.yaml", text.encode())], Options(date(2027, 1, 1)))
    return {name.environment: book for name, book in compilation.rulebooks.items()}


BOOKS = books()


def rules(book: Rulebook, path: str) -> list[Rule]:
    return [
        rule
        for group in book.groups
        for rule in (*group.ingress, *group.egress)
        if rule.origin is not None and path in rule.origin.paths
    ]


def finding(code: str, path: str, services: tuple[str, ...] = (), why: str = "Because", **changes: Any) -> Finding:
    """A waived finding at what is written at a path; ``why`` empty leaves it unwaived."""
    origin = rules(BOOKS["dev"], path)[0].origin
    assert origin is not None
    waived = Waived(Severity.ERROR, "said", why, "2027-06-30", "", origin.span) if why else None
    made = Finding(code, "a message", origin.span, paths=origin.paths, services=services, waived=waived)
    return replace(made, **changes)


def suppressed(findings: Iterable[Finding], book: Rulebook = BOOKS["dev"]) -> dict[str, dict[str, str]]:
    """By resource and check: why it is suppressed."""
    (artifact,) = write(book, "json", suppressions(book, findings))
    found: dict[str, dict[str, str]] = {}
    for name, resource in json.loads(artifact.text)["Resources"].items():
        metadata = resource.get("Metadata", {})
        checks = {each["id"]: each["comment"] for each in metadata.get("checkov", {}).get("skip", ())}
        checks |= {each["id"]: each["reason"] for each in metadata.get("cfn_nag", {}).get("rules_to_suppress", ())}
        checks |= dict.fromkeys(metadata.get("guard", {}).get("SuppressedRules", ()), "")
        if checks:
            found[name] = checks
    return found


VISITORS = "groups.app.web.ingress.visitors"
WHY = "SG401 waived until 2027-06-30: Because"


def test_nothing_is_suppressed_where_nothing_is_waived() -> None:
    assert suppressions(BOOKS["dev"], ()) is NO_SUPPRESSIONS
    assert suppressions(BOOKS["dev"], [finding("SG401", VISITORS, why="")]) is NO_SUPPRESSIONS
    assert suppressions(BOOKS["dev"], [finding("SG501", VISITORS)]) is NO_SUPPRESSIONS
    assert suppressed(()) == {}


def test_a_waived_finding_suppresses_what_its_rules_raise() -> None:
    assert suppressed([finding("SG401", VISITORS)]) == {
        "Web": {
            "CKV_AWS_24": WHY,
            "CKV_AWS_260": WHY,
            "W2": WHY,
            "EC2_SECURITY_GROUP_INGRESS_OPEN_TO_WORLD_RULE": "",
            "INCOMING_SSH_DISABLED": "",
        }
    }


def test_a_waiver_for_some_services_suppresses_their_alarms_alone() -> None:
    http, ssh = finding("SG401", VISITORS, ("tcp/80",)), finding("SG404", VISITORS, ("tcp/22",), why="")
    assert suppressed([http, ssh]) == {"Web": {"CKV_AWS_260": WHY}}


def test_several_waivers_add_up() -> None:
    http, ssh = finding("SG401", VISITORS, ("tcp/80",)), finding("SG404", VISITORS, ("tcp/22",), why="Other")
    other = "SG404 waived until 2027-06-30: Other"
    found = suppressed([http, ssh])["Web"]
    assert (found["CKV_AWS_260"], found["CKV_AWS_24"]) == (WHY, other)
    assert sorted(found["W2"].split("; ")) == [WHY, other]


def test_what_is_not_waived_as_well_still_alarms() -> None:
    assert suppressed([finding("SG401", VISITORS), finding("SG404", VISITORS, why="")]) == {}


def test_a_finding_of_another_environment_says_nothing() -> None:
    in_prod = finding("SG401", VISITORS, environments=("prod",))
    assert suppressed([in_prod]) == {}
    assert suppressed([in_prod], BOOKS["prod"])


def test_a_finding_of_another_file_says_nothing() -> None:
    here = finding("SG401", VISITORS)
    assert here.span is not None
    assert suppressed([replace(here, span=here.span._replace(file="strategies/other.yaml"))]) == {}
    assert suppressed([replace(here, span=None)]) == {}


def test_a_range_alarms_for_all_its_rules() -> None:
    path = "groups.app.web.ingress.range"
    why = "SG412 waived until 2027-06-30: Because"
    found = suppressed([finding("SG412", path)])
    assert found == {"Web": {"W27": why, "SECURITY_GROUP_INGRESS_PORT_RANGE_RULE": ""}}
    wider = books(HEAD.replace("services: ssh, why: Administration", "services: tcp/20-22, why: Administration"))
    assert suppressed([finding("SG412", path)], wider["dev"]) == {}


def test_a_rule_between_groups_suppresses_on_its_own_resource_and_for_cfn_nag_on_its_group() -> None:
    why = "SG413 waived until 2027-06-30: Because"
    egress, ingress = "SECURITY_GROUP_EGRESS_ALL_PROTOCOLS_RULE", "SECURITY_GROUP_INGRESS_ALL_PROTOCOLS_RULE"
    assert suppressed([finding("SG413", "flows.everything")]) == {
        "Peer": {"W40": why},
        "PeerXEgressAllToWeb": {"W40": why, egress: ""},
        "Web": {"W42": why},
        "WebXIngressAllFromPeer": {"W42": why, ingress: ""},
    }


def test_a_finding_about_a_group_is_about_its_rules() -> None:
    here = finding("SG412", "groups.app.web.ingress.range")
    assert "Web" in suppressed([replace(here, paths=("groups.app.web",))])


def test_a_reason_is_one_line() -> None:
    text = suppressed([finding("SG401", VISITORS, why="one\ntwo\t three")])["Web"]["W2"]
    assert text == "SG401 waived until 2027-06-30: one two three"


@pytest.mark.parametrize("why", ["${AWS::AccountId}", "{{resolve:ssm:x}}", "no: yes # really", "\u202e\x85é", "'\"\\"])
@pytest.mark.parametrize("syntax", ["yaml", "json"])
def test_no_reason_harms_a_template(why: str, syntax: Any) -> None:
    text = HEAD.replace("services: [http, ssh]", "services: http") + (
        f"waivers:\n  - {{code: SG401, path: {VISITORS}, why: {json.dumps(why)}, until: 2027-06-30}}\n"
    )
    options = Options(date(2027, 1, 1), ("cloudformation", "terraform"), syntax)
    compilation = compile_workspace(None, [("strategies/shop.yaml", text.encode())], options)
    assert not compilation.has_errors, compilation.findings
    files, findings = build(compilation, compilation.rulebooks, compilation.formats)  # which reads back what it wrote
    assert not any(each.is_error for each in findings)
    template = files[f"shop/dev/main/cloudformation/template.{syntax}"]
    assert template.isascii()
    import yaml

    metadata = yaml.safe_load(template)["Resources"]["Web"]["Metadata"]
    expected = " ".join(f"SG401 waived until 2027-06-30: {why}".split())
    assert metadata["checkov"]["skip"] == [{"id": "CKV_AWS_260", "comment": expected}]


def test_rulebook_and_modules_say_nothing_of_it() -> None:
    text = HEAD.replace("services: [http, ssh]", "services: http") + (
        f"waivers: [{{code: SG401, path: {VISITORS}, why: Because, until: 2027-06-30}}]\n"
    )
    compilation = compile_workspace(None, [("strategies/shop.yaml", text.encode())], Options(date(2027, 1, 1)))
    files = build(compilation, compilation.rulebooks, ("cloudformation", "terraform"))[0]
    said = {path for path, text in files.items() if "Because" in text}
    assert said == {f"shop/{each}/main/cloudformation/template.yaml" for each in ("dev", "prod")}


def test_every_target_has_its_own() -> None:
    both = [finding("SG401", VISITORS)]
    files = render(list(BOOKS.values()), ("cloudformation",), "yaml", both)
    assert [path for path, text in files.items() if WHY in text] == [
        f"shop/{each}/main/cloudformation/template.yaml" for each in ("dev", "prod")
    ]


def test_each_scanner_has_its_own_form() -> None:
    found = [Suppression("checkov", "A", "why"), Suppression("cfn_nag", "B", "why"), Suppression("guard", "C", "why")]
    assert scanner_metadata(found) == {
        "checkov": {"skip": [{"id": "A", "comment": "why"}]},
        "cfn_nag": {"rules_to_suppress": [{"id": "B", "reason": "why"}]},
        "guard": {"SuppressedRules": ["C"]},
    }
    assert scanner_metadata(()) == {}


# -- the data


def test_alarms_are_told_apart_and_have_a_source() -> None:
    assert len({(each.scanner, each.id) for each in alarms()}) == len(alarms()) > 10
    for each in alarms():
        assert each.scanner in ("checkov", "cfn_nag", "guard")
        assert each.direction in ("ingress", "egress")
        assert each.codes
        assert len(each.source) > 10
        assert len(each.verified) == 7
        assert each.whole_group == (each.scanner == "cfn_nag")


def test_codes_exist_and_can_be_waived() -> None:
    named = {code for each in alarms() for code in each.codes}
    assert sorted(named - CODES.keys()) == []
    assert all(CODES[code].waivable for code in named)


@pytest.mark.parametrize(
    ("settings", "rule", "holds"),
    [
        ({"peers": ("0.0.0.0/0",)}, ("0.0.0.0/0", "tcp", 1, 2), True),
        ({"peers": ("0.0.0.0/0",)}, ("0.0.0.0/1", "tcp", 1, 2), False),
        ({"peers": ("0.0.0.0/0",)}, ("", "tcp", 1, 2), False),
        ({"port": 22}, ("", "tcp", 20, 22), True),
        ({"port": 22}, ("", "tcp", 23, 24), False),
        ({"port": 22}, ("", "-1", None, None), False),
        ({"port": 22}, ("", "icmp", 8, -1), False),
        ({"port": 22, "port_range": False}, ("", "tcp", 20, 22), False),
        ({"port": 22, "port_range": False}, ("", "tcp", 22, 22), True),
        ({"port_range": True}, ("", "tcp", 22, 22), False),
        ({"port_range": True}, ("", "tcp", 22, 23), True),
        ({"port_range": True}, ("", "-1", None, None), False),
        ({"protocols": ("-1",)}, ("", "-1", None, None), True),
        ({"protocols": ("-1",)}, ("", "tcp", 0, 65535), False),
    ],
)
def test_what_raises_an_alarm(settings: Any, rule: tuple[Any, ...], holds: bool) -> None:
    assert Alarm("checkov", "X", "ingress", ("SG401",), "a source", "2026-11", **settings).holds(*rule) is holds

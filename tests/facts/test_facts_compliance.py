"""The map of public controls: whole, sound, and about codes and services that exist."""

from __future__ import annotations

import json
import re

import pytest

from sgstrat.diagnostics.codes import CODES
from sgstrat.facts.compliance import Control, Framework, controls_by_code, controls_of, frameworks
from sgstrat.facts.read import data_text
from sgstrat.language.services import parse_service

KEY = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
KEYS = {"id", "title", "codes", "services", "family", "through", "partly", "by_construction", "not_answered"}


@pytest.fixture(params=list(frameworks()))
def framework(request: pytest.FixtureRequest) -> Framework:
    found: Framework = frameworks()[request.param]
    return found


def test_a_framework_says_where_it_is_from(framework: Framework) -> None:
    assert KEY.fullmatch(framework.key)
    assert framework.kind in ("standard", "scanner")
    assert framework.url.startswith("https://")
    assert len(framework.source) > 10
    assert re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", framework.verified)
    assert framework.title
    assert framework.scope


def test_the_controls_of_a_framework_are_told_apart(framework: Framework) -> None:
    ids = [control.id for control in framework.controls]
    assert len(ids) == len(set(ids)) > 0


def test_a_control_is_answered_in_one_way(framework: Framework) -> None:
    for control in framework.controls:
        ways = [bool(control.criteria), bool(control.by_construction), bool(control.not_answered)]
        assert ways.count(True) == 1, control
        assert control.criteria or not control.partly, control
        assert control.title.strip() == control.title != "", control


def test_services_are_services(framework: Framework) -> None:
    for control in framework.controls:
        for criterion in control.criteria:
            assert criterion.codes
            for service in criterion.services:
                assert str(parse_service(service)) == service
            assert criterion.family in (None, "ipv4", "ipv6")


def test_the_file_has_no_key_that_is_not_read() -> None:
    for fields in json.loads(data_text("compliance.json")).values():
        for control in fields["controls"]:
            assert set(control) <= KEYS, control
            assert "codes" in control or not control.keys() & {"services", "family"}, control


def test_codes_exist() -> None:
    assert sorted(controls_by_code().keys() - CODES.keys()) == []


def test_what_is_mapped_through_security_hub_has_its_criteria() -> None:
    hub = {control.id: control for control in frameworks()["security-hub"].controls}
    mapped = [each for framework in frameworks().values() for each in framework.controls if each.through]
    assert mapped
    for control in mapped:
        assert control.criteria == tuple(one for name in control.through for one in hub[name].criteria)


# Sections of the benchmark: remote administration by family, then the default group. Source: AWS Security Hub user
# guide, "Related requirements" of EC2.2, EC2.53 and EC2.54 (1.4.0, 3.0.0, 5.0.0); prowler's compliance files (others).
CIS = {
    "cis-1.4": ("5.2", None, "5.3"),
    "cis-1.5": ("5.2", "5.3", "5.4"),
    "cis-2.0": ("5.2", "5.3", "5.4"),
    "cis-3.0": ("5.2", "5.3", "5.4"),
    "cis-4.0": ("5.3", "5.4", "5.5"),
    "cis-5.0": ("5.3", "5.4", "5.5"),
    "cis-6.0": ("6.3", "6.4", "6.5"),
}


@pytest.mark.parametrize("key", CIS)
def test_the_sections_of_cis_by_version(key: str) -> None:
    def one(code: str, family: str | None) -> list[str]:
        return [
            control.id
            for control in frameworks()[key].controls
            if any(code in each.codes and each.family == family for each in control.criteria)
        ]

    ipv4, ipv6, default = CIS[key]
    assert one("SG401", "ipv4") == [ipv4]
    assert one("SG401", "ipv6") == ([ipv6] if ipv6 else [])
    assert one("SG403", None) == [default]


def test_both_ways_to_look_agree() -> None:
    for code, references in controls_by_code().items():
        there = [(framework.key, control.id) for framework, controls in controls_of(code) for control in controls]
        assert there == [tuple(each) for each in references]
        assert str(references[0]) == " ".join(there[0])
    assert controls_of("SG100") == ()


def test_a_control_names_each_code_once() -> None:
    control = next(each for each in frameworks()["nist-800-53-r5"].controls if each.id == "SC-7")
    assert isinstance(control, Control)
    assert len(control.codes) == len(set(control.codes)) > 3

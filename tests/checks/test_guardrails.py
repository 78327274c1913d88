"""What sgstrat.yaml lays down reaches the checks, and severities never let through what is wrong."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, strategies as st

from sgstrat.checks.guardrails import Codes, grades_of
from sgstrat.checks.policy import DEFAULT_POLICY, Policy, policy_of
from sgstrat.diagnostics.codes import CODES, Severity
from sgstrat.diagnostics.finding import Finding
from sgstrat.diagnostics.grading import regrade
from sgstrat.language.fields.guardrails import GUARDRAILS, WIDEST_CIDR
from sgstrat.language.model import Settings
from sgstrat.pipeline import Options, compile_workspace

STRATEGY = b"version: 1\nstrategy: a\ngroups: {app: {web: {description: Web}}}\n"
SEVERITIES = (*Severity, None)
GRADES = st.dictionaries(st.sampled_from(sorted(CODES)), st.sampled_from(SEVERITIES))
FINDINGS = st.builds(
    Finding,
    st.sampled_from(sorted(CODES)),
    st.just("wrong"),
    severity=st.sampled_from(Severity),
    waived=st.none(),
)


def settings(text: str, *strategies: bytes) -> Settings:
    files = [(f"strategies/{number}.yaml", each) for number, each in enumerate(strategies or (STRATEGY,))]
    compilation = compile_workspace(text.encode(), files, Options(date(2027, 1, 1)))
    assert not compilation.has_errors, compilation.findings
    assert compilation.settings is not None
    return compilation.settings


def parts(policy: Policy) -> list[str]:
    return [str(each) for each in policy.never_open]


def test_without_guardrails_the_policy_is_the_default() -> None:
    assert policy_of(None) is DEFAULT_POLICY
    assert policy_of(settings("tags: {A: b}")) is DEFAULT_POLICY
    assert policy_of(settings("guardrails: {}")) == DEFAULT_POLICY


def test_every_guardrail_reaches_the_policy() -> None:
    policy = policy_of(
        settings(
            """
            guardrails:
              required_owner: true
              required_tags: [CostCentre, Owner]
              name_patterns: {group: ["prod-*", dev-web]}
              never_open: [ssh, tcp/3306]
              widest_cidr: {ipv4: 28, ipv6: 56}
              widest_port_range: 3
            """,
            b'version: 1\nstrategy: a\nowner: us\ntags: {CostCentre: "1", Owner: us}\n'
            b"groups: {app: {web: {description: Web, aws_name: prod-web}}}\n",
        )
    )

    assert dict(policy.widest) == {"ipv4": 28, "ipv6": 56}
    assert policy.widest_port_range == 3
    assert parts(policy) == ["tcp/22", "tcp/3306"]
    assert policy.required_tags == ("CostCentre", "Owner")
    assert policy.group_names == ("prod-*", "dev-web")
    assert policy.required_owner


@pytest.mark.parametrize(
    ("text", "expected"),
    [("{ipv4: 16}", {**DEFAULT_POLICY.widest, "ipv4": 16}), ("{ipv6: 64}", {**DEFAULT_POLICY.widest, "ipv6": 64})],
)
def test_one_family_leaves_the_other_as_it_is(text: str, expected: dict[str, int]) -> None:
    assert dict(policy_of(settings(f"guardrails: {{widest_cidr: {text}}}")).widest) == expected


def test_services_of_the_workspace_are_expanded_in_every_environment_and_once() -> None:
    policy = policy_of(
        settings(
            """
            services:
              admin: {services: [ssh, console, tcp/22], environments: [prod]}
              console: [tcp/9443, udp/9443]
            environments: {dev: {}, prod: {}}
            guardrails: {never_open: [admin, ssh, icmp/any]}
            """
        )
    )

    assert parts(policy) == ["tcp/22", "tcp/9443", "udp/9443", "icmp/any"]


def test_no_strategy_can_change_what_is_forbidden() -> None:
    policy = policy_of(
        settings(
            "services: {console: tcp/9443}\nguardrails: {never_open: [console, ssh]}",
            STRATEGY + b"services: {console: tcp/1, ssh: tcp/2}\n",
        )
    )

    assert parts(policy) == ["tcp/9443", "tcp/22"]


def test_the_defaults_are_documented() -> None:
    docs = {each.key: each.doc for each in (*WIDEST_CIDR.fields, *GUARDRAILS.fields)}

    for family, bits in DEFAULT_POLICY.widest.items():
        assert docs[family].endswith(f"Default: {bits}.")
    assert docs["widest_port_range"].endswith(f"Default: {DEFAULT_POLICY.widest_port_range}.")


# ---------------------------------------------------------------- severities


@pytest.mark.parametrize("code", CODES)
def test_an_error_that_cannot_be_waived_stays_one(code: str) -> None:
    known = CODES[code]
    may_become = {severity for severity in SEVERITIES if known.may_become(severity)}

    if known.waivable or known.severity is not Severity.ERROR:
        assert may_become == set(SEVERITIES)
    else:
        assert may_become == {Severity.ERROR}


@given(FINDINGS, GRADES)
def test_no_grade_lowers_what_cannot_be_waived(finding: Finding, grades: dict[str, Severity | None]) -> None:
    after = list(regrade([finding], grades))

    if finding.is_error and not finding.kind.waivable:
        assert after == [finding]
    elif finding.code in grades:
        assert [each.severity for each in after] == [each for each in (grades[finding.code],) if each is not None]
    else:
        assert after == [finding]


@given(st.lists(FINDINGS, max_size=5), GRADES)
def test_to_grade_twice_is_to_grade_once(findings: list[Finding], grades: dict[str, Severity | None]) -> None:
    once = list(regrade(findings, grades))

    # what was lowered can only be an error again if the grade says so, so nothing changes the second time
    assert list(regrade(once, grades)) == once


def test_a_waived_finding_stays_a_note() -> None:
    text = b"""\
version: 1
strategy: a
groups: {app: {web: {description: Web, ingress: [{name: shop, from: internet, services: https, why: The shop}]}}}
waivers: [{code: SG401, path: groups.app.web.ingress.shop, why: Public, until: 2027-06-30}]
"""
    compilation = compile_workspace(None, [("strategies/a.yaml", text)], Options(date(2027, 1, 1)))
    (finding,) = (each for each in compilation.findings if each.code == "SG401")
    assert finding.waived is not None

    (after,) = regrade([finding], {"SG401": Severity.WARNING})

    assert after.severity is Severity.NOTE
    assert finding.waived.severity is Severity.ERROR
    assert after.waived == finding.waived._replace(severity=Severity.WARNING)
    assert list(regrade([finding], {"SG401": None})) == []


def test_grades_are_those_that_may_be() -> None:
    text = b"guardrails: {severity: {SG302: off, SG401: off, SG501: error, SG999: note}}"
    files = [("strategies/a.yaml", STRATEGY)]
    compilation = compile_workspace(text, files, Options(date(2027, 1, 1)))

    assert compilation.has_errors
    assert grades_of(compilation.settings, Codes(CODES)) == {"SG401": None, "SG501": Severity.ERROR}
    assert compilation.grades == {"SG401": None, "SG501": Severity.ERROR}

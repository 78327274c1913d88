"""What CloudFormation does not take, and that what is counted is what is written."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from factory import SPAN, make_group, make_list, make_rule, make_rulebook, with_vpc

from sgstrat.diagnostics.finding import Finding, Findings
from sgstrat.formats.artifact import Artifact
from sgstrat.formats.cloudformation.limits import cannot_lock, has_dynamic_reference, limits, measure
from sgstrat.formats.cloudformation.write import write
from sgstrat.rulebook.model import Existing, IdSource, ListEntry, Rulebook, Workload


def found(book: Rulebook) -> tuple[Finding, ...]:
    findings = Findings()
    limits(book, write(book), findings)
    return findings.result()


@pytest.mark.parametrize(
    "book",
    [
        make_rulebook(),
        with_vpc(IdSource()),
        make_rulebook(groups=(), prefix_lists=(), workloads=()),
        make_rulebook(groups=(), prefix_lists=(), workloads=(Workload("far", ("platform/monitoring",), 0, ()),)),
    ],
)
def test_counts_are_those_of_the_text(book: Rulebook) -> None:
    artifacts = write(book, "json")
    sizes = measure(book, (Artifact("terraform/main.tf.json", "{}"), *artifacts))
    assert [item.path for item in sizes] == [item.path for item in artifacts]
    for item, artifact in zip(sizes, artifacts, strict=True):
        data = json.loads(artifact.text)
        counted = tuple(len(data.get(section, {})) for section in ("Resources", "Parameters", "Outputs"))
        assert (item.resources, item.parameters, item.outputs) == counted
        assert item.bytes == len(artifact.text.encode())


def ring(count: int, *, rules: int = 0, cidrs: int = 0) -> Rulebook:
    """``count`` groups, each with ``rules`` rules from the first and ``cidrs`` from addresses."""
    between = tuple(make_rule("group", "g0", f"tcp-{port}") for port in range(1, rules + 1))
    inline = tuple(make_rule("cidr", "10.0.0.0/8", f"tcp-{port}", "Why " * 60) for port in range(1, cidrs + 1))
    members = tuple(make_group(f"g{index}", ingress=(*inline, *between)) for index in range(count))
    return make_rulebook(groups=members, prefix_lists=(), existing=(), references=(), workloads=())


def inputs_of(count: int) -> Rulebook:
    existing = tuple(Existing(f"e{index}", IdSource(), None) for index in range(count))
    group = make_group("web", ingress=tuple(make_rule("group", item.key) for item in existing))
    return make_rulebook(groups=(group,), prefix_lists=(), existing=existing, references=(), workloads=())


def entries_of(count: int) -> Rulebook:
    entries = tuple(ListEntry(f"10.0.{index}.0/24", "") for index in range(count))
    return make_rulebook(prefix_lists=(make_list("big", entries=entries, max_entries=200),), groups=(), workloads=())


@pytest.mark.parametrize(
    ("fits", "over", "words"),
    [
        (
            ring(100, rules=4),
            ring(101, rules=4),
            ("505 resources", "takes 500", "101 groups", "404 rules", "shop/prod/main"),
        ),
        (ring(200), ring(201), ("201 outputs", "takes 200", "201 groups")),
        (inputs_of(200), inputs_of(201), ("201 parameters", "takes 200")),
        (ring(40, cidrs=60), ring(50, cidrs=60), ("bytes", "takes 1000000")),
        (entries_of(100), entries_of(101), ("prefix list big", "101 entries", "takes 100")),
    ],
)
def test_limits_are_inclusive(fits: Rulebook, over: Rulebook, words: tuple[str, ...]) -> None:
    assert found(fits) == ()
    (finding,) = found(over)
    assert (finding.code, finding.span, finding.environments) == ("SG309", SPAN, ("prod",))
    assert all(word in finding.message for word in words)
    assert finding.help


def test_the_help_names_the_groups_with_most_rules() -> None:
    (finding,) = found(ring(101, rules=4))
    assert "g0 (4), g1 (4), g10 (4)" in finding.help


def test_links_have_limits_of_their_own() -> None:
    rules = tuple(make_rule("group", "platform/monitoring", f"tcp-{port}") for port in range(1, 502))
    (finding,) = found(make_rulebook(groups=(make_group("web", ingress=rules),), workloads=()))
    assert finding.message == (
        "cloudformation/links.yaml of shop/prod/main has 501 resources; CloudFormation takes 500: "
        "501 rules that stand alone"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{resolve:ssm:/x}}", True),
        ("why: {{resolve:secretsmanager:a}} b", True),
        ("{{resolve:", True),
        ("{{ resolve:ssm:/x }}", False),
        ("{resolve:ssm:/x}", False),
        ("{{a}}", False),
        ("${AWS::Region}", False),
    ],
)
def test_dynamic_references(text: str, expected: bool) -> None:
    assert has_dynamic_reference(text) is expected


DYNAMIC = "see {{resolve:ssm:/x}}"


@pytest.mark.parametrize(
    ("group", "own"),
    [
        ({"description": DYNAMIC}, {}),
        ({"name": DYNAMIC}, {}),
        ({"tags": (("Owner", DYNAMIC),)}, {}),
        ({"tags": ((DYNAMIC, "a"),)}, {}),
        ({"ingress": (make_rule("cidr", "10.0.0.0/8", description=DYNAMIC),)}, {}),
        ({"egress": (make_rule("cidr", "10.0.0.0/8", description=DYNAMIC),)}, {}),
        ({}, {"name": DYNAMIC}),
        ({}, {"tags": (("Owner", DYNAMIC),)}),
        ({}, {"entries": (ListEntry("10.0.0.0/8", DYNAMIC),)}),
    ],
)
def test_a_dynamic_reference_is_an_error_wherever_it_stands(group: dict[str, Any], own: dict[str, Any]) -> None:
    book = make_rulebook(groups=(make_group("web", **group),), prefix_lists=(make_list("own", **own),), workloads=())
    (finding,) = found(book)
    assert (finding.code, finding.span, finding.is_error) == ("SG114", SPAN, True)
    assert DYNAMIC in finding.message


def test_a_rule_without_an_origin_is_reported_at_its_group() -> None:
    rule = replace(make_rule("cidr", "10.0.0.0/8", description=DYNAMIC), origin=None)
    (finding,) = found(make_rulebook(groups=(make_group("web", ingress=(rule,)),), prefix_lists=(), workloads=()))
    assert (finding.code, finding.span, finding.paths) == ("SG114", SPAN, ())


def test_a_flow_with_a_dynamic_reference_is_reported_once() -> None:
    both = {
        "ingress": (make_rule("group", "web", description=DYNAMIC),),
        "egress": (make_rule("group", "web", description=DYNAMIC, direction="to"),),
    }
    (finding,) = found(make_rulebook(groups=(make_group("web", **both),), prefix_lists=(), workloads=()))
    assert finding.paths == ("flows[0]",)


@pytest.mark.parametrize(("setting", "codes"), [("lock", ["SG601"]), ("leave", []), (None, [])])
def test_a_default_group_cannot_be_locked(setting: Any, codes: list[str]) -> None:
    findings = Findings()
    cannot_lock(make_rulebook(default_group=setting), findings)
    assert [finding.code for finding in findings.result()] == codes
    assert not findings.has_errors

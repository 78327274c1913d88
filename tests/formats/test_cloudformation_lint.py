"""cfn-lint, AWS's own linter, finds nothing in the templates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from compiled import ROOT, bundled
from factory import make_group, make_rule, make_rulebook, with_vpc

from sgstrat.formats.cloudformation.write import Syntax, write
from sgstrat.rulebook.model import IdSource, Rulebook, Workload

api = pytest.importorskip("cfnlint.api", reason="cfn-lint is not installed")


def lint(text: str) -> list[str]:
    matches = api.lint(text, config=api.ManualArgs(regions=["eu-west-1"]))
    return [f"{match.rule.id} {match.message}" for match in matches]


BOOKS: dict[str, Any] = {
    "literal": make_rulebook(),
    "input": with_vpc(IdSource(), default_group="lock", account=None, region=None),
    "ssm": with_vpc(IdSource(ssm="/net/vpc")),
    "bare": make_rulebook(groups=(make_group("web"),), prefix_lists=(), workloads=()),
    "placeholder": make_rulebook(groups=(), workloads=(Workload("far", ("platform/monitoring",), 0, ()),)),
    "protocols": make_rulebook(
        workloads=(),
        groups=(
            make_group(
                "web",
                ingress=tuple(
                    make_rule("group", "web", service)
                    for service in ("tcp-0-65535", "udp-53", "icmp-any", "icmp-8-any", "icmpv6-128-any", "50", "all")
                ),
            ),
        ),
    ),
}


@pytest.mark.parametrize("syntax", ["yaml", "json"])
@pytest.mark.parametrize("book", BOOKS.values(), ids=BOOKS)
def test_nothing_to_report(book: Rulebook, syntax: Syntax) -> None:
    for artifact in write(book, syntax):
        assert lint(artifact.text) == []


@pytest.mark.parametrize("workspace", [ROOT, ROOT / "tests/examples/forty"], ids=["bundled", "forty"])
def test_nothing_to_report_on_real_strategies(workspace: Path) -> None:
    found = {artifact.path: lint(artifact.text) for book in bundled(workspace) for artifact in write(book)}
    assert not any(found.values()), found


@pytest.mark.parametrize(
    ("right", "wrong", "code"),
    [
        ("IpProtocol: tcp\n        FromPort: 443\n", "IpProtocol: tcp\n", "E3687"),
        ("Fn::GetAtt: [Alb, GroupId]", "Fn::GetAtt: [Alba, GroupId]", "E1010"),
        ("- E3688", "- W1001", "E3688"),
        ("- W6001", "- W1001", "W6001"),
    ],
)
def test_the_linter_sees_a_fault(right: str, wrong: str, code: str) -> None:
    (text,) = (artifact.text for artifact in write(make_rulebook()) if right in artifact.text)
    assert any(found.startswith(code) for found in lint(text.replace(right, wrong)))

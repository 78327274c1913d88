"""SG308: what EC2's page on tag restrictions refuses is refused at the tag that is too much or wrong."""

from __future__ import annotations

from datetime import date

import pytest

from sgstrat.diagnostics.finding import Finding
from sgstrat.pipeline import Options, compile_workspace

HEAD = "version: 1\nstrategy: shop\n"
GROUPS = "groups: {app: {web: {description: Web}}}\n"


def said(text: str, settings: str | None = None) -> tuple[Finding, ...]:
    """What is said of tags; nothing else may be wrong."""
    compilation = compile_workspace(
        settings.encode() if settings is not None else None,
        [("strategies/shop.yaml", text.encode())],
        Options(date(2027, 1, 1), ("cloudformation",)),
    )
    assert {each.code for each in compilation.findings if each.is_error} <= {"SG308"}, compilation.findings
    return tuple(each for each in compilation.findings if each.code == "SG308")


def places(findings: tuple[Finding, ...]) -> list[str]:
    return [str(each.span) for each in findings]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("CostCentre", "4711"),
        ("Name", "Web"),
        ("a b", "x+y-z=1.2_3:4/5@6"),
        ("Straße", "Zürich 東京 ٣"),
        ("awsome:owner", "x"),
        ("k" * 128, "v" * 256),
    ],
)
def test_a_tag_that_aws_takes(key: str, value: str) -> None:
    assert said(f'{HEAD}tags: {{"{key}": "{value}"}}\n{GROUPS}') == ()


@pytest.mark.parametrize(
    ("tag", "column", "part"),
    [
        ('"aws:owner": x', 8, "aws:owner cannot be a tag key: AWS reserves the prefix aws:"),
        ('"AWS:owner": x', 8, "AWS:owner cannot be a tag key: AWS reserves the prefix aws:"),
        ('"sgstrat:group": x', 8, "sgstrat:group cannot be a tag key: sgstrat: is the prefix"),
        ('"cost&centre": x', 8, "a tag key may not hold & (character 5): cost&centre"),
        ('owner: "a,b"', 15, "a tag value may not hold , (character 2): a,b"),
        ('owner: "a\\tb"', 15, "a tag value may not hold \\t (character 2): a\\tb"),
        ('owner: "a\\_b"', 15, "a tag value may not hold \\xa0 (character 2): a\\xa0b"),
        ('owner: "{{resolve:ssm:x}}"', 15, "a tag value may not hold { (character 1)"),
        ('owner: "x\\n"', 15, "a tag value may not hold \\n (character 2)"),
    ],
)
def test_a_tag_that_aws_refuses(tag: str, column: int, part: str) -> None:
    (finding,) = said(f"{HEAD}tags: {{{tag}}}\n{GROUPS}")

    assert part in finding.message
    assert str(finding.span) == f"strategies/shop.yaml:3:{column}"
    assert finding.help


def test_tags_of_groups_and_prefix_lists_are_held_to_the_same() -> None:
    text = (
        f"{HEAD}groups:\n  os: {{linux: {{description: Linux, tags: {{'a&b': x}}}}}}\n"
        "prefix_lists: {list: {entries: [198.51.100.0/24], tags: {'aws:x': z}}}\n"
    )

    assert places(said(text)) == ["strategies/shop.yaml:4:43", "strategies/shop.yaml:5:58"]


def _tags(count: int, *, first: int = 0) -> str:
    return "{" + ", ".join(f"k{number}: x" for number in range(first, first + count)) + "}"


def test_45_tags_fit_beside_the_compilers_five() -> None:
    assert said(f"{HEAD}tags: {_tags(45)}\n{GROUPS}") == ()


def test_the_46th_is_one_too_many_and_said_once() -> None:
    (finding,) = said(f"{HEAD}tags: {_tags(47)}\ngroups: {{app: {{a: {{description: A}}, b: {{description: B}}}}}}\n")

    assert finding.message == "k45 is one tag too many: the strategy has 47, the compiler adds 5, and AWS takes 50"
    assert finding.help == "keep 45"


def test_a_name_of_the_strategys_own_takes_the_compilers_place() -> None:
    assert said(f"{HEAD}tags: {{Name: web, {_tags(45)[1:]}\n{GROUPS}") == ()
    assert len(said(f"{HEAD}tags: {{Name: web, {_tags(46)[1:]}\n{GROUPS}")) == 1


def test_a_group_has_the_strategys_tags_and_its_own_but_a_key_of_both_once() -> None:
    group = "groups: {{app: {{web: {{description: Web, tags: {tags}}}}}}}\n"

    assert said(f"{HEAD}tags: {_tags(40)}\n{group.format(tags=_tags(20, first=25))}") == ()
    (finding,) = said(f"{HEAD}tags: {_tags(40)}\n{group.format(tags=_tags(21, first=25))}")
    assert finding.message == "k45 is one tag too many: group web has 46, the compiler adds 5, and AWS takes 50"


def test_an_inherited_tag_is_reported_where_it_stands() -> None:
    findings = said(f"{HEAD}{GROUPS}", settings="tags: {'aws:owner': x}\n")

    assert places(findings) == ["sgstrat.yaml:1:8"]

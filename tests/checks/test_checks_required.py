"""What an organisation may ask for: an owner, tags, names."""

from __future__ import annotations

import pytest
from compiling import checked, coded

from sgstrat.checks.policy import Policy
from sgstrat.diagnostics.codes import Severity

HEAD = "version: 1\nstrategy: a\n"
GROUPS = "groups: {app: {web: {description: X}, db: {description: X}}}\n"


def test_an_owner_is_asked_for_only_where_the_policy_says_so() -> None:
    asked = Policy(required_owner=True)

    assert not coded("SG425", checked(HEAD + GROUPS))
    assert not coded("SG425", checked(HEAD + "owner: team\n" + GROUPS, asked))
    (finding,) = coded("SG425", checked(HEAD + GROUPS, asked))

    assert finding.severity is Severity.WARNING
    assert finding.paths == ("owner",)
    assert str(finding.span) == "strategies/a.yaml:2:11"


def test_a_tag_that_all_lack_is_said_once() -> None:
    policy = Policy(required_tags=("CostCentre", "Owner"))

    (finding,) = coded("SG426", checked(HEAD + GROUPS, policy))

    assert "CostCentre, Owner" in finding.message
    assert finding.severity is Severity.ERROR
    assert finding.paths == ("tags",)
    assert str(finding.span) == "strategies/a.yaml:2:11"


def test_a_tag_that_some_lack_is_said_of_each() -> None:
    text = (
        HEAD + 'tags: {Owner: "x"}\n'
        "prefix_lists:\n  own: {entries: [10.0.0.0/8]}\n  s3: {aws: s3}\n"
        'groups:\n  app:\n    web: {description: X, tags: {CostCentre: "1"}}\n    db: {description: X}\n'
    )

    findings = coded("SG426", checked(text, Policy(required_tags=("CostCentre", "Owner"))))

    assert [each.paths for each in findings] == [("prefix_lists.own",), ("groups.app.db",)]
    assert all("no tag CostCentre" in each.message and "Owner" not in each.message for each in findings)


def test_tags_of_the_strategy_are_tags_of_all_and_mind_case() -> None:
    text = HEAD + 'tags: {CostCentre: "1"}\n' + GROUPS

    assert not coded("SG426", checked(text, Policy(required_tags=("CostCentre",))))
    assert len(coded("SG426", checked(text, Policy(required_tags=("costcentre",))))) == 1


NAMED = (
    HEAD + "naming: {group: 'corp-{environment}-{name}'}\nenvironments: {dev: {}, prod: {}}\n"
    "groups:\n  app:\n    web: {description: X}\n    db: {description: X, aws_name: 'database {environment}'}\n"
)


def test_a_name_that_fits_no_pattern_is_said_once_for_all_environments() -> None:
    (finding,) = coded("SG427", checked(NAMED, Policy(group_names=("corp-*", "other"))))

    assert "database dev, database prod" in finding.message
    assert "corp-*, other" in finding.message
    assert finding.environments == ("dev", "prod")
    assert finding.paths == ("groups.app.db",)


@pytest.mark.parametrize("pattern", ["corp-*", "corp-???-[wd]*", "corp-dev-web", "*web"])
def test_patterns_are_those_of_the_shell(pattern: str) -> None:
    text = HEAD + "naming: {group: 'corp-dev-{name}'}\ngroups: {app: {web: {description: X}}}\n"

    assert not coded("SG427", checked(text, Policy(group_names=(pattern,))))


@pytest.mark.parametrize("pattern", ["Corp-*", "corp", "corp-?", "corp-[!d]*", ".*"])
def test_what_does_not_fit(pattern: str) -> None:
    text = HEAD + "naming: {group: 'corp-dev-{name}'}\ngroups: {app: {web: {description: X}}}\n"

    assert len(coded("SG427", checked(text, Policy(group_names=(pattern,))))) == 1


def test_where_none_fits_the_naming_pattern_is_the_mistake() -> None:
    (finding,) = coded("SG427", checked(NAMED, Policy(group_names=("prod-*",))))

    assert finding.paths == ("naming.group",)
    assert str(finding.span) == "strategies/a.yaml:3:17"


def test_patterns_made_to_take_long_do_not() -> None:
    name = "a" * 250
    text = HEAD + f"groups: {{app: {{web: {{description: X, aws_name: {name}}}}}}}\n"
    patterns = ("*a" * 100 + "b", "*a*" * 4000 + "b", "[" * 200)

    (finding,) = coded("SG427", checked(text, Policy(group_names=patterns)))

    assert finding.paths == ("groups.app.web",)

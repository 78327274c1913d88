"""Limits and AWS-managed prefix lists: the values, their sources, and that nothing is read before it is asked for."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from sgstrat.facts.limits import limit, limits
from sgstrat.facts.prefix_lists import managed_lists
from sgstrat.facts.read import data_text
from sgstrat.rulebook.model import Quotas

DATE = re.compile(r"20\d\d-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?", re.ASCII)

# Amazon VPC quotas; EC2 API reference; tag restrictions; CloudFormation quotas.
LIMITS = {
    "rules_per_group": (60, "L-0EA8095F"),
    "groups_per_eni": (5, "L-2AFB9258"),
    "groups_per_eni_most": (16, "L-2AFB9258"),
    "rules_per_eni_product": (1000, None),
    "groups_per_region": (2500, "L-E79EC296"),
    "prefix_lists_per_region": (100, None),
    "entries_per_prefix_list": (1000, None),
    "group_name_length": (255, None),
    "group_description_length": (255, None),
    "rule_description_length": (255, None),
    "prefix_list_name_length": (255, None),
    "tags_per_resource": (50, None),
    "tag_key_length": (128, None),
    "tag_value_length": (256, None),
    "cloudformation_resources": (500, None),
    "cloudformation_outputs": (200, None),
    "cloudformation_parameters": (200, None),
    "cloudformation_template_bytes": (1_000_000, None),
    "cloudformation_nested_resources": (2500, None),
    "cloudformation_inline_bytes": (51_200, None),
    "cloudformation_parameter_bytes": (4096, None),
    "cloudformation_prefix_list_entries": (100, None),
}
# "AWS-managed prefix lists", Amazon VPC user guide.
LISTS = {
    "s3": ("com.amazonaws.{region}.s3", "ipv4", 1),
    "dynamodb": ("com.amazonaws.{region}.dynamodb", "ipv4", 1),
    "s3express": ("com.amazonaws.{region}.s3express", "ipv4", 6),
    "cloudfront": ("com.amazonaws.global.cloudfront.origin-facing", "ipv4", 55),
    "cloudfront-ipv6": ("com.amazonaws.global.ipv6.cloudfront.origin-facing", "ipv6", 55),
    "ec2-instance-connect": ("com.amazonaws.{region}.ec2-instance-connect", "ipv4", 2),
    "ec2-instance-connect-ipv6": ("com.amazonaws.{region}.ipv6.ec2-instance-connect", "ipv6", 2),
    "route53-healthchecks": ("com.amazonaws.{region}.route53-healthchecks", "ipv4", 25),
    "route53-healthchecks-ipv6": ("com.amazonaws.{region}.ipv6.route53-healthchecks", "ipv6", 25),
    "vpc-lattice": ("com.amazonaws.{region}.vpc-lattice", "ipv4", 10),
    "vpc-lattice-ipv6": ("com.amazonaws.{region}.ipv6.vpc-lattice", "ipv6", 10),
    "groundstation": ("com.amazonaws.global.groundstation", "ipv4", 5),
    "secretsmanager-managed-external-secrets": (
        "com.amazonaws.{region}.secretsmanager-managed-external-secrets",
        "ipv4",
        20,
    ),
}


def test_limits_are_aws_s() -> None:
    assert {name: (each.value, each.quota_code) for name, each in limits().items()} == LIMITS


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_has_unit_source_and_date(name: str) -> None:
    each = limits()[name]
    assert limit(name) == each.value
    assert each.unit
    assert len(each.source) > 10
    assert DATE.fullmatch(each.verified)


def test_every_quota_that_can_be_raised_has_a_default() -> None:
    assert {name for name in Quotas._fields if not name.startswith("existing_")} <= set(limits())


def test_a_limit_that_does_not_exist_is_a_bug() -> None:
    with pytest.raises(KeyError):
        limit("rules_per_grp")


def test_managed_lists_are_aws_s() -> None:
    assert {short: (each.name, each.family, each.weight) for short, each in managed_lists().items()} == LISTS


@pytest.mark.parametrize("short", LISTS)
def test_a_managed_list_is_whole(short: str) -> None:
    each = managed_lists()[short]
    assert each.short == short
    assert (each.family == "ipv6") == short.endswith("-ipv6") == (".ipv6." in each.name)
    assert len(each.source) > 10
    assert DATE.fullmatch(each.verified)


def test_facts_cannot_be_changed_by_who_reads_them() -> None:
    for facts in (limits(), managed_lists()):
        with pytest.raises(TypeError):
            facts["x"] = None  # type: ignore[index]


def test_a_data_file_that_is_missing_is_named() -> None:
    with pytest.raises(OSError, match=r"nothing\.json"):
        data_text("nothing.json")


READS = """
import sys
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
from sgstrat.facts import ids, limits, prefix_lists, read, services, text
before = [path for path in opened if "facts" in path and "data" in path and not path.endswith((".py", ".pyc"))]
limits.limits(); prefix_lists.managed_lists(); services.catalogue(); services.catalogue()
after = [path for path in opened if "facts" in path and "data" in path and not path.endswith((".py", ".pyc"))]
print(len(before), len(after), "yaml" in sys.modules)
"""


def test_nothing_is_read_at_import_and_everything_once() -> None:
    result = subprocess.run([sys.executable, "-c", READS], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["0", "3", "False"]

"""The Terraform writer: ids that never meet, text that stays text, moves that are taken, changes that stay local."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import chain, pairwise
from typing import Any

import pytest
from factory import across_accounts, make_group, make_list, make_rule, make_rulebook
from hypothesis import given, strategies as st

from sgstrat.formats.terraform.document import render
from sgstrat.formats.terraform.expressions import quoted
from sgstrat.formats.terraform.write import write
from sgstrat.net.cidr import Cidr
from sgstrat.rulebook.identity import logical_id, rule_logical_id, rule_terraform_name, terraform_name
from sgstrat.rulebook.model import Existing, IdSource, Reference, Rule, Rulebook, Vpc

NAME = st.from_regex(r"[a-z0-9]{1,4}(-[a-z0-9]{1,3}){0,3}", fullmatch=True)
V4 = st.builds(
    lambda first, prefix: str(Cidr("ipv4", first >> (32 - prefix) << (32 - prefix), prefix)),
    st.integers(0, 2**32 - 1),
    st.integers(0, 32),
)
V6 = st.builds(
    lambda first, prefix: str(Cidr("ipv6", first >> (128 - prefix) << (128 - prefix), prefix)),
    st.integers(0, 2**128 - 1),
    st.integers(0, 128),
)
PEER = st.one_of(NAME, st.builds("{}/{}".format, NAME, NAME), st.builds("{}@{}".format, NAME, NAME), V4, V6)
KEY = st.builds(
    "{}-{}-{}".format,
    st.sampled_from(["tcp-443", "tcp-1-2", "icmp-8", "all", "proto-50"]),
    st.sampled_from(["from", "to"]),
    PEER,
)


def alone(*rules: Rule, **overrides: Any) -> Rulebook:
    """A rulebook of one group."""
    fields: dict[str, Any] = {
        "groups": (make_group("alb", ingress=rules),),
        "prefix_lists": (),
        "existing": (),
        "references": (),
        "workloads": (),
    }
    return make_rulebook(**{**fields, **overrides})


def module(book: Rulebook, name: str = "terraform/main.tf.json") -> dict[str, Any]:
    data: dict[str, Any] = json.loads({each.path: each.text for each in write(book)}[name])
    return data


@given(st.lists(PEER, unique=True, min_size=2, max_size=30))
def test_terraform_names_and_logical_ids_are_injective(names: list[str]) -> None:
    assert len({terraform_name(name) for name in names}) == len(names)
    assert len({logical_id(name) for name in names}) == len(names)
    for name in names:
        assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", terraform_name(name))
        assert re.fullmatch(r"[A-Za-z][A-Za-z0-9]*", logical_id(name))


@given(st.lists(st.tuples(NAME, KEY), unique=True, min_size=2, max_size=30))
def test_rule_names_are_injective(pairs: list[tuple[str, str]]) -> None:
    assert len({rule_terraform_name(*pair) for pair in pairs}) == len(pairs)
    assert len({rule_logical_id(group, "ingress", key) for group, key in pairs}) == len(pairs)
    groups = {logical_id(group) for group, _ in pairs}
    assert groups.isdisjoint(rule_logical_id(group, "ingress", key) for group, key in pairs)


def evaluate(text: str) -> str:
    """What Terraform reads in a template without interpolation: marks doubled before a brace are text."""
    assert not re.search(r"(?<!\$)\$\{|(?<!%)%\{", text), "an interpolation"
    return text.replace("$${", "${").replace("%%{", "%{")


@given(st.text(alphabet='$%{}ab"\\\n', max_size=12))
def test_user_text_is_never_a_template(text: str) -> None:
    assert evaluate(json.loads(quoted(text))) == text


def test_every_source_of_an_id() -> None:
    rules = tuple(
        make_rule(kind, name)
        for kind, name in (
            ("group", "cluster"),
            ("group", "legacy"),
            ("group", "partner"),
            ("prefix_list", "corp"),
            ("prefix_list", "s3"),
        )
    )
    book = make_rulebook(
        vpc=Vpc("main", IdSource(ssm="/network/vpc"), (), ()),
        region=None,
        groups=(make_group("alb", ingress=rules),),
        existing=(
            Existing("cluster", IdSource(), None),
            Existing("legacy", IdSource("sg-0123456789abcdef0"), "999999999999"),
            Existing("partner", IdSource(), "999999999999"),
        ),
        prefix_lists=(
            make_list("corp", "existing", id=IdSource()),
            make_list("s3", "aws", aws="com.amazonaws.{region}.s3"),
        ),
        references=(),
        workloads=(),
        default_group="lock",
    )
    data = module(book)
    peers = {
        key: {k: v for k, v in rule.items() if k in ("referenced_security_group_id", "prefix_list_id")}
        for key, rule in data["resource"]["aws_vpc_security_group_ingress_rule"].items()
    }
    assert list(peers.values()) == [
        {"referenced_security_group_id": "${var.cluster_group_id}"},
        {"referenced_security_group_id": "999999999999/sg-0123456789abcdef0"},
        {"referenced_security_group_id": "999999999999/${var.partner_group_id}"},
        {"prefix_list_id": "${var.corp_list_id}"},
        {"prefix_list_id": "${data.aws_ec2_managed_prefix_list.s3.id}"},
    ]
    assert data["data"]["aws_ec2_managed_prefix_list"]["s3"] == {
        "name": "com.amazonaws.${data.aws_region.current.id}.s3"
    }
    assert data["data"]["aws_ssm_parameter"]["vpc_id"] == {"name": "/network/vpc"}
    default = data["resource"]["aws_default_security_group"]["default"]
    assert (default["ingress"], default["egress"]) == ([], []), (
        "left out they are computed, and a rule added by hand shows in no plan"
    )
    assert default["vpc_id"] == "${data.aws_ssm_parameter.vpc_id.insecure_value}"
    assert set(data["variable"]) == {"cluster_group_id", "partner_group_id", "corp_list_id"}
    assert data["provider"]["aws"] == {"allowed_account_ids": [book.account]}


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        ("tcp-443", ("tcp", 443, 443)),
        ("icmp-8-any", ("icmp", 8, -1)),
        ("50", ("50", None, None)),
        ("all", ("-1", None, None)),
    ],
)
def test_protocols_and_ports(service: str, expected: tuple[str, int | None, int | None]) -> None:
    book = alone(make_rule("cidr", "10.0.0.0/8", service))
    (rule,) = module(book)["resource"]["aws_vpc_security_group_ingress_rule"].values()
    assert (rule["ip_protocol"], rule.get("from_port"), rule.get("to_port")) == expected
    assert rule["cidr_ipv4"] == "10.0.0.0/8"


def renamed(key: str, formerly: tuple[str, ...], *rules: Rule) -> Any:
    return make_group(key, identity=formerly[0] if formerly else key, formerly=formerly, ingress=rules)


def test_moves_are_chains_through_every_combination_of_former_keys() -> None:
    book = make_rulebook(
        groups=(
            renamed(
                "c",
                ("a", "b"),
                make_rule("group", "y"),
                make_rule("group", "c", "tcp-1"),
                make_rule("prefix_list", "new", "tcp-2"),
            ),
            renamed("y", ("x",)),
        ),
        prefix_lists=(make_list("new", identity="old", formerly=("old",)),),
        references=(),
        workloads=(),
    )
    data = module(book)
    moved = [(each["from"], each["to"]) for each in data["moved"]]
    assert len({source for source, _ in moved}) == len(moved), "Terraform takes one move from each address"
    assert len({target for _, target in moved}) == len(moved), "and one to each"
    rule = "aws_vpc_security_group_ingress_rule."
    assert ("aws_security_group.a", "aws_security_group.b") in moved
    assert ("aws_ec2_managed_prefix_list.old", "aws_ec2_managed_prefix_list.new") in moved
    chain_of_pair = [pair for pair in moved if "tcp-443" in pair[0]]
    assert chain_of_pair[0][0] == f"{rule}a_tcp-443-from-x"
    assert chain_of_pair[-1][1] == f"{rule}c_tcp-443-from-y"
    assert all(first[1] == second[0] for first, second in pairwise(chain_of_pair))
    assert len(chain_of_pair) == 3 * 2 - 1
    assert [pair for pair in moved if "tcp-1-" in pair[0]] == [
        (f"{rule}a_tcp-1-from-a", f"{rule}b_tcp-1-from-b"),
        (f"{rule}b_tcp-1-from-b", f"{rule}c_tcp-1-from-c"),
    ]
    addresses = {f"{kind}.{name}" for kind, blocks in data["resource"].items() for name in blocks}
    ends = {target for _, target in moved} - {source for source, _ in moved}
    assert ends <= addresses


def test_links_look_up_both_sides_by_tags() -> None:
    book = make_rulebook(
        groups=(
            make_group(
                "web",
                ingress=(
                    make_rule("group", "platform/monitoring"),
                    make_rule("prefix_list", "platform/offices", "tcp-22"),
                ),
            ),
        ),
        references=(
            Reference(
                "platform/monitoring",
                "group",
                "platform",
                "prod",
                "core",
                "old-monitoring",
                formerly=("platform/old-monitoring",),
            ),
            Reference(
                "platform/offices",
                "prefix_list",
                "platform",
                "prod",
                "core",
                "offices",
                name="platform-prod-core-offices",
            ),
        ),
        prefix_lists=(make_list("platform/offices", "foreign"),),
        workloads=(),
    )
    data = module(book, "terraform/links/main.tf.json")
    lookups = data["data"]["aws_security_group"]
    assert lookups["platform__monitoring"]["tags"] == {
        "sgstrat:strategy": "platform",
        "sgstrat:environment": "prod",
        "sgstrat:vpc": "core",
        "sgstrat:group": "old-monitoring",
    }
    assert lookups["web"]["tags"]["sgstrat:group"] == "web"
    assert data["data"]["aws_ec2_managed_prefix_list"] == {"platform__offices": {"name": "platform-prod-core-offices"}}
    assert [each["from"] for each in data["moved"]] == [
        "aws_vpc_security_group_ingress_rule.web_tcp-443-from-platform__old-monitoring"
    ]
    assert "aws_security_group" not in data["resource"]
    assert "aws_vpc_security_group_ingress_rule" not in module(book)["resource"]


def test_groups_of_other_vpcs_and_accounts() -> None:
    data = module(across_accounts(), "terraform/links/main.tf.json")
    ingress = data["resource"]["aws_vpc_security_group_ingress_rule"]
    egress = data["resource"]["aws_vpc_security_group_egress_rule"]
    own = ingress["web_tcp-443-from-db_at_data"]["referenced_security_group_id"]
    assert own == "${data.aws_security_group.db_at_data.id}"
    tags = data["data"]["aws_security_group"]["db_at_data"]["tags"]
    assert (tags["sgstrat:vpc"], tags["sgstrat:group"]) == ("data", "mysql")
    for rule in (ingress["web_tcp-443-from-tools__runners"], egress["web_tcp-443-to-tools__runners"]):
        assert rule["referenced_security_group_id"] == "333333333333/${var.tools__runners_group_id}"
    assert egress["web_tcp-443-to-tools__offices"]["prefix_list_id"] == "${var.tools__offices_list_id}"
    assert sorted(data["variable"]) == ["tools__offices_list_id", "tools__runners_group_id"]
    assert sorted(data["data"]) == ["aws_security_group"]
    assert sorted(data["data"]["aws_security_group"]) == ["db_at_data", "web"]


def test_adding_a_rule_only_adds_lines() -> None:
    rules = [make_rule("cidr", f"10.{number}.0.0/16") for number in range(4)]
    before = write(alone(*rules[::2]))[0].text
    after = write(alone(*rules))[0].text
    kept = iter(after.splitlines())
    lost = [line for line in before.splitlines() if line.rstrip(",") not in (each.rstrip(",") for each in kept)]
    assert lost == []


def test_own_layout_is_what_an_indenting_encoder_would_write() -> None:
    for artifact in write(make_rulebook()):
        assert artifact.text == json.dumps(json.loads(artifact.text), indent=2) + "\n"
    assert (
        render({"a": {}, "b": [], "c": {"d": ["1", '"x"']}})
        == json.dumps({"a": {}, "b": [], "c": {"d": [1, "x"]}}, indent=2) + "\n"
    )


def test_descriptions_of_hostile_text() -> None:
    text = "${aws_vpc.main.id} %{ if true } $${x}"
    group = make_group("alb", ingress=(make_rule("cidr", "10.0.0.0/8", description=text),))
    book = alone(groups=(replace(group, description=text, tags=(("${k}", text),)),))
    strings = list(chain.from_iterable(_strings(each) for each in (module(book)["resource"],)))
    escaped = text.replace("${", "$${").replace("%{", "%%{")
    assert strings.count(escaped) == 3
    assert text not in strings


def _strings(node: Any) -> list[str]:
    if isinstance(node, str):
        return [node]
    if isinstance(node, dict):
        return [text for value in node.values() for text in _strings(value)]
    return [text for item in node for text in _strings(item)] if isinstance(node, list) else []

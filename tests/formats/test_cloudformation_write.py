"""What the templates say, seen as data: CloudFormation reads them so."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
import yaml
from factory import across_accounts, make_group, make_list, make_rule, make_rulebook, with_vpc
from troposphere import AWSObject, Ref, ec2  # type: ignore[import-untyped]

from sgstrat.formats.cloudformation.write import write
from sgstrat.rulebook.model import Existing, IdSource, Rulebook, Workload


def templates(book: Rulebook) -> list[dict[str, Any]]:
    """The templates as data, links last."""
    return [yaml.safe_load(artifact.text) for artifact in write(book)]


def resources(book: Rulebook) -> dict[str, Any]:
    """The resources of the first unit."""
    found: dict[str, Any] = templates(book)[0]["Resources"]
    return found


def properties(book: Rulebook, id: str) -> dict[str, Any]:
    found: dict[str, Any] = resources(book)[id]["Properties"]
    return found


@pytest.mark.parametrize("syntax", ["yaml", "json"])
def test_files_are_named_after_their_unit(syntax: Any) -> None:
    paths = [artifact.path for artifact in write(make_rulebook(), syntax)]
    assert paths == [f"cloudformation/template.{syntax}", f"cloudformation/links.{syntax}"]
    alone = make_rulebook(groups=(make_group("web"),), workloads=())
    assert [artifact.path for artifact in write(alone, syntax)] == [f"cloudformation/template.{syntax}"]


@pytest.mark.parametrize(
    "book", [make_rulebook(), with_vpc(IdSource(), default_group="lock"), with_vpc(IdSource(ssm="/v"))]
)
def test_both_syntaxes_hold_the_same_data(book: Rulebook) -> None:
    for in_yaml, in_json in zip(write(book), write(book, "json"), strict=True):
        data = json.loads(in_json.text)
        lines = data["Metadata"]["sgstrat"].pop("about")
        assert yaml.safe_load(in_yaml.text) == data
        assert in_yaml.text.startswith("".join(f"# {line}\n" for line in lines) + "AWSTemplateFormatVersion")


def test_a_group_with_its_address_rules() -> None:
    assert resources(make_rulebook())["Alb"] == {
        "Type": "AWS::EC2::SecurityGroup",
        "Properties": {
            "GroupName": "prod-main-app-alb",
            "GroupDescription": "The alb tier",
            "VpcId": "vpc-0e0000000000000e1",
            "SecurityGroupIngress": [
                {
                    "IpProtocol": "tcp",
                    "FromPort": 443,
                    "ToPort": 443,
                    "CidrIp": "0.0.0.0/0",
                    "Description": "The public shop",
                },
                {
                    "IpProtocol": "tcp",
                    "FromPort": 443,
                    "ToPort": 443,
                    "CidrIpv6": "::/0",
                    "Description": "The public shop",
                },
            ],
            "SecurityGroupEgress": [
                {
                    "IpProtocol": "-1",
                    "CidrIp": "127.0.0.1/32",
                    "Description": "No egress to addresses: this matches no traffic, and without it AWS allows all",
                }
            ],
            "Tags": [
                {"Key": "sgstrat:strategy", "Value": "shop"},
                {"Key": "sgstrat:environment", "Value": "prod"},
                {"Key": "sgstrat:vpc", "Value": "main"},
                {"Key": "sgstrat:group", "Value": "alb"},
                {"Key": "Name", "Value": "prod-main-app-alb"},
                {"Key": "CostCentre", "Value": "4711"},
            ],
        },
    }


def test_rules_between_groups_stand_alone_under_the_oldest_keys() -> None:
    found = resources(make_rulebook())
    assert found["MysqlXIngressTcpX3306FromMysql"] == {
        "Type": "AWS::EC2::SecurityGroupIngress",
        "Properties": {
            "GroupId": {"Fn::GetAtt": ["Mysql", "GroupId"]},
            "IpProtocol": "tcp",
            "FromPort": 3306,
            "ToPort": 3306,
            "SourceSecurityGroupId": {"Fn::GetAtt": ["Mysql", "GroupId"]},
            "Description": "Replication",
        },
    }
    assert found["WebServersXEgressTcpX3306ToMysql"]["Properties"]["DestinationSecurityGroupId"] == {
        "Fn::GetAtt": ["Mysql", "GroupId"]
    }
    assert "DbServers" not in found
    groups_with_rules = [item for item in found.values() if item["Type"] == "AWS::EC2::SecurityGroup"]
    assert not any("SecurityGroupId" in key for item in groups_with_rules for key in _inline_keys(item))


def _inline_keys(group: dict[str, Any]) -> set[str]:
    rules = group["Properties"].get("SecurityGroupIngress", []) + group["Properties"]["SecurityGroupEgress"]
    return {key for rule in rules for key in rule}


def test_every_group_has_inline_egress_and_no_empty_ingress() -> None:
    found = [
        item["Properties"] for item in resources(make_rulebook()).values() if item["Type"].endswith("::SecurityGroup")
    ]
    assert len(found) == 5
    for item in found:
        assert item["SecurityGroupEgress"]
        assert item.get("SecurityGroupIngress", [None])
    sentinels = [item["GroupName"] for item in found if item["SecurityGroupEgress"][0].get("CidrIp") == "127.0.0.1/32"]
    assert sentinels == ["prod-main-app-alb", "prod-main-app-db-servers", "prod-main-app-quiet"]


def test_egress_to_a_foreign_list_alone_leaves_the_sentinel() -> None:
    group = make_group("web", egress=(make_rule("prefix_list", "platform/offices", direction="to"),))
    main, links = templates(make_rulebook(groups=(group,), workloads=()))
    assert main["Resources"]["Web"]["Properties"]["SecurityGroupEgress"][0]["CidrIp"] == "127.0.0.1/32"
    assert list(links["Resources"]) == ["WebXEgressTcpX443ToPlatformXSOffices"]


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        ("tcp-8000-8100", {"IpProtocol": "tcp", "FromPort": 8000, "ToPort": 8100}),
        ("udp-53", {"IpProtocol": "udp", "FromPort": 53, "ToPort": 53}),
        ("icmp-3-4", {"IpProtocol": "icmp", "FromPort": 3, "ToPort": 4}),
        ("icmp-8-any", {"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1}),
        ("icmp-any", {"IpProtocol": "icmp", "FromPort": -1, "ToPort": -1}),
        ("icmpv6-any", {"IpProtocol": "icmpv6", "FromPort": -1, "ToPort": -1}),
        ("50", {"IpProtocol": "50"}),
        ("all", {"IpProtocol": "-1"}),
    ],
)
@pytest.mark.parametrize("kind", ["inline", "standalone"])
def test_protocols_and_ports(service: str, expected: dict[str, Any], kind: str) -> None:
    peer = make_rule("cidr", "10.0.0.0/8", service) if kind == "inline" else make_rule("group", "web", service)
    found = resources(make_rulebook(groups=(make_group("web", ingress=(peer,), egress=(peer,)),), workloads=()))
    if kind == "inline":
        rules = [
            *found["Web"]["Properties"]["SecurityGroupIngress"],
            *found["Web"]["Properties"]["SecurityGroupEgress"],
        ]
    else:
        rules = [item["Properties"] for key, item in found.items() if key.startswith("WebX")]
    assert len(rules) == 2
    for rule in rules:
        assert {key: value for key, value in rule.items() if key.endswith(("Protocol", "Port"))} == expected
        assert rule["Description"] == "Why it is allowed"


def test_prefix_lists_by_origin() -> None:
    egress = properties(make_rulebook(), "WebServers")["SecurityGroupEgress"]
    assert [rule["DestinationPrefixListId"] for rule in egress] == [
        "pl-6fa54006",
        {"Fn::GetAtt": ["PartnersXList", "PrefixListId"]},
        {"Fn::GetAtt": ["CarriersXList", "PrefixListId"]},
        "pl-0123456789abcdef0",
        {"Ref": "SharedInputXListId"},
        {"Ref": "SharedSsmXListId"},
    ]


def test_own_prefix_lists() -> None:
    found = properties(make_rulebook(), "CarriersXList")
    assert found == {
        "PrefixListName": "shop-prod-main-partners-ipv6",
        "AddressFamily": "IPv6",
        "MaxEntries": 10,
        "Entries": [{"Cidr": "2001:db8:1::/48", "Description": "Carrier API"}, {"Cidr": "2001:db8:2::/48"}],
        "Tags": [
            {"Key": "sgstrat:strategy", "Value": "shop"},
            {"Key": "sgstrat:environment", "Value": "prod"},
            {"Key": "sgstrat:vpc", "Value": "main"},
            {"Key": "sgstrat:prefix-list", "Value": "carriers"},
            {"Key": "Name", "Value": "shop-prod-main-partners-ipv6"},
            {"Key": "CostCentre", "Value": "4711"},
        ],
    }
    empty = make_rulebook(prefix_lists=(make_list("none", entries=(), max_entries=5),), groups=(), workloads=())
    assert "Entries" not in properties(empty, "NoneXList")


def test_parameters_are_those_that_are_used() -> None:
    found = templates(make_rulebook())[0]["Parameters"]
    assert {key: (item["Type"], item.get("Default"), item.get("AllowedPattern")) for key, item in found.items()} == {
        "LegacyXGroupId": ("AWS::SSM::Parameter::Value<AWS::EC2::SecurityGroup::Id>", "/net/groups/legacy", None),
        "PeerAccountXGroupId": ("String", None, "^sg-[0-9a-f]+$"),
        "S3XListId": ("String", None, "^pl-[0-9a-f]+$"),
        "SharedInputXListId": ("String", None, "^pl-[0-9a-f]+$"),
        "SharedServicesXGroupId": ("AWS::EC2::SecurityGroup::Id", None, None),
        "SharedSsmXListId": ("AWS::SSM::Parameter::Value<String>", "/net/lists/shared", None),
    }
    lookup = "--filters Name=prefix-list-name,Values=com.amazonaws.eu-west-1.s3"
    assert lookup in found["S3XListId"]["Description"]
    unused = make_rulebook(groups=(make_group("web"),), workloads=(Workload("idle", ("web",), 0, ()),))
    assert "Parameters" not in templates(unused)[0]


def test_an_aws_list_without_a_region_says_where_the_region_goes() -> None:
    group = make_group("web", egress=(make_rule("prefix_list", "s3", direction="to"),))
    lists = (make_list("s3", "aws", aws="com.amazonaws.{region}.s3"),)
    found = templates(make_rulebook(region=None, groups=(group,), prefix_lists=lists, workloads=()))[0]
    assert (
        "--region REGION --filters Name=prefix-list-name,Values=com.amazonaws.REGION.s3"
        in (found["Parameters"]["S3XListId"]["Description"])
    )
    assert "region" not in found["Metadata"]["sgstrat"]


@pytest.mark.parametrize(
    ("source", "expected", "parameter"),
    [
        (IdSource(literal="vpc-1"), "vpc-1", None),
        (IdSource(), {"Ref": "VpcId"}, {"Type": "AWS::EC2::VPC::Id"}),
        (
            IdSource(ssm="/net/vpc"),
            {"Ref": "VpcId"},
            {"Type": "AWS::SSM::Parameter::Value<AWS::EC2::VPC::Id>", "Default": "/net/vpc"},
        ),
    ],
)
def test_the_vpc_by_each_source(source: IdSource, expected: object, parameter: dict[str, str] | None) -> None:
    main, links = templates(with_vpc(source))
    vpcs = [
        item["Properties"].get("VpcId")
        for item in main["Resources"].values()
        if item["Type"].endswith("::SecurityGroup")
    ]
    assert vpcs == [expected] * 5
    found = main["Parameters"].get("VpcId")
    assert (found and {key: found[key] for key in found if key != "Description"}) == parameter
    assert "VpcId" not in links["Parameters"]


@pytest.mark.parametrize(
    ("account", "own", "owner"),
    [
        ("333333333333", "222222222222", True),
        ("222222222222", "222222222222", False),
        (None, "222222222222", False),
        ("333333333333", None, True),
    ],
)
def test_the_owner_of_another_accounts_group(account: str | None, own: str | None, owner: bool) -> None:
    rules = {"ingress": (make_rule("group", "far"),), "egress": (make_rule("group", "far", direction="to"),)}
    book = make_rulebook(
        account=own,
        groups=(make_group("web", **rules),),
        existing=(Existing("far", IdSource(ssm="/far"), account),),
        workloads=(),
    )
    found = templates(book)[0]
    ingress = found["Resources"]["WebXIngressTcpX443FromFar"]["Properties"]
    assert ingress.get("SourceSecurityGroupOwnerId") == (account if owner else None)
    assert not any("OwnerId" in key for key in found["Resources"]["WebXEgressTcpX443ToFar"]["Properties"])
    value = "String" if owner else "AWS::EC2::SecurityGroup::Id"
    assert found["Parameters"]["FarXGroupId"]["Type"] == f"AWS::SSM::Parameter::Value<{value}>"


def test_groups_of_other_vpcs_and_accounts() -> None:
    found = templates(across_accounts())[1]
    rules = {name: item["Properties"] for name, item in found["Resources"].items()}
    own = rules["WebXIngressTcpX443FromDbXAData"]
    assert own["SourceSecurityGroupId"] == {"Fn::ImportValue": "sgstrat:shop:prod:data:mysql"}
    assert "SourceSecurityGroupOwnerId" not in own
    theirs = rules["WebXIngressTcpX443FromToolsXSRunners"]
    assert theirs["SourceSecurityGroupId"] == {"Ref": "ToolsXSRunnersXGroupId"}
    assert theirs["SourceSecurityGroupOwnerId"] == "333333333333"
    egress = rules["WebXEgressTcpX443ToToolsXSRunners"]
    assert egress["DestinationSecurityGroupId"] == {"Ref": "ToolsXSRunnersXGroupId"}
    assert not any("OwnerId" in key for key in egress)
    assert sorted(found["Parameters"]) == ["ToolsXSOfficesXListId", "ToolsXSRunnersXGroupId"]
    assert found["Parameters"]["ToolsXSRunnersXGroupId"]["Type"] == "String"


def test_outputs_export_group_ids_alone() -> None:
    found = templates(make_rulebook())[0]["Outputs"]
    assert found["MysqlXId"] == {
        "Description": "Id of the security group db-servers",
        "Value": {"Fn::GetAtt": ["Mysql", "GroupId"]},
        "Export": {"Name": "sgstrat:shop:prod:main:mysql"},
    }
    assert found["StorefrontXGroups"]["Value"] == {
        "Fn::Join": [
            ",",
            [
                {"Fn::GetAtt": ["VpcDefault", "GroupId"]},
                {"Fn::GetAtt": ["WebServers", "GroupId"]},
                "sg-0123456789abcdef0",
                {"Ref": "SharedServicesXGroupId"},
            ],
        ]
    }
    assert [key for key, item in found.items() if "Export" not in item] == ["DatabaseXGroups", "StorefrontXGroups"]
    assert all(item["Description"] for item in found.values())


def test_links_import_both_ends() -> None:
    found = templates(make_rulebook())[1]
    own = {"Fn::ImportValue": "sgstrat:shop:prod:main:vpc-default"}
    others = {"Fn::ImportValue": "sgstrat:platform:prod:main:metrics"}
    rule = found["Resources"]["VpcDefaultXIngressTcpX9100FromPlatformXSMonitoring"]["Properties"]
    assert (rule["GroupId"], rule["SourceSecurityGroupId"]) == (own, others)
    offices = found["Resources"]["VpcDefaultXIngressTcpX22FromPlatformXSOffices"]["Properties"]
    assert (offices["GroupId"], offices["SourcePrefixListId"]) == (own, {"Ref": "PlatformXSOfficesXListId"})
    assert found["Outputs"]["WatchedXGroups"]["Value"]["Fn::Join"][1] == [own, others, {"Ref": "LegacyXGroupId"}]
    assert {item["Type"] for item in found["Resources"].values()} == {
        "AWS::EC2::SecurityGroupIngress",
        "AWS::EC2::SecurityGroupEgress",
    }
    assert not any("Export" in item for item in found["Outputs"].values())


def test_a_template_without_resources_has_a_placeholder() -> None:
    workload = Workload("watched", ("platform/monitoring",), 0, ())
    main, links = templates(make_rulebook(groups=(), prefix_lists=(), workloads=(workload,)))
    for found in (main, links):
        assert found["Resources"] == {"XPlaceholder": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}
    assert list(links["Outputs"]) == ["WatchedXGroups"]


def test_a_workload_without_groups_has_no_output() -> None:
    book = make_rulebook(groups=(make_group("web"),), workloads=(Workload("bare", (), 3, ()),))
    assert list(templates(book)[0]["Outputs"]) == ["WebXId"]


def test_the_users_own_name_tag_wins_and_tags_are_in_order() -> None:
    tags = properties(make_rulebook(), "Quiet")["Tags"]
    assert [(tag["Key"], tag["Value"]) for tag in tags[4:]] == [("Name", "Hush"), ("Owner", "team-shop")]
    shuffled = make_group("web", tags=(("b", "2"), ("a", "1")))
    tags = properties(make_rulebook(groups=(shuffled,), workloads=()), "Web")["Tags"]
    assert [tag["Key"] for tag in tags[4:]] == ["Name", "a", "b"]


def typed(kind: Any, given: dict[str, Any]) -> None:
    """Make a rule by troposphere's class, which knows functions only as its own."""
    fields = {key: Ref("Other") if isinstance(value, dict) else value for key, value in given.items()}
    (kind("A", **fields) if issubclass(kind, AWSObject) else kind(**fields)).to_dict()


@pytest.mark.parametrize("book", [make_rulebook(), with_vpc(IdSource()), across_accounts()])
def test_every_rule_passes_the_typed_classes(book: Rulebook) -> None:
    checked = 0
    for template in templates(book):
        for resource in template["Resources"].values():
            given = resource["Properties"]
            kind = getattr(ec2, resource["Type"].rpartition("::")[2])
            inline = [*given.get("SecurityGroupIngress", []), *given.get("SecurityGroupEgress", [])]
            rules = [(kind, given)] if "IpProtocol" in given else [(ec2.SecurityGroupRule, rule) for rule in inline]
            for each, rule in rules:
                if not rule["IpProtocol"].isdigit():  # for which it wrongly demands ports
                    typed(each, rule)
                    checked += 1
    assert checked > 3


@pytest.mark.parametrize(
    ("field", "value"), [("IpProtocol", 6.5), ("FromPort", "many"), ("SourceSecurityGroup", "sg-1"), ("Description", 1)]
)
def test_the_typed_classes_see_a_fault(field: str, value: Any) -> None:
    given = properties(make_rulebook(), "WebServersXIngressTcpX8080FromAlb")
    with pytest.raises((AttributeError, TypeError, ValueError)):
        typed(ec2.SecurityGroupIngress, {**given, field: value})


def test_troposphere_is_imported_late() -> None:
    program = (
        "import sys, sgstrat.formats.cloudformation.write, sgstrat.formats.cloudformation.limits;"
        "assert 'troposphere' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_two_parts_of_one_id_are_a_bug_and_none_is_lost() -> None:
    twins = (make_rule("group", "web", identity="twin"), make_rule("group", "web", "udp-1", identity="twin"))
    with pytest.raises(ValueError, match="WebXIngressTwin"):
        write(make_rulebook(groups=(make_group("web", ingress=twins),), workloads=()))

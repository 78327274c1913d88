"""The template reader on other people's templates: every function it knows, and every way in which input is hostile."""

from __future__ import annotations

import json
import textwrap
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from sgstrat.formats.cloudformation.read import read
from sgstrat.formats.observed import Handle, Observed, ObservedPeer

WORLD = [("-1", None, None, "0.0.0.0/0"), ("-1", None, None, "::/0")]
HEAD = """\
Parameters:
  Vpc: {Type: "AWS::EC2::VPC::Id"}
  Port: {Type: Number, Default: 8443}
  Office: {Type: String, Default: 203.0.113.0/28}
  Ranges: {Type: CommaDelimitedList, Default: "10.0.0.0/8, 172.16.0.0/12"}
  Shared: {Type: "AWS::SSM::Parameter::Value<AWS::EC2::SecurityGroup::Id>", Default: /net/shared}
  Stage: {Type: String, Default: prod}
  Unset: {Type: String}
Mappings:
  Nets: {eu-west-1: {office: 198.51.100.0/24}}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsDev: !Not [!Condition IsProd]
  Either: !Or [!Condition IsDev, !Equals [a, a]]
  Both: !And [!Condition IsProd, !Equals [!Ref Unset, x], !Condition IsDev]
  Unknown: !Equals [!Ref Unset, x]
  Round: !Not [!Condition Trip]
  Trip: !Not [!Condition Round]
"""


def template(resources: str, **sections: str) -> str:
    more = "".join(f"{name}:\n{textwrap.indent(textwrap.dedent(body), '  ')}\n" for name, body in sections.items())
    return f"{HEAD}{more}Resources:\n{textwrap.indent(textwrap.dedent(resources), '  ')}"


def group(rules: str, egress: str = "[{IpProtocol: '-1', CidrIp: 127.0.0.1/32}]") -> str:
    return template(f"""
        Web:
          Type: AWS::EC2::SecurityGroup
          Properties:
            GroupName: web
            GroupDescription: Web
            VpcId: !Ref Vpc
            SecurityGroupIngress: {rules}
            SecurityGroupEgress: {egress}
        Db:
          Type: AWS::EC2::SecurityGroup
          Properties: {{GroupDescription: Db, VpcId: !Ref Vpc}}
        Net: {{Type: "AWS::EC2::VPC", Properties: {{CidrBlock: 10.1.0.0/16}}}}
        Cluster: {{Type: "AWS::EKS::Cluster"}}
        """)


def shown(peer: ObservedPeer) -> str:
    return peer.cidr or f"{peer.kind} {peer.handle}" + (f" of {peer.account}" if peer.account else "")


def rules(
    seen: Observed, direction: Any = "ingress", name: str = "Web"
) -> list[tuple[str, int | None, int | None, str]]:
    (found,) = (each for each in seen.groups if each.handle.name == name)
    return [(rule.protocol, rule.from_port, rule.to_port, shown(rule.peer)) for rule in found.rules(direction)]


def peers(text: str) -> list[str]:
    seen = read(group(f"[{text}]"))
    assert not seen.unread, seen.unread
    return [rule[3] for rule in rules(seen)]


@pytest.mark.parametrize(
    ("end", "peer"),
    [
        ("CidrIp: 10.0.0.0/8", "10.0.0.0/8"),
        ("CidrIp: 10.1.2.3/8", "10.0.0.0/8"),
        ("CidrIpv6: 2001:DB8::/32", "2001:db8::/32"),
        ("CidrIp: !Ref Office", "203.0.113.0/28"),
        ("CidrIp: {Ref: Office}", "203.0.113.0/28"),
        ("CidrIp: !Sub '${Office}'", "203.0.113.0/28"),
        ("CidrIp: !Sub ['${A}.0.0/${B}', {A: '10.0', B: 16}]", "10.0.0.0/16"),
        ("CidrIp: !Join [/, [10.0.0.0, 8]]", "10.0.0.0/8"),
        ("CidrIp: !Select [1, !Ref Ranges]", "172.16.0.0/12"),
        ("CidrIp: !Select [0, !Split ['|', '10.0.0.0/8|x']]", "10.0.0.0/8"),
        ("CidrIp: !FindInMap [Nets, !Ref 'AWS::Region', office]", "198.51.100.0/24"),
        ("CidrIp: !GetAtt Net.CidrBlock", "10.1.0.0/16"),
        ("CidrIp: !If [IsProd, 10.0.0.0/8, !Ref Unset]", "10.0.0.0/8"),
        ("CidrIp: !If [Either, 10.0.0.0/8, 0.0.0.0/0]", "10.0.0.0/8"),
        ("CidrIp: !If [Both, 0.0.0.0/0, 10.0.0.0/8]", "10.0.0.0/8"),
        ("CidrIp: 10.0.0.0/8, CidrIpv6: !Ref 'AWS::NoValue'", "10.0.0.0/8"),
        ("SourceSecurityGroupId: !GetAtt Db.GroupId", "group Db"),
        ("SourceSecurityGroupId: !GetAtt [Db, GroupId]", "group Db"),
        ("SourceSecurityGroupId: {'Fn::GetAtt': Db.GroupId}", "group Db"),
        ("SourceSecurityGroupId: !Ref Db", "group Db"),
        ("SourceSecurityGroupId: !Sub '${Db.GroupId}'", "group Db"),
        ("SourceSecurityGroupId: sg-1", "group sg-1"),
        ("SourceSecurityGroupId: !Ref Shared", "group ssm /net/shared"),
        ("SourceSecurityGroupId: !Ref Unset", "group input Unset"),
        (
            "SourceSecurityGroupId: !Ref Unset, SourceSecurityGroupOwnerId: '111111111111'",
            "group input Unset of 111111111111",
        ),
        ("SourceSecurityGroupId: !ImportValue net-web", "group export net-web"),
        ("SourceSecurityGroupId: {'Fn::ImportValue': !Sub '${Stage}-web'}", "group export prod-web"),
        (
            "SourceSecurityGroupId: !GetAtt Cluster.ClusterSecurityGroupId",
            "group attribute Cluster.ClusterSecurityGroupId",
        ),
        ("SourcePrefixListId: pl-1", "prefix_list pl-1"),
    ],
)
def test_every_way_to_name_a_peer(end: str, peer: str) -> None:
    seen = read(group(f"[{{IpProtocol: tcp, FromPort: 443, ToPort: 443, {end}}}]"), pseudo={"AWS::Region": "eu-west-1"})

    assert seen.unread == ()
    assert rules(seen) == [("tcp", 443, 443, peer)]


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("IpProtocol: tcp, FromPort: '80', ToPort: 81", ("tcp", 80, 81)),
        ("IpProtocol: TCP, FromPort: !Ref Port, ToPort: !Ref Port", ("tcp", 8443, 8443)),
        ("IpProtocol: 6, FromPort: 80, ToPort: 80", ("tcp", 80, 80)),
        ("IpProtocol: -1, FromPort: 0, ToPort: 65535", ("-1", None, None)),
        ("IpProtocol: 50, FromPort: 1, ToPort: 2", ("50", None, None)),
        ("IpProtocol: icmp, FromPort: 8, ToPort: -1", ("icmp", 8, -1)),
        ("IpProtocol: 1, FromPort: -1, ToPort: -1", ("icmp", -1, -1)),
    ],
)
def test_every_way_to_write_a_service(written: str, read_as: tuple[Any, ...]) -> None:
    seen = read(group(f"[{{{written}, CidrIp: 10.0.0.0/8}}]"))

    assert seen.unread == ()
    assert rules(seen) == [(*read_as, "10.0.0.0/8")]


RULE = "IpProtocol: tcp, FromPort: 443, ToPort: 443"


@pytest.mark.parametrize(
    ("rule", "path", "why"),
    [
        (f"{RULE}, CidrIp: !Ref Unset", ".CidrIp", "not in the document"),
        (f"{RULE}, CidrIp: !Ref Nothing", ".CidrIp.Ref", "has this name"),
        (f"{RULE}, CidrIp: 10.0.0.0", ".CidrIp", "prefix length"),
        (f"{RULE}, CidrIp: 2001:db8::/32", ".CidrIp", "ipv4 one is due"),
        (f"{RULE}, CidrIpv6: 10.0.0.0/8", ".CidrIpv6", "ipv6 one is due"),
        (f"{RULE}, CidrIp: 10.0.0.0/8, CidrIpv6: '::/0'", "", "exactly one"),
        (RULE, "", "exactly one"),
        (f"{RULE}, SourceSecurityGroupName: default", ".SourceSecurityGroupName", "not a property"),
        (f"{RULE}, DestinationSecurityGroupId: sg-1", ".DestinationSecurityGroupId", "not a property"),
        (f"{RULE}, CidrIp: !Cidr [10.0.0.0/8, 1, 8]", ".CidrIp", "function that is not evaluated"),
        (f"{RULE}, CidrIp: !Transform {{Name: X}}", ".CidrIp", "function that is not evaluated"),
        (f"{RULE}, CidrIp: !!binary aGk=", ".CidrIp", "function that is not evaluated"),
        (f"{RULE}, CidrIp: !FindInMap [Nets, us-east-1, office]", ".CidrIp.Fn::FindInMap", "no such key"),
        (f"{RULE}, CidrIp: !Select [7, !Ref Ranges]", ".CidrIp.Fn::Select", "shorter"),
        (f"{RULE}, CidrIp: !If [Unknown, 10.0.0.0/8, 0.0.0.0/0]", ".CidrIp.Fn::If", None),
        (f"{RULE}, CidrIp: !If [Round, 10.0.0.0/8, 0.0.0.0/0]", ".CidrIp.Fn::If", None),
        (f"{RULE}, CidrIp: !If [Missing, 10.0.0.0/8, 0.0.0.0/0]", ".CidrIp.Fn::If", "no such condition"),
        (f"{RULE}, CidrIp: [10.0.0.0/8]", ".CidrIp", "a text is expected"),
        (
            f"{RULE}, SourceSecurityGroupId: !GetAtt Nothing.GroupId",
            ".SourceSecurityGroupId.Fn::GetAtt",
            "has this name",
        ),
        ("IpProtocol: tcp, CidrIp: 10.0.0.0/8", "", "needs ports"),
        ("IpProtocol: tcp, FromPort: 2, ToPort: 1, CidrIp: 10.0.0.0/8", "", "lower one first"),
        ("IpProtocol: tcp, FromPort: x, ToPort: 1, CidrIp: 10.0.0.0/8", "", "whole number"),
        ("IpProtocol: bogus, CidrIp: 10.0.0.0/8", "", "no such protocol"),
        ("CidrIp: 10.0.0.0/8", "", "needs an IpProtocol"),
    ],
)
def test_what_cannot_be_evaluated_is_reported_by_its_path(rule: str, path: str, why: str | None) -> None:
    seen = read(group(f"[{{{rule}}}, {{{RULE}, CidrIp: 192.0.2.0/24}}]"))

    assert rules(seen) == [("tcp", 443, 443, "192.0.2.0/24")], "the other rule is read"
    places = [each.path for each in seen.unread]
    assert f"Resources.Web.Properties.SecurityGroupIngress[0]{path}" in places
    assert why is None or any(why in each.why for each in seen.unread), seen.unread


@pytest.mark.parametrize(
    ("egress", "expected"),
    [
        ("[]", WORLD),
        ("!Ref AWS::NoValue", WORLD),
        ("!If [IsDev, [{IpProtocol: '-1', CidrIp: 10.0.0.0/8}], !Ref 'AWS::NoValue']", WORLD),
        ("[!If [IsDev, {IpProtocol: '-1', CidrIp: 10.0.0.0/8}, !Ref 'AWS::NoValue']]", WORLD),
        (
            "[!If [IsProd, {IpProtocol: '-1', CidrIp: 10.0.0.0/8}, !Ref 'AWS::NoValue']]",
            [("-1", None, None, "10.0.0.0/8")],
        ),
        ("!If [IsProd, [{IpProtocol: '-1', CidrIp: 10.0.0.0/8}], []]", [("-1", None, None, "10.0.0.0/8")]),
    ],
)
def test_egress_that_is_left_out_is_egress_to_everywhere(egress: str, expected: list[Any]) -> None:
    seen = read(group("[]", egress.replace("!Ref AWS::NoValue", "!Ref 'AWS::NoValue'")))

    assert seen.unread == ()
    assert rules(seen, "egress") == expected
    assert rules(seen, "egress", "Db") == WORLD


def test_egress_that_cannot_be_read_is_not_taken_for_left_out() -> None:
    seen = read(group("[]", "[!If [Unknown, {IpProtocol: '-1', CidrIp: 10.0.0.0/8}, !Ref 'AWS::NoValue']]"))

    assert rules(seen, "egress") == []
    assert any(each.path.startswith("Resources.Web.Properties.SecurityGroupEgress[0]") for each in seen.unread)


def test_standalone_rules_join_their_group_and_others_are_seen_beside_it() -> None:
    seen = read(
        template("""
            In:
              Type: AWS::EC2::SecurityGroupIngress
              Properties:
                {GroupId: !GetAtt Web.GroupId, IpProtocol: tcp, FromPort: 1, ToPort: 2, SourceSecurityGroupId: !Ref Web}
            Out:
              Type: AWS::EC2::SecurityGroupEgress
              Properties: {GroupId: !ImportValue other, IpProtocol: -1, DestinationPrefixListId: pl-1, Description: Why}
            Absent:
              Type: AWS::EC2::SecurityGroupEgress
              Condition: IsDev
              Properties: {GroupId: sg-1, IpProtocol: -1, CidrIp: 0.0.0.0/0}
            Web:
              Type: AWS::EC2::SecurityGroup
              Properties: {GroupName: web, VpcId: vpc-1, GroupDescription: W, Tags: [{Key: a, Value: b}]}
            """)
    )

    assert seen.unread == ()
    assert [(each.handle, each.created) for each in seen.groups] == [
        (Handle("resource", "Web"), True),
        (Handle("export", "other"), False),
    ]
    assert rules(seen) == [("tcp", 1, 2, "group Web")]
    assert rules(seen, "egress") == WORLD
    assert rules(seen, "egress", "other") == [("-1", None, None, "prefix_list pl-1")]
    web = seen.groups[0]
    assert (web.name, web.description, web.vpc, web.tags) == ("web", "W", Handle("id", "vpc-1"), (("a", "b"),))


def test_prefix_lists_and_outputs() -> None:
    seen = read(
        template(
            """
            Partners:
              Type: AWS::EC2::PrefixList
              Properties:
                PrefixListName: !Sub "${Stage}-partners"
                AddressFamily: IPv4
                MaxEntries: 5
                Entries:
                - {Cidr: 10.0.0.0/8, Description: Ten}
                - !If [IsDev, {Cidr: 0.0.0.0/0}, !Ref "AWS::NoValue"]
                - {Cidr: !Ref Office}
            Web: {Type: "AWS::EC2::SecurityGroup", Properties: {GroupName: web, VpcId: vpc-1, GroupDescription: W}}
            """,
            Outputs="""
            One: {Value: !GetAtt Web.GroupId, Export: {Name: !Sub "${Stage}:web"}}
            Many: {Value: !Join [",", [!GetAtt Web.GroupId, sg-1, !ImportValue x]]}
            Same: {Value: !Sub "${Web.GroupId},sg-1"}
            Never: {Value: x, Condition: IsDev}
            """,
        )
    )

    assert seen.unread == ()
    (partners,) = seen.lists
    assert (partners.name, partners.family, partners.max_entries) == ("prod-partners", "ipv4", 5)
    assert partners.entries == (("10.0.0.0/8", "Ten"), ("203.0.113.0/28", ""))
    web = Handle("resource", "Web")
    assert [(each.name, each.members, each.export) for each in seen.outputs] == [
        ("One", (web,), "prod:web"),
        ("Many", (web, "sg-1", Handle("export", "x")), None),
        ("Same", (web, "sg-1"), None),
    ]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("Resources: {A: {Type: 'AWS::CloudFormation::Stack'}}", "Resources.A"),
        ("Resources: {A: {Type: 'My::Net::Web::MODULE'}}", "Resources.A"),
        ("Resources: {A: {Type: 'AWS::EC2::SecurityGroup'}}", "Resources.A"),
        ("Resources: {A: x}", "Resources.A"),
        ("Resources: {'Fn::ForEach::A': [x, [1], {}]}", "Resources.Fn::ForEach::A"),
        ("Resources: [1]", "Resources"),
        ("Transform: AWS::LanguageExtensions", "Transform"),
        ("Resources: {A: {Type: 'AWS::EC2::SecurityGroup', Condition: C, Properties: {}}}", "Resources.A.Condition"),
        (
            "Resources: {A: {Type: 'AWS::EC2::SecurityGroupEgress', Properties: {IpProtocol: '-1', CidrIp: '::/0'}}}",
            "Resources.A.Properties",
        ),
        ("Resources: {A: {Type: 'AWS::EC2::VPC'}, A: {Type: 'AWS::EC2::VPC'}}", "Resources"),
        ("Resources: {<<: {A: 1}}", "Resources"),
        ("Resources: {[a]: 1}", "Resources"),
        ("Resources: *nothing", "(document)"),
        ("Resources: &a {x: *a}", "Resources"),
        ("a: 1\n---\nb: 1", "(document)"),
        ("a: [", "line 2, column 1"),
        ("a: \x00", "(document)"),
        ("", "(document)"),
        ("- a", "(document)"),
        ("{]", "(document)"),
        ('{"Resources": {}, "Resources": {}}', "(document)"),
        ("{" + '"a":{' * 100000, "(document)"),
        ("a: " + "[" * 100000, "(document)"),
        ('{"a": ' + "9" * 5000 + "}", "(document)"),
        ("a: \ud800", "(document)"),
    ],
)
def test_what_is_no_template_or_hides_resources_is_reported(text: str, path: str) -> None:
    seen = read(text)

    assert path in [each.path for each in seen.unread], seen.unread


def test_functions_that_never_end_are_bounded() -> None:
    circle = template("""
        A: {Type: "AWS::EC2::SecurityGroup", Properties: {GroupDescription: !GetAtt B.VpcId, VpcId: !GetAtt B.VpcId}}
        B: {Type: "AWS::EC2::SecurityGroup", Properties: {GroupDescription: x, VpcId: !GetAtt A.VpcId}}
        """)
    assert any("circle" in each.why for each in read(circle).unread)

    deep: Any = "10.0.0.0/8"
    for _ in range(200):
        deep = {"Fn::Select": [0, [deep]]}
    body = {"GroupId": "sg-1", "IpProtocol": "-1", "CidrIp": deep}
    text = json.dumps({"Resources": {"A": {"Type": "AWS::EC2::SecurityGroupIngress", "Properties": body}}})
    assert any("too deep" in each.why for each in read(text).unread)


def test_aliases_are_followed_as_far_as_they_are_bounded() -> None:
    shared = group(f"[&rule {{{RULE}, CidrIp: 10.0.0.0/8}}]", "[*rule]")
    assert rules(read(shared), "egress") == [("tcp", 443, 443, "10.0.0.0/8")]

    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12))
    (only,) = read(bomb).unread
    assert "aliases" in only.why


def test_ten_megabytes_are_read_and_reports_are_bounded() -> None:
    rule = "      - {IpProtocol: tcp, FromPort: 1, ToPort: 1, CidrIp: 10.0.0.0/8}\n"
    text = (
        "Resources:\n  A:\n    Type: AWS::EC2::SecurityGroup\n    Properties:\n      SecurityGroupIngress:\n"
        + rule * 150_000
    )
    assert len(text) > 10_000_000
    assert len(read(text).groups[0].ingress) == 150_000

    bad = {f"R{n}": {"Type": "AWS::EC2::SecurityGroupIngress", "Properties": {}} for n in range(5000)}
    unread = read(json.dumps({"Resources": bad})).unread
    assert len(unread) == 1001
    assert unread[-1].why == "4000 more parts could not be read"


FUNCTIONS = ["GetAtt", "Sub", "Join", "If", "Select", "Split", "FindInMap", "ImportValue"]
KEYS = ["Ref", *(f"Fn::{name}" for name in FUNCTIONS), "Type", "Properties", "Key", "Value", "Cidr", "Name"]
trees: Any = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=4)
    | st.sampled_from(["Web", "tcp", "10.0.0.0/8", "A.GroupId"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(
    trees,
    trees,
    trees,
    trees,
    st.sampled_from(["SecurityGroup", "SecurityGroupIngress", "SecurityGroupEgress", "PrefixList"]),
)
def test_no_shape_of_a_template_raises(one: Any, two: Any, three: Any, four: Any, kind: str) -> None:
    properties = {
        "GroupId": one,
        "SecurityGroupIngress": [two, one],
        "SecurityGroupEgress": three,
        "Tags": two,
        "Entries": three,
    }
    properties |= {"IpProtocol": two, "FromPort": three, "CidrIp": four, "VpcId": four, "AddressFamily": "IPv4"}
    data = {
        "Parameters": {"Web": one},
        "Conditions": {"Web": two},
        "Mappings": three,
        "Resources": {
            "A": {"Type": f"AWS::EC2::{kind}", "Properties": properties},
            "Web": four,
            "B": {"Type": f"AWS::EC2::{kind}", "Properties": one},
        },
        "Outputs": {"A": {"Value": one}, "B": {"Value": two, "Condition": "Web"}, "C": four},
    }

    seen = read(json.dumps(data))

    assert all(str(each) for each in seen.unread)

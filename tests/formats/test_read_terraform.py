"""The reader of Terraform's JSON on other people's modules: every style of rule, every reference, and hostile input."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from sgstrat.formats.observed import Handle, Observed, ObservedPeer
from sgstrat.formats.terraform.expressions import quoted
from sgstrat.formats.terraform.read import read

HEAD: dict[str, Any] = {
    "variable": {
        "vpc_id": {"type": "string"},
        "port": {"default": 8443},
        "nets": {"default": ["10.0.0.0/8", "172.16.0.0/12"]},
        "office": {"default": "${not}"},
    },
    "locals": {
        "office": "203.0.113.0/28",
        "again": "${local.office}",
        "map": {"a-b": {"c": "198.51.100.0/24"}},
        "round": "${local.trip}",
        "trip": "${local.round}",
    },
    "data": {
        "aws_region": {"current": {}},
        "aws_ssm_parameter": {"shared": {"name": "/net/shared"}},
        "aws_security_group": {
            "tagged": {"tags": {"b": "2", "a": "1"}},
            "named": {"name": "web"},
            "found": {"filter": [{"name": "x"}]},
        },
        "aws_ec2_managed_prefix_list": {"s3": {"name": "com.amazonaws.${data.aws_region.current.name}.s3"}},
    },
}
DB = {"name": "db", "description": "D", "vpc_id": "${var.vpc_id}"}


def module(resources: dict[str, Any], **sections: Any) -> Observed:
    return read(
        json.dumps(
            {
                **HEAD,
                **sections,
                "resource": {
                    "aws_security_group": {"db": DB},
                    "aws_vpc": {"main": {"cidr_block": "10.9.0.0/16"}},
                    **resources,
                },
            }
        )
    )


def rule(**arguments: Any) -> dict[str, Any]:
    return {
        "security_group_id": "${aws_security_group.db.id}",
        "ip_protocol": "tcp",
        "from_port": 443,
        "to_port": 443,
        **arguments,
    }


def shown(peer: ObservedPeer) -> str:
    return peer.cidr or f"{peer.kind} {peer.handle}" + (f" of {peer.account}" if peer.account else "")


def rules(
    seen: Observed, direction: Any = "ingress", name: str = "aws_security_group.db"
) -> list[tuple[str, int | None, int | None, str]]:
    (found,) = (each for each in seen.groups if each.handle.name == name)
    return [(each.protocol, each.from_port, each.to_port, shown(each.peer)) for each in found.rules(direction)]


@pytest.mark.parametrize(
    ("argument", "value", "peer"),
    [
        ("cidr_ipv4", "10.0.0.0/8", "10.0.0.0/8"),
        ("cidr_ipv4", "10.1.2.3/8", "10.0.0.0/8"),
        ("cidr_ipv6", "2001:DB8::/32", "2001:db8::/32"),
        ("cidr_ipv4", "${local.office}", "203.0.113.0/28"),
        ("cidr_ipv4", "${ local.again }", "203.0.113.0/28"),
        ("cidr_ipv4", '${local.map["a-b"].c}', "198.51.100.0/24"),
        ("cidr_ipv4", "${local.map.a-b.c}", "198.51.100.0/24"),
        ("cidr_ipv4", "${var.nets[1]}", "172.16.0.0/12"),
        ("cidr_ipv4", "${var.nets.0}", "10.0.0.0/8"),
        ("cidr_ipv4", '${"10.0.0.0"}/8', "10.0.0.0/8"),
        ("cidr_ipv4", "${aws_vpc.main.cidr_block}", "10.9.0.0/16"),
        ("referenced_security_group_id", "${aws_security_group.db.id}", "group aws_security_group.db"),
        ("referenced_security_group_id", "sg-1", "group sg-1"),
        ("referenced_security_group_id", "111111111111/sg-1", "group sg-1 of 111111111111"),
        ("referenced_security_group_id", "111111111111/${var.vpc_id}", "group input vpc_id of 111111111111"),
        ("referenced_security_group_id", "${data.aws_ssm_parameter.shared.insecure_value}", "group ssm /net/shared"),
        ("referenced_security_group_id", "${data.aws_security_group.tagged.id}", "group tags a=1, b=2"),
        ("referenced_security_group_id", "${data.aws_security_group.named.id}", "group name web"),
        (
            "referenced_security_group_id",
            "${data.aws_security_group.found.id}",
            "group attribute data.aws_security_group.found.id",
        ),
        ("referenced_security_group_id", "${module.eks.node_group_id}", "group attribute module.eks.node_group_id"),
        ("prefix_list_id", "pl-1", "prefix_list pl-1"),
        ("prefix_list_id", "${data.aws_ec2_managed_prefix_list.s3.id}", "prefix_list name com.amazonaws.{region}.s3"),
    ],
)
def test_every_way_to_name_a_peer(argument: str, value: str, peer: str) -> None:
    seen = module({"aws_vpc_security_group_ingress_rule": {"one": rule(**{argument: value})}})

    assert seen.unread == ()
    assert rules(seen) == [("tcp", 443, 443, peer)]
    assert rules(seen, "egress") == [], "the provider takes back what AWS gives a new group"


@pytest.mark.parametrize(
    ("argument", "value", "why"),
    [
        ("cidr_ipv4", "${var.vpc_id}", "not in the document"),
        ("cidr_ipv4", "${var.nothing}", "no variable"),
        ("cidr_ipv4", "${local.nothing}", "no local value"),
        ("cidr_ipv4", "${local.round}", "made of itself"),
        ("cidr_ipv4", "${each.value}", "not known"),
        ("cidr_ipv4", "${cidrsubnet(local.office, 8, 1)}", "not evaluated"),
        ("cidr_ipv4", "${var.nets[7]}", "nothing there"),
        ("cidr_ipv4", "%{ if true }10.0.0.0/8%{ endif }", "not evaluated"),
        ("cidr_ipv4", "${local.office", "not evaluated"),
        ("cidr_ipv4", "${var.office}", "not an IP"),
        ("cidr_ipv4", "::/0", "ipv4 one is due"),
        ("cidr_ipv6", "0.0.0.0/0", "ipv6 one is due"),
        ("cidr_ipv4", ["10.0.0.0/8"], "a text is expected"),
        ("cidr_ipv4", None, "exactly one"),
        ("referenced_security_group_id", "${aws_security_group.nothing.id}", "no resource"),
        ("referenced_security_group_id", "${data.aws_security_group.nothing.id}", "no data source"),
        ("ip_protocol", "bogus", "no such protocol"),
        ("from_port", 444, "lower one first"),
        ("from_port", None, "needs ports"),
        ("count", 2, "count"),
        ("for_each", {"a": 1}, "for_each"),
    ],
)
def test_what_cannot_be_evaluated_is_reported_by_its_path(argument: str, value: Any, why: str) -> None:
    ends = {} if argument in ("cidr_ipv4", "cidr_ipv6", "referenced_security_group_id") else {"cidr_ipv4": "10.0.0.0/8"}
    made = {"bad": rule(**{**ends, argument: value}), "good": rule(cidr_ipv4="192.0.2.0/24")}

    seen = module({"aws_vpc_security_group_ingress_rule": made})

    assert rules(seen) == [("tcp", 443, 443, "192.0.2.0/24")], "the other rule is read"
    (unread,) = seen.unread
    assert unread.path.startswith("resource.aws_vpc_security_group_ingress_rule.bad")
    assert why in unread.why


def test_rules_in_the_older_styles_are_single_rules_too() -> None:
    every = {
        "from_port": 0,
        "to_port": 0,
        "protocol": "-1",
        "cidr_blocks": ["0.0.0.0/0"],
        "ipv6_cidr_blocks": ["::/0"],
        "description": "",
    }
    none = {"prefix_list_ids": [], "security_groups": [], "self": False}
    web = {
        "name": "web",
        "description": "W",
        "vpc_id": "${aws_vpc.main.id}",
        "egress": [{**every, **none}],
        "ingress": {
            "from_port": 80,
            "to_port": "${var.port}",
            "protocol": "tcp",
            "security_groups": ["${aws_security_group.db.id}", "sg-1"],
            "self": True,
            "cidr_blocks": "${var.nets}",
        },
        "tags": {"a$${b}": "%%{c}"},
    }
    classic = {
        "type": "egress",
        "security_group_id": "${aws_security_group.db.id}",
        "protocol": 17,
        "from_port": 53,
        "to_port": 53,
    }
    seen = module(
        {
            "aws_security_group": [{"web": web}, {"db": DB}],
            "aws_security_group_rule": {
                "lists": {**classic, "prefix_list_ids": ["pl-1"], "description": "Why"},
                "other": {
                    **classic,
                    "type": "ingress",
                    "security_group_id": "sg-9",
                    "source_security_group_id": "${aws_security_group.web.id}",
                },
            },
        }
    )

    assert seen.unread == ()
    assert rules(seen, "egress", "aws_security_group.web") == [
        ("-1", None, None, "0.0.0.0/0"),
        ("-1", None, None, "::/0"),
    ]
    assert rules(seen, "ingress", "aws_security_group.web") == [
        ("tcp", 80, 8443, peer)
        for peer in (
            "10.0.0.0/8",
            "172.16.0.0/12",
            "group aws_security_group.db",
            "group sg-1",
            "group aws_security_group.web",
        )
    ]
    assert rules(seen, "egress") == [("udp", 53, 53, "prefix_list pl-1")]
    assert rules(seen, "ingress", "sg-9") == [("udp", 53, 53, "group aws_security_group.web")]
    made = {each.handle.name: each for each in seen.groups}
    assert made["aws_security_group.web"].vpc == Handle("resource", "aws_vpc.main")
    assert made["aws_security_group.db"].vpc == Handle("input", "vpc_id")
    assert made["aws_security_group.web"].tags == (("a${b}", "%{c}"),)
    assert not made["sg-9"].created


def test_prefix_lists_outputs_and_the_default_group() -> None:
    seen = module(
        {
            "aws_ec2_managed_prefix_list": {
                "own": {
                    "name": "n-${var.port}",
                    "address_family": "IPv4",
                    "max_entries": 5,
                    "entry": [{"cidr": "10.0.0.0/8", "description": "Ten"}],
                }
            },
            "aws_ec2_managed_prefix_list_entry": {
                "more": {"prefix_list_id": "${aws_ec2_managed_prefix_list.own.id}", "cidr": "${local.office}"}
            },
            "aws_default_security_group": {"default": {"vpc_id": "vpc-1", "ingress": [], "egress": []}},
        },
        output={
            "ids": {
                "value": {
                    "db": "${aws_security_group.db.id}",
                    "all": ["${aws_security_group.db.id}", "sg-1"],
                    "none": [],
                }
            }
        },
    )

    assert seen.unread == ()
    (own,) = seen.lists
    assert (own.name, own.family, own.max_entries, own.entries) == (
        "n-8443",
        "ipv4",
        5,
        (("10.0.0.0/8", "Ten"), ("203.0.113.0/28", "")),
    )
    database = Handle("resource", "aws_security_group.db")
    assert [(each.name, each.members) for each in seen.outputs] == [
        ("ids.db", (database,)),
        ("ids.all", (database, "sg-1")),
        ("ids.none", ()),
    ]
    (default,) = (each for each in seen.groups if each.default)
    assert (default.ingress, default.egress, default.vpc) == ((), (), Handle("id", "vpc-1"))


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"module": {"eks": {"source": "x"}}}, "module.eks"),
        ({"resource": {"aws_cloudformation_stack": {"a": {}}}}, "resource.aws_cloudformation_stack.a"),
        ({"resource": {"aws_security_group": {"a": {"dynamic": {"ingress": {}}}}}}, "resource.aws_security_group.a"),
        (
            {"resource": {"aws_security_group": {"a": {"ingress": "${var.rules}"}}}, "variable": {"rules": {}}},
            "resource.aws_security_group.a.ingress",
        ),
        (
            {"resource": {"aws_security_group": {"a": {"ingress": [{"protocol": "-1"}]}}}},
            "resource.aws_security_group.a.ingress[0]",
        ),
        ({"resource": {"aws_security_group": {"a": 1}}}, "resource.aws_security_group.a"),
        (
            {"resource": [{"aws_security_group": {"a": {}}}, {"aws_security_group": {"a": {}}}]},
            "resource[1].aws_security_group.a",
        ),
        ({"resource": 1}, "resource"),
        ({"data": {"x": 1}}, "data.x"),
        ({"output": {"a": {"value": "${timestamp()}"}}}, "output.a.value"),
        ([1], "(document)"),
    ],
)
def test_what_is_hidden_or_malformed_is_reported(document: Any, path: str) -> None:
    assert path in [each.path for each in read(json.dumps(document)).unread]


@pytest.mark.parametrize(
    "text", ["", "{", "[" * 100000, '{"a":' * 100000, '{"a": 1, "a": 2}', "9" * 5000, '{"a": "\\', "nul"]
)
def test_what_is_no_json_is_one_report(text: str) -> None:
    (unread,) = read(text).unread

    assert unread.path == "(document)"


def test_long_chains_of_references_are_bounded() -> None:
    chain = {f"v{n}": f"${{local.v{n + 1}}}" for n in range(500)}
    seen = module({"aws_vpc_security_group_ingress_rule": {"one": rule(cidr_ipv4="${local.v0}")}}, locals=chain)

    assert [each.why for each in seen.unread] == ["references nest too deep"]


@given(st.text(alphabet='ab$%{}"\\ \n', max_size=12))
def test_a_text_that_the_writer_quotes_is_read_as_that_text(text: str) -> None:
    written = json.loads(quoted(text))
    seen = module({"aws_vpc_security_group_ingress_rule": {"one": rule(cidr_ipv4="10.0.0.0/8", description=written)}})

    assert seen.unread == ()
    assert [each.description for each in seen.groups[0].ingress] == [text]


trees: Any = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=3)
    | st.sampled_from(["${local.a}", "${var.a}", "${aws_security_group.a.id}", "10.0.0.0/8", "${a", "${data.x.y.z}"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["a", "cidr", "tags", "value", "default", "//", "protocol", "cidr_blocks"]),
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
    st.sampled_from(
        [
            "aws_security_group",
            "aws_security_group_rule",
            "aws_vpc_security_group_egress_rule",
            "aws_ec2_managed_prefix_list",
        ]
    ),
)
def test_no_shape_of_a_module_raises(one: Any, two: Any, three: Any, kind: str) -> None:
    body = {
        "ingress": one,
        "egress": two,
        "tags": three,
        "entry": one,
        "cidr_ipv4": two,
        "cidr_blocks": three,
        "protocol": one,
        "ip_protocol": "-1",
    }
    body |= {"security_group_id": two, "type": "egress", "vpc_id": three, "address_family": one}
    document = {
        "locals": one,
        "variable": two,
        "data": three,
        "resource": {kind: {"a": body, "b": one}, "x": two},
        "output": {"a": {"value": three}, "b": one},
        "module": one,
    }

    assert all(str(each) for each in read(json.dumps(document)).unread)

"""Naive readers of what a build writes: rulebook.json, CloudFormation templates, Terraform modules. Import no compiler.

Each gives the same plain facts of a target, so that they can be held against each other and against the sources.
What an output cannot name by itself (an id, a parameter, an export) is looked up in ``handles``, which come from the
sources.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

from .meaning import Peer, Permission

Handle = tuple[str, str]
Handles = dict[Handle, Peer]
SENTINEL = {"IpProtocol": "-1", "CidrIp": "127.0.0.1/32"}


class Observed(NamedTuple):
    """What an output says of a target. ``groups`` are name and description, ``permissions`` their descriptions."""

    groups: dict[str, tuple[str, str]]
    permissions: dict[Permission, str]
    workloads: dict[str, tuple[str, ...]]
    lists: dict[str, tuple[str, str, int, frozenset[tuple[str, str]]]]
    vpc: Handle


def _add(found: dict[Permission, str], permission: Permission, description: str) -> None:
    assert permission not in found, f"{permission} is written twice"
    found[permission] = description


# -- rulebook.json


def read_rulebook(text: str) -> Observed:
    """The facts of a rulebook.json."""
    data = json.loads(text)
    permissions: dict[Permission, str] = {}
    for key, group in data["groups"].items():
        for direction in ("ingress", "egress"):
            for rule in group[direction]:
                peer = Peer(*next(iter(rule["peer"].items())))
                _add(
                    permissions,
                    Permission(key, direction, rule["protocol"], rule["from_port"], rule["to_port"], peer),
                    rule["description"],
                )
    lists = {
        key: (
            each["name"],
            each["family"],
            each["max_entries"],
            frozenset((entry["cidr"], entry["description"]) for entry in each["entries"]),
        )
        for key, each in data["prefix_lists"].items()
        if "entries" in each
    }
    return Observed(
        {key: (group["name"], group["description"]) for key, group in data["groups"].items()},
        permissions,
        {key: tuple(each["groups"]) for key, each in data["workloads"].items()},
        lists,
        _id(data["vpc"]["id"], data["vpc"]["name"]),
    )


def _id(written: Any, key: str) -> Handle:
    if written is None:
        return "input", key
    return ("ssm", written["ssm"]) if isinstance(written, dict) else ("id", written)


# -- CloudFormation


def undo_logical_id(text: str) -> str:
    """The name in a logical id: capitals begin parts, ``X`` escapes."""
    out = ""
    for mark, escaped, char in re.findall(r"X([SDCA])|X(.)|(.)", text):
        if mark:
            out += {"S": "/", "D": ".", "C": ":", "A": "@"}[mark]
            continue
        starts = bool(escaped) or char.isupper()
        out += ("-" if starts and out and out[-1] not in "/.:@" else "") + (escaped or char).lower()
    return out


class _Template:
    """One template, its references resolved."""

    def __init__(self, data: dict[str, Any], handles: Handles) -> None:
        self.data, self.handles = data, handles
        self.place = "sgstrat:" + ":".join(
            data["Metadata"]["sgstrat"][key] for key in ("strategy", "environment", "vpc")
        )

    def of_type(self, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
        for name, resource in self.data["Resources"].items():
            if resource["Type"] == kind:
                yield name, resource["Properties"]

    def handle(self, value: Any) -> Handle:
        if isinstance(value, str):
            return "id", value
        ((function, argument),) = value.items()
        if function == "Fn::ImportValue":
            place, mark, rest = argument.rpartition(":prefix-list")
            if mark and not rest:  # of the target's own, in another of its templates
                assert place.startswith(f"{self.place}:")
                return "list", place.removeprefix(f"{self.place}:")
            return "export", argument
        if function == "Fn::GetAtt":
            name, attribute = argument
            resource = self.data["Resources"][name]
            tags = {tag["Key"]: tag["Value"] for tag in resource["Properties"]["Tags"]}
            assert self.place == "sgstrat:" + ":".join(
                tags[f"sgstrat:{key}"] for key in ("strategy", "environment", "vpc")
            )
            if resource["Type"] == "AWS::EC2::PrefixList":
                assert attribute == "PrefixListId"
                return "list", tags["sgstrat:prefix-list"]
            assert attribute == "GroupId"
            return "export", f"{self.place}:{tags['sgstrat:group']}"
        assert function == "Ref"
        parameter = self.data["Parameters"][argument]
        if parameter["Type"].startswith("AWS::SSM::Parameter::Value<"):
            return "ssm", parameter["Default"]
        if argument in ("VpcId", "XVpcId"):
            return "input", self.data["Metadata"]["sgstrat"]["vpc"]
        return "input", undo_logical_id(re.sub("X(Group|List)Id$", "", argument))

    def peer(self, value: Any) -> Peer:
        return self.handles[self.handle(value)]

    def permission(self, group: str, direction: str, rule: dict[str, Any]) -> tuple[Permission, str]:
        side = "Source" if direction == "ingress" else "Destination"
        ends = [key for key in ("CidrIp", "CidrIpv6", f"{side}SecurityGroupId", f"{side}PrefixListId") if key in rule]
        assert len(ends) == 1, f"one peer a rule, found {ends}"
        peer = Peer("cidr", rule[ends[0]]) if ends[0].startswith("Cidr") else self.peer(rule[ends[0]])
        assert (":" in peer.name) == (ends[0] == "CidrIpv6") or peer.kind != "cidr"
        known = {"GroupId", "IpProtocol", "FromPort", "ToPort", "Description", "SourceSecurityGroupOwnerId", ends[0]}
        assert not rule.keys() - known, rule.keys() - known
        return Permission(group, direction, rule["IpProtocol"], rule.get("FromPort"), rule.get("ToPort"), peer), rule[
            "Description"
        ]

    def outputs(self, workloads: dict[str, tuple[str, ...]]) -> set[Handle]:
        """What is exported; the lists of workloads are added."""
        exported: set[Handle] = set()
        for name, output in self.data.get("Outputs", {}).items():
            if "Export" in output:
                handle = self.handle(output["Value"])
                assert self.handle({"Fn::ImportValue": output["Export"]["Name"]}) == handle
                assert handle not in exported
                exported.add(handle)
            elif "Fn::Join" in output["Value"]:
                comma, ids = output["Value"]["Fn::Join"]
                assert comma == ","
                key = undo_logical_id(name.removesuffix("XGroups"))
                assert key not in workloads
                workloads[key] = tuple(self.peer(each).name for each in ids)
        return exported

    def permissions(self, found: dict[Permission, str]) -> None:
        for name, properties in self.of_type("AWS::EC2::SecurityGroup"):
            group = self.peer({"Fn::GetAtt": [name, "GroupId"]}).name
            outward = properties["SecurityGroupEgress"]
            sentinels = [rule for rule in outward if rule.get("CidrIp") == SENTINEL["CidrIp"]]
            if sentinels:
                assert len(outward) == 1, "a sentinel stands where there is no other egress"
                assert {key: outward[0][key] for key in SENTINEL} == SENTINEL
                outward = []
            else:
                assert outward, "without egress CloudFormation would allow all of it"
            for rule in properties.get("SecurityGroupIngress", []):
                _add(found, *self.permission(group, "ingress", rule))
            for rule in outward:
                _add(found, *self.permission(group, "egress", rule))
        for direction in ("ingress", "egress"):
            for _, properties in self.of_type(f"AWS::EC2::SecurityGroup{direction.capitalize()}"):
                _add(found, *self.permission(self.peer(properties["GroupId"]).name, direction, properties))


def read_cloudformation(texts: list[str], handles: Handles) -> Observed:
    """The facts of a target's templates in order of deployment, in YAML or JSON."""
    templates = [_Template(yaml.load(text, yaml.CSafeLoader), handles) for text in texts]
    permissions: dict[Permission, str] = {}
    workloads: dict[str, tuple[str, ...]] = {}
    groups: dict[str, tuple[str, str]] = {}
    lists: dict[str, tuple[str, str, int, frozenset[tuple[str, str]]]] = {}
    vpcs: set[Handle] = set()
    for template in templates:
        template.permissions(permissions)
        exported = template.outputs(workloads)
        own = list(template.of_type("AWS::EC2::SecurityGroup"))
        handles_of = [template.handle({"Fn::GetAtt": [name, "GroupId"]}) for name, _ in own]
        assert exported >= set(handles_of), "every group is exported"
        vpcs |= {template.handle(properties["VpcId"]) for _, properties in own}
        for name, body in own:
            key = template.peer({"Fn::GetAtt": [name, "GroupId"]}).name
            assert key not in groups, f"{key} is created twice"
            groups[key] = (body["GroupName"], body["GroupDescription"])
        for name, body in template.of_type("AWS::EC2::PrefixList"):
            key = template.peer({"Fn::GetAtt": [name, "PrefixListId"]}).name
            assert key not in lists, f"{key} is created twice"
            lists[key] = (
                body["PrefixListName"],
                body["AddressFamily"].lower(),
                body["MaxEntries"],
                frozenset((entry["Cidr"], entry.get("Description", "")) for entry in body.get("Entries", [])),
            )
    return Observed(groups, permissions, workloads, lists, vpcs.pop() if len(vpcs) == 1 else ("", str(vpcs)))


# -- Terraform


def plain(text: str) -> str:
    """A string without templates, as Terraform reads it."""
    assert not re.search(r"(?<!\$)\$\{|(?<!%)%\{", text), f"{text!r} holds a template"
    return text.replace("$${", "${").replace("%%{", "%{")


class _Module:
    """One root module, its references resolved."""

    def __init__(self, data: dict[str, Any], handles: Handles) -> None:
        self.data, self.handles = data, handles

    def resources(self, kind: str) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = self.data.get("resource", {}).get(kind, {})
        return found

    def handle(self, text: str) -> Handle:
        matched = re.fullmatch(r"(?:[0-9]{12}/)?\$\{(.*)\}", text)
        if matched is None:
            return "id", plain(text).rpartition("/")[2]
        parts = matched.group(1).split(".")
        if parts[0] == "var":
            assert parts[1] in self.data["variable"]
            if parts[1] == "vpc_id":
                return "input", next(iter(self.resources("aws_security_group").values()))["tags"]["sgstrat:vpc"]
            return "input", re.sub("_(group|list)_id$", "", parts[1]).removeprefix("n_").replace("__", "/")
        if parts[0] == "data":
            body = self.data["data"][parts[1]][parts[2]]
            if parts[1] == "aws_ssm_parameter":
                assert parts[3] == "insecure_value"
                return "ssm", plain(body["name"])
            assert parts[3] == "id"
            if parts[1] == "aws_ec2_managed_prefix_list":
                return "aws", body["name"].replace("${data.aws_region.current.id}", "{region}")
            assert parts[1] == "aws_security_group"
            return "export", _place(body["tags"])
        body = self.resources(parts[0])[parts[1]]
        assert parts[2] == "id"
        return (
            ("list", body["tags"]["sgstrat:prefix-list"])
            if parts[0] == "aws_ec2_managed_prefix_list"
            else ("export", _place(body["tags"]))
        )

    def peer(self, text: str) -> Peer:
        return self.handles[self.handle(text)]

    def permissions(self, found: dict[Permission, str]) -> None:
        for direction in ("ingress", "egress"):
            for body in self.resources(f"aws_vpc_security_group_{direction}_rule").values():
                ends = [
                    key
                    for key in ("cidr_ipv4", "cidr_ipv6", "prefix_list_id", "referenced_security_group_id")
                    if key in body
                ]
                assert len(ends) == 1, f"one peer a rule, found {ends}"
                assert not body.keys() - {
                    "security_group_id",
                    "ip_protocol",
                    "from_port",
                    "to_port",
                    "description",
                    ends[0],
                }
                value = body[ends[0]]
                peer = Peer("cidr", plain(value)) if ends[0].startswith("cidr") else self.peer(value)
                assert peer.kind != "cidr" or (":" in peer.name) == (ends[0] == "cidr_ipv6")
                group = self.peer(body["security_group_id"]).name
                permission = Permission(
                    group, direction, body["ip_protocol"], body.get("from_port"), body.get("to_port"), peer
                )
                _add(found, permission, plain(body["description"]))


def _place(tags: dict[str, str]) -> str:
    return "sgstrat:" + ":".join(tags[f"sgstrat:{key}"] for key in ("strategy", "environment", "vpc", "group"))


def read_terraform(texts: list[str], handles: Handles) -> Observed:
    """The facts of a target's root modules (main and links)."""
    modules = [_Module(json.loads(text), handles) for text in texts]
    permissions: dict[Permission, str] = {}
    workloads: dict[str, tuple[str, ...]] = {}
    for module in modules:
        module.permissions(permissions)
        for key, ids in module.data.get("output", {}).get("workloads", {}).get("value", {}).items():
            assert key not in workloads
            workloads[key] = tuple(module.peer(each).name for each in ids)
    main = modules[0]
    groups = main.resources("aws_security_group")
    assert not any({"ingress", "egress"} & body.keys() for body in groups.values()), "rules are resources of their own"
    keys = {name: main.peer(f"${{aws_security_group.{name}.id}}").name for name in groups}
    assert {key: main.peer(value).name for key, value in main.data["output"]["group_ids"]["value"].items()} == {
        key: key for key in keys.values()
    }
    vpcs = {main.handle(body["vpc_id"]) for body in groups.values()}
    return Observed(
        {keys[name]: (plain(body["name"]), plain(body["description"])) for name, body in groups.items()},
        permissions,
        workloads,
        {
            main.peer(f"${{aws_ec2_managed_prefix_list.{name}.id}}").name: (
                plain(body["name"]),
                body["address_family"].lower(),
                body["max_entries"],
                frozenset(
                    (plain(entry["cidr"]), plain(entry.get("description", ""))) for entry in body.get("entry", [])
                ),
            )
            for name, body in main.resources("aws_ec2_managed_prefix_list").items()
        },
        vpcs.pop() if len(vpcs) == 1 else ("", str(vpcs)),
    )

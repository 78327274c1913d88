"""The same groups by hand with troposphere: ``troposphere_objects.py RULES.json OUTPUT_FOLDER`` writes a template.

Rules with addresses inside of their group, rules between groups as resources of their own, as every author has to.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import troposphere
from troposphere import GetAtt, Template
from troposphere.ec2 import (
    Entry,
    PrefixList,
    SecurityGroup,
    SecurityGroupEgress,
    SecurityGroupIngress,
    SecurityGroupRule,
)

INLINE = {"cidr": ("CidrIp", "CidrIp"), "list": ("SourcePrefixListId", "DestinationPrefixListId")}


def logical(name: str) -> str:
    """A logical id: letters and digits."""
    return name.replace("-", "")


def add_group(template: Template, data: dict[str, Any], group: dict[str, Any], lists: dict[str, Any]) -> None:
    """A group, with the rules that do not name other groups."""
    inline: dict[bool, list[SecurityGroupRule]] = {True: [], False: []}
    for egress, low, high, kind, peer, why in group["rules"]:
        if kind != "group":
            end = {INLINE[kind][egress]: lists.get(peer, peer)}
            rule = SecurityGroupRule(IpProtocol="tcp", FromPort=low, ToPort=high, Description=why, **end)
            inline[egress].append(rule)
    if not inline[True]:
        inline[True] = [SecurityGroupRule(IpProtocol="-1", CidrIp="127.0.0.1/32", Description="No egress")]
    template.add_resource(
        SecurityGroup(
            logical(group["name"]),
            GroupName=group["aws_name"],
            GroupDescription=group["description"],
            VpcId=data["vpc"],
            SecurityGroupIngress=inline[False],
            SecurityGroupEgress=inline[True],
        )
    )


def add_references(template: Template, group: dict[str, Any]) -> None:
    """The rules of a group that name other groups."""
    own = logical(group["name"])
    for egress, low, high, kind, peer, why in group["rules"]:
        if kind == "group":
            common = {"GroupId": GetAtt(own, "GroupId"), "IpProtocol": "tcp", "FromPort": low, "ToPort": high}
            other = GetAtt(logical(peer), "GroupId")
            name = f"{own}{'to' if egress else 'from'}{logical(peer)}x{low}"
            template.add_resource(
                SecurityGroupEgress(name, DestinationSecurityGroupId=other, Description=why, **common)
                if egress
                else SecurityGroupIngress(name, SourceSecurityGroupId=other, Description=why, **common)
            )


def main() -> None:
    """Make all objects and write them."""
    source, folder = sys.argv[1:]
    troposphere.MAX_RESOURCES = sys.maxsize  # else 500 resources are an error
    data = json.loads(Path(source).read_text("utf-8"))
    template = Template()
    lists: dict[str, Any] = {data["managed"]: "pl-6da54004"}
    for name, entries in data["lists"].items():
        made = [Entry(Cidr=cidr) for cidr in entries]
        settings = {"PrefixListName": name, "AddressFamily": "IPv4", "MaxEntries": len(entries), "Entries": made}
        template.add_resource(PrefixList(logical(name), **settings))
        lists[name] = GetAtt(logical(name), "PrefixListId")
    for group in data["groups"]:
        add_group(template, data, group, lists)
    for group in data["groups"]:
        add_references(template, group)
    Path(folder).mkdir(parents=True, exist_ok=True)
    (Path(folder) / "template.json").write_text(template.to_json(), "utf-8")


if __name__ == "__main__":
    main()

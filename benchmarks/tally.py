"""What rules an output holds, whoever wrote it: ``python benchmarks/tally.py terraform|cloudformation FILE...``.

Prints how many rules there are and a digest of them, each with its group's AWS name, direction, ports and peer, so that
two outputs with the same line have the same rules. Knows the two formats, and nothing of sgstrat, which has a reader of
its own. ``python benchmarks/tally.py rules RULES.json`` gives the same line for what was to be built.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

Fact = tuple[str, bool, str, int, int, str, str]
_REFERENCE = re.compile(r"\$\{(?:data\.)?(\w+)\.([\w-]+)\.id\}")
_GROUP = "AWS::EC2::SecurityGroup"
_NOTHING = "127.0.0.1/32"  # the rule that stands for no egress


def main() -> None:
    """Print the line."""
    kind, *files = sys.argv[1:]
    print(tally(kind, [json.loads(Path(file).read_text("utf-8")) for file in files]))


def tally(kind: str, documents: list[Any]) -> str:
    """``COUNT DIGEST`` of the rules in some documents of one kind: ``terraform``, ``cloudformation`` or ``rules``."""
    facts = sorted({"rules": _wanted, "terraform": _terraform, "cloudformation": _cloudformation}[kind](documents))
    return f"{len(facts)} {hashlib.sha256(repr(facts).encode()).hexdigest()[:16]}"


def _wanted(documents: Iterable[Any]) -> Iterator[Fact]:
    for data in documents:
        names = {group["name"]: group["aws_name"] for group in data["groups"]}
        for group in data["groups"]:
            for egress, low, high, kind, peer, _ in group["rules"]:
                yield group["aws_name"], egress, "tcp", low, high, kind, _named(kind, names.get(peer, peer))


def _terraform(documents: Iterable[Any]) -> Iterator[Fact]:
    for data in documents:
        groups = {key: value["name"] for key, value in data["resource"]["aws_security_group"].items()}
        for direction in ("ingress", "egress"):
            for rule in data["resource"].get(f"aws_vpc_security_group_{direction}_rule", {}).values():
                own = _group_of(rule["security_group_id"], groups)
                if "cidr_ipv4" in rule:
                    kind, peer = "cidr", rule["cidr_ipv4"]
                elif "prefix_list_id" in rule:
                    kind, peer = "list", ""
                else:
                    kind, peer = "group", _group_of(rule["referenced_security_group_id"], groups)
                yield own, direction == "egress", rule["ip_protocol"], rule["from_port"], rule["to_port"], kind, peer


def _group_of(text: str, groups: dict[str, str]) -> str:
    found = _REFERENCE.fullmatch(text)
    if found is None or found[1] != "aws_security_group":
        raise ValueError(f"not a reference to a group: {text}")
    return groups[found[2]]


def _cloudformation(documents: list[Any]) -> Iterator[Fact]:
    """Several templates are one: their logical ids differ, or mean the same group."""
    templates = [data for data in documents if "Resources" in data]
    resources = [item for data in templates for item in data["Resources"].items()]
    groups = {key: value["Properties"]["GroupName"] for key, value in resources if value["Type"] == _GROUP}
    for output in (each for data in templates for each in data.get("Outputs", {}).values()):
        value = output["Value"]
        if "Export" in output and isinstance(value, dict) and value.get("Fn::GetAtt", [""])[0] in groups:
            groups[output["Export"]["Name"]] = groups[value["Fn::GetAtt"][0]]
    for key, value in resources:
        properties = value["Properties"]
        for direction in ("Ingress", "Egress"):
            if value["Type"] == _GROUP:
                for rule in properties.get(f"SecurityGroup{direction}", ()):
                    if rule.get("CidrIp") != _NOTHING and rule.get("CidrIp") != "255.255.255.255/32":
                        yield _of_template(groups[key], direction, rule, groups)
            elif value["Type"] == f"{_GROUP}{direction}":
                yield _of_template(_group_meant(properties["GroupId"], groups), direction, properties, groups)


def _of_template(own: str, direction: str, rule: dict[str, Any], groups: dict[str, str]) -> Fact:
    egress = direction == "Egress"
    end = "Destination" if egress else "Source"
    if "CidrIp" in rule:
        kind, peer = "cidr", rule["CidrIp"]
    elif f"{end}PrefixListId" in rule:
        kind, peer = "list", ""
    else:
        kind, peer = "group", _group_meant(rule[f"{end}SecurityGroupId"], groups)
    return own, egress, rule["IpProtocol"], rule["FromPort"], rule["ToPort"], kind, peer


def _group_meant(value: dict[str, Any], groups: dict[str, str]) -> str:
    """The group of this template, or of another that exports it."""
    return groups[value["Fn::GetAtt"][0] if "Fn::GetAtt" in value else value["Fn::ImportValue"]]


def _named(kind: str, peer: str) -> str:
    """Lists have ids that tools find in different ways, so it is told that there is one."""
    return "" if kind == "list" else peer


if __name__ == "__main__":
    main()

"""A stand-in of an AWS account that templates are deployed to, stack by stack, as CloudFormation would.

Knows what CloudFormation and EC2 refuse: an import that nobody exports, an export that is taken away while it is
imported, a rule that is there already, two groups of one name. Imports no compiler.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

SECTIONS = ("Resources", "Outputs", "Parameters")
MOST = {"Resources": 500, "Outputs": 200, "Parameters": 200}


class Permission(NamedTuple):
    """A rule as EC2 has it; ids are physical."""

    group: str
    direction: str
    protocol: str
    ports: tuple[Any, Any]
    peer: str


class _Stack(NamedTuple):
    template: dict[str, Any]
    ids: dict[str, str]
    imports: frozenset[str]


class Account:
    """What there is: groups by physical id, rules with their descriptions, lists, exports by name."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.rules: dict[Permission, str] = {}
        self.lists: dict[str, tuple[str, ...]] = {}
        self.exports: dict[str, tuple[str, str]] = {}
        self.outputs: dict[str, str] = {}
        self.stacks: dict[str, _Stack] = {}
        self.made = 0
        self.revoked: list[Permission] = []

    def deploy(self, name: str, text: str) -> None:
        """Create or update a stack: first what is new, then what is no longer there goes."""
        template = json.loads(text)
        for section, most in MOST.items():
            assert len(template.get(section, {})) <= most
        assert len(text.encode()) <= 1_000_000
        before = self.stacks.get(name, _Stack({"Resources": {}}, {}, frozenset()))
        imports: set[str] = set()
        ids = dict(before.ids)
        for logical in template["Resources"]:
            if logical not in ids:
                self.made += 1
                ids[logical] = f"{name}/{logical}/{self.made}"
        new = self._rules(template, ids, imports)
        old = self._rules(before.template, ids, set())
        self._groups(template, ids)
        self._outputs(name, template, ids, imports)
        for permission, description in new.items():
            if permission not in old:
                assert permission not in self.rules, f"InvalidPermission.Duplicate: {permission}"
            self.rules[permission] = description
        for permission in old.keys() - new.keys():
            del self.rules[permission]
            self.revoked.append(permission)
        for logical in before.ids.keys() - template["Resources"].keys():
            gone = ids.pop(logical)
            assert not any(gone in (each.group, each.peer) for each in self.rules), f"DependencyViolation: {gone}"
            self.names.pop(gone, None)
            self.lists.pop(gone, None)
        self.stacks[name] = _Stack(template, ids, frozenset(imports))

    def delete(self, name: str) -> None:
        """Delete a stack."""
        self.deploy(name, json.dumps({"Resources": {}}))
        del self.stacks[name]

    def _value(self, value: Any, ids: dict[str, str], imports: set[str]) -> str:
        if isinstance(value, str):
            return value
        ((function, argument),) = value.items()
        if function == "Fn::GetAtt":
            return ids[argument[0]]
        if function == "Ref":
            return f"parameter {argument}"
        if function == "Fn::Join":
            return str(argument[0]).join(self._value(each, ids, imports) for each in argument[1])
        assert function == "Fn::ImportValue"
        assert argument in self.exports, f"No export named {argument} found"
        imports.add(argument)
        return self.exports[argument][1]

    def _rules(self, template: dict[str, Any], ids: dict[str, str], imports: set[str]) -> dict[Permission, str]:
        found: dict[Permission, str] = {}
        for logical, body in template["Resources"].items():
            given = body.get("Properties", {})
            kind = body["Type"].removeprefix("AWS::EC2::SecurityGroup")
            pairs = [(kind.lower(), given)] if kind in ("Ingress", "Egress") else []
            if kind == "":
                pairs = [
                    (side, rule)
                    for side in ("ingress", "egress")
                    for rule in given.get(f"SecurityGroup{side.title()}", [])
                ]
            for direction, rule in pairs:
                group = ids[logical] if kind == "" else self._value(rule["GroupId"], ids, imports)
                side = "Source" if direction == "ingress" else "Destination"
                ends = ("CidrIp", "CidrIpv6", f"{side}SecurityGroupId", f"{side}PrefixListId")
                (peer,) = (self._value(rule[end], ids, imports) for end in ends if end in rule)
                permission = Permission(
                    group, direction, rule["IpProtocol"], (rule.get("FromPort"), rule.get("ToPort")), peer
                )
                assert permission not in found, f"InvalidPermission.Duplicate: {permission}"
                found[permission] = rule["Description"]
        return found

    def _groups(self, template: dict[str, Any], ids: dict[str, str]) -> None:
        for logical, body in template["Resources"].items():
            given = body.get("Properties", {})
            if body["Type"] == "AWS::EC2::SecurityGroup":
                others = {name for each, name in self.names.items() if each != ids[logical]}
                assert given["GroupName"] not in others, f"InvalidGroup.Duplicate: {given['GroupName']}"
                assert given["SecurityGroupEgress"], "CloudFormation would allow all egress"
                self.names[ids[logical]] = given["GroupName"]
            elif body["Type"] == "AWS::EC2::PrefixList":
                self.lists[ids[logical]] = tuple(entry["Cidr"] for entry in given.get("Entries", []))

    def _outputs(self, name: str, template: dict[str, Any], ids: dict[str, str], imports: set[str]) -> None:
        exports: dict[str, str] = {}
        for logical, output in template.get("Outputs", {}).items():
            value = self._value(output["Value"], ids, imports)
            if "Export" in output:
                exports[output["Export"]["Name"]] = value
            else:
                self.outputs[logical] = value
        for export in [each for each, (owner, _) in self.exports.items() if owner == name]:
            if export not in exports:
                users = [other for other, stack in self.stacks.items() if other != name and export in stack.imports]
                assert not users, f"Export {export} cannot be deleted as it is in use by {users}"
                del self.exports[export]
        for export, value in exports.items():
            owner, known = self.exports.get(export, (name, value))
            assert (owner, known) == (name, value), f"Export {export} is already exported by stack {owner}"
            self.exports[export] = (name, value)

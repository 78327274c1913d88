"""The rulebook's groups, rules and prefix lists as resources. Translates only, counts nothing.

Groups and prefix lists pass through troposphere's types. Rules, of which there are many times more, are plain data, and
the tests hold them to the types.

Property order is writing order: what a rule is, whom it is for, why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from troposphere import Tag, Tags, ec2  # type: ignore[import-untyped]

from sgstrat.formats.cloudformation.ids import list_id
from sgstrat.formats.cloudformation.parts import Stack
from sgstrat.formats.cloudformation.scanners import scanner_metadata
from sgstrat.formats.cloudformation.values import Values
from sgstrat.formats.suppress import Suppression
from sgstrat.formats.units import GroupRules
from sgstrat.net.cidr import FAMILY_NAMES
from sgstrat.rulebook.identity import logical_id, rule_logical_id
from sgstrat.rulebook.model import DIRECTIONS, Direction, Group, PrefixList, Rule

_PEER_PROPERTIES: dict[Direction, dict[str, str]] = {
    "ingress": {"group": "SourceSecurityGroupId", "prefix_list": "SourcePrefixListId"},
    "egress": {"group": "DestinationSecurityGroupId", "prefix_list": "DestinationPrefixListId"},
}

SENTINEL_CIDR = "127.0.0.1/32"
"""The loopback address never leaves a host: AWS CDK's own way to say "no egress", which scanners exempt."""

_SENTINEL = {
    "IpProtocol": "-1",
    "CidrIp": SENTINEL_CIDR,
    "Description": "No egress to addresses: this matches no traffic, and without it AWS allows all",
}
_RULE_TYPES: dict[Direction, str] = {
    "ingress": "AWS::EC2::SecurityGroupIngress",
    "egress": "AWS::EC2::SecurityGroupEgress",
}


Resource = tuple[str, dict[str, Any]]
"""A logical id and what it stands for."""


def resources(stack: Stack, ids: Values) -> Iterator[Resource]:
    """All resources: prefix lists, then each group with its rules behind it, so that a new rule only adds lines."""
    created = {group.key for group in stack.groups}
    for item in stack.lists:
        yield prefix_list(stack, item)
    for part in stack.unit.groups:
        if part.group.key in created:
            yield security_group(stack, part, ids)
        yield from standalone_rules(stack, part, ids)


def prefix_list(stack: Stack, item: PrefixList) -> Resource:
    """An own prefix list."""
    own = ("sgstrat:prefix-list", item.identity)
    fields: dict[str, Any] = {
        "PrefixListName": item.name,
        "AddressFamily": FAMILY_NAMES[item.family],
        "MaxEntries": len(item.entries) if item.max_entries is None else item.max_entries,
    }
    if item.entries:
        fields["Entries"] = [
            ec2.Entry(Cidr=entry.cidr, **({"Description": entry.description} if entry.description else {}))
            for entry in item.entries
        ]
    tags = _tags(stack, own, item.name or item.key, item.tags)
    made = ec2.PrefixList(list_id(item), **fields, Tags=tags)
    return list_id(item), {"Type": made.resource_type, "Properties": made.to_dict()["Properties"]}


def security_group(stack: Stack, part: GroupRules, ids: Values) -> Resource:
    """A group with its address rules inline. Egress is never left out: CloudFormation would then allow all of it."""
    group = part.group
    inline = [_properties(rule, "ingress", ids) for rule in part.ingress if not stack.stands_alone(rule)]
    outward = [_properties(rule, "egress", ids) for rule in part.egress if not stack.stands_alone(rule)]
    name = logical_id(group.identity)
    tags = _tags(stack, ("sgstrat:group", group.identity), group.name, group.tags)
    made = ec2.SecurityGroup(name, GroupName=group.name, GroupDescription=group.description, Tags=tags)
    properties = made.to_dict()["Properties"]
    last = properties.pop("Tags")
    properties["VpcId"] = ids.vpc
    if inline:
        properties["SecurityGroupIngress"] = inline
    properties["SecurityGroupEgress"] = outward or [_SENTINEL]
    properties["Tags"] = last
    return name, {"Type": made.resource_type, **_group_metadata(stack, part), "Properties": properties}


def _group_metadata(stack: Stack, part: GroupRules) -> dict[str, Any]:
    inline: dict[Direction, list[Rule]] = {"ingress": [], "egress": []}
    alone: dict[Direction, list[Rule]] = {"ingress": [], "egress": []}
    for direction in DIRECTIONS:
        for rule in part.ingress if direction == "ingress" else part.egress:
            (alone if stack.stands_alone(rule) else inline)[direction].append(rule)
    found = stack.suppressions.of(part.group.key, inline["ingress"], inline["egress"], alone)
    return _metadata((*inline["ingress"], *inline["egress"]), found)


def standalone_rules(stack: Stack, part: GroupRules, ids: Values) -> Iterator[Resource]:
    """The rules of a group that are resources of their own, ingress before egress."""
    for rule in part.ingress:
        if stack.stands_alone(rule):
            yield _standalone(stack, part.group, "ingress", rule, ids)
    for rule in part.egress:
        if stack.stands_alone(rule):
            yield _standalone(stack, part.group, "egress", rule, ids)


def _standalone(stack: Stack, group: Group, direction: Direction, rule: Rule, ids: Values) -> Resource:
    """One rule. Its properties are made and validated without troposphere, of whose time there would be most."""
    found = stack.suppressions.of(group.key, *(((rule,), ()) if direction == "ingress" else ((), (rule,))))
    return rule_logical_id(group.identity, direction, rule.identity), {
        "Type": _RULE_TYPES[direction],
        **_metadata((rule,), found),
        "Properties": {"GroupId": ids.group(group.key), **_properties(rule, direction, ids)},
    }


def _metadata(rules: Iterable[Rule], found: Sequence[Suppression]) -> dict[str, Any]:
    """Resource metadata: alarms that are suppressed, and E3688 where cfn-lint would report it by mistake.

    E3688 is "both ports must be -1 when one is -1". A type with any code (128, -1) is what EC2 takes for ICMPv6 as for
    ICMP (API reference, IpPermission), but cfn-lint exempts ICMP alone.
    """
    entries = scanner_metadata(found) if found else {}
    if any(rule.protocol == "icmpv6" and rule.to_port == -1 != rule.from_port for rule in rules):
        entries = {"cfn-lint": {"config": {"ignore_checks": ["E3688"]}}, **entries}
    return {"Metadata": entries} if entries else {}


def _properties(rule: Rule, direction: Direction, ids: Values) -> dict[str, Any]:
    fields: dict[str, Any] = {"IpProtocol": rule.protocol}
    if rule.from_port is not None:
        fields["FromPort"] = rule.from_port
        fields["ToPort"] = rule.to_port
    kind, name = rule.peer
    if kind == "cidr":
        fields["CidrIpv6" if ":" in name else "CidrIp"] = name
    elif kind == "prefix_list":
        fields[_PEER_PROPERTIES[direction][kind]] = ids.prefix_list(name)
    else:
        fields[_PEER_PROPERTIES[direction][kind]] = ids.group(name)
        if direction == "ingress" and name in ids.owners:  # the egress resource has no such property
            fields["SourceSecurityGroupOwnerId"] = ids.owners[name]
    fields["Description"] = rule.description
    return fields


def _tags(stack: Stack, own: tuple[str, str], name: str, tags: tuple[tuple[str, str], ...]) -> Any:
    """What sgstrat says of a resource, its name for the console unless the strategy sets one, the strategy's tags."""
    book = stack.rulebook
    pairs = [
        ("sgstrat:strategy", book.strategy),
        ("sgstrat:environment", book.environment),
        ("sgstrat:vpc", book.vpc.name),
        own,
    ]
    if not any(key == "Name" for key, _ in tags):
        pairs.append(("Name", name))
    return Tags(*(Tag(key, value) for key, value in (*pairs, *sorted(tags))))

"""The rulebook's groups, rules and prefix lists as troposphere's typed resources. Translates only, counts nothing.

Property order is writing order: what a rule is, whom it is for, why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from troposphere import GetAtt, ImportValue, Ref, Tag, Tags, ec2  # type: ignore[import-untyped]

from sgstrat.formats.cloudformation.ids import (
    export_name,
    group_parameter_id,
    list_id,
    list_parameter_id,
    vpc_parameter_id,
)
from sgstrat.formats.cloudformation.parts import Stack, foreign_account
from sgstrat.formats.cloudformation.scanners import scanner_metadata
from sgstrat.formats.suppress import Suppression
from sgstrat.formats.units import GroupRules
from sgstrat.rulebook.identity import logical_id, rule_logical_id
from sgstrat.rulebook.model import DIRECTIONS, Direction, Group, IdSource, PrefixList, Rule

_PEER_PROPERTIES: dict[Direction, dict[str, str]] = {
    "ingress": {"group": "SourceSecurityGroupId", "prefix_list": "SourcePrefixListId"},
    "egress": {"group": "DestinationSecurityGroupId", "prefix_list": "DestinationPrefixListId"},
}
_FAMILY_NAMES = {"ipv4": "IPv4", "ipv6": "IPv6"}

SENTINEL_CIDR = "127.0.0.1/32"
"""The loopback address never leaves a host: AWS CDK's own way to say "no egress", which scanners exempt."""


class Values(NamedTuple):
    """What stands for an id: text or an intrinsic function. ``owners`` are the accounts of other accounts' groups."""

    groups: dict[str, Any]
    lists: dict[str, Any]
    owners: dict[str, str]
    vpc: Any


def values(stack: Stack) -> Values:
    """The ids that the rules of a template may name, by key."""
    book = stack.rulebook
    groups: dict[str, Any] = {}
    for group in book.groups:
        export = export_name(book.strategy, book.environment, book.vpc.name, group.identity)
        groups[group.key] = ImportValue(export) if stack.linked else GetAtt(logical_id(group.identity), "GroupId")
    for existing in book.existing:
        groups[existing.key] = _id(existing.id, group_parameter_id(existing.key))
    for other in book.references:
        if other.kind == "group":
            export = export_name(other.strategy, other.environment, other.vpc, other.identity)
            groups[other.key] = Ref(group_parameter_id(other.key)) if other.account else ImportValue(export)
    lists = {
        item.key: GetAtt(list_id(item), "PrefixListId")
        if item.origin == "own"
        else _id(item.id, list_parameter_id(item.key))
        for item in book.prefix_lists
    }
    owners = {item.key: item.account for item in book.existing if item.account and foreign_account(book, item)}
    owners.update({item.key: item.account for item in book.references if item.account})
    return Values(groups, lists, owners, _id(book.vpc.id, vpc_parameter_id(book)))


def _id(source: IdSource, parameter: str) -> Any:
    return Ref(parameter) if source.literal is None else source.literal


def resources(stack: Stack) -> Iterator[Any]:
    """All resources: prefix lists, then each group with its rules behind it, so that a new rule only adds lines."""
    ids = values(stack)
    for item in stack.lists:
        yield prefix_list(stack, item)
    for part in stack.unit.groups:
        if not stack.linked:
            yield security_group(stack, part, ids)
        yield from standalone_rules(stack, part, ids)


def prefix_list(stack: Stack, item: PrefixList) -> Any:
    """An own prefix list."""
    own = ("sgstrat:prefix-list", item.identity or item.key)
    fields: dict[str, Any] = {
        "PrefixListName": item.name,
        "AddressFamily": _FAMILY_NAMES[item.family],
        "MaxEntries": len(item.entries) if item.max_entries is None else item.max_entries,
    }
    if item.entries:
        fields["Entries"] = [
            ec2.Entry(Cidr=entry.cidr, **({"Description": entry.description} if entry.description else {}))
            for entry in item.entries
        ]
    return ec2.PrefixList(list_id(item), **fields, Tags=_tags(stack, own, item.name or item.key, item.tags))


def security_group(stack: Stack, part: GroupRules, ids: Values) -> Any:
    """A group with its address rules inline. Egress is never left out: CloudFormation would then allow all of it."""
    group = part.group
    inline = [_inline(rule, "ingress", ids) for rule in part.ingress if not stack.stands_alone(rule)]
    fields: dict[str, Any] = {"GroupName": group.name, "GroupDescription": group.description, "VpcId": ids.vpc}
    if inline:
        fields["SecurityGroupIngress"] = inline
    outward = [_inline(rule, "egress", ids) for rule in part.egress if not stack.stands_alone(rule)]
    fields["SecurityGroupEgress"] = outward or [_sentinel()]
    fields["Tags"] = _tags(stack, ("sgstrat:group", group.identity), group.name, group.tags)
    return ec2.SecurityGroup(logical_id(group.identity), **fields, **_group_metadata(stack, part))


def _group_metadata(stack: Stack, part: GroupRules) -> dict[str, Any]:
    inline: dict[Direction, list[Rule]] = {"ingress": [], "egress": []}
    alone: dict[Direction, list[Rule]] = {"ingress": [], "egress": []}
    for direction in DIRECTIONS:
        for rule in part.ingress if direction == "ingress" else part.egress:
            (alone if stack.stands_alone(rule) else inline)[direction].append(rule)
    found = stack.suppressions.of(part.group.key, inline["ingress"], inline["egress"], alone)
    return _metadata((*inline["ingress"], *inline["egress"]), found)


def standalone_rules(stack: Stack, part: GroupRules, ids: Values) -> Iterator[Any]:
    """The rules of a group that are resources of their own, ingress before egress."""
    for rule in part.ingress:
        if stack.stands_alone(rule):
            yield _standalone(stack, part.group, "ingress", rule, ids)
    for rule in part.egress:
        if stack.stands_alone(rule):
            yield _standalone(stack, part.group, "egress", rule, ids)


def _standalone(stack: Stack, group: Group, direction: Direction, rule: Rule, ids: Values) -> Any:
    """One rule, validated by troposphere, but for protocols that are numbers, for which it wrongly demands ports.

    EC2 takes ports with TCP, UDP and ICMP alone and ignores them with other numbers (API reference, IpPermission).
    """
    make = ec2.SecurityGroupIngress if direction == "ingress" else ec2.SecurityGroupEgress
    name = rule_logical_id(group.identity, direction, rule.identity)
    found = stack.suppressions.of(group.key, *(((rule,), ()) if direction == "ingress" else ((), (rule,))))
    resource = make(
        name, GroupId=ids.groups[group.key], **_properties(rule, direction, ids), **_metadata((rule,), found)
    )
    return resource.no_validation() if rule.protocol.isdigit() else resource


def _metadata(rules: Iterable[Rule], found: Sequence[Suppression]) -> dict[str, Any]:
    """Resource metadata: alarms that are suppressed, and E3688 where cfn-lint would report it by mistake.

    E3688 is "both ports must be -1 when one is -1". A type with any code (128, -1) is what EC2 takes for ICMPv6 as for
    ICMP (API reference, IpPermission), but cfn-lint exempts ICMP alone.
    """
    entries = scanner_metadata(found) if found else {}
    if any(rule.protocol == "icmpv6" and rule.to_port == -1 != rule.from_port for rule in rules):
        entries = {"cfn-lint": {"config": {"ignore_checks": ["E3688"]}}, **entries}
    return {"Metadata": entries} if entries else {}


def _inline(rule: Rule, direction: Direction, ids: Values) -> Any:
    return ec2.SecurityGroupRule(**_properties(rule, direction, ids))


def _properties(rule: Rule, direction: Direction, ids: Values) -> dict[str, Any]:
    fields: dict[str, Any] = {"IpProtocol": rule.protocol}
    if rule.from_port is not None:
        fields["FromPort"] = rule.from_port
        fields["ToPort"] = rule.to_port
    kind, name = rule.peer
    if kind == "cidr":
        fields["CidrIpv6" if ":" in name else "CidrIp"] = name
    elif kind == "prefix_list":
        fields[_PEER_PROPERTIES[direction][kind]] = ids.lists[name]
    else:
        fields[_PEER_PROPERTIES[direction][kind]] = ids.groups[name]
        if direction == "ingress" and name in ids.owners:  # the egress resource has no such property
            fields["SourceSecurityGroupOwnerId"] = ids.owners[name]
    fields["Description"] = rule.description
    return fields


def _sentinel() -> Any:
    return ec2.SecurityGroupRule(
        IpProtocol="-1",
        CidrIp=SENTINEL_CIDR,
        Description="No egress to addresses: this matches no traffic, and without it AWS allows all",
    )


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

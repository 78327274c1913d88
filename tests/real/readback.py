"""What AWS (here moto) says is there, and what a rulebook says should be: both as sets of plain tuples."""

from __future__ import annotations

from typing import Any

# group key, is egress, protocol, first port, last port, peer
RuleTuple = tuple[str, bool, str, int, int, str]


def observed(
    ec2: Any, strategy: str, environment: str, vpc: str
) -> tuple[dict[str, Any], set[RuleTuple], dict[RuleTuple, str]]:
    """Groups by their sgstrat:group tag, their rules with ids as peers, and the rules' descriptions."""
    groups = {}
    for page in ec2.get_paginator("describe_security_groups").paginate():
        for group in page["SecurityGroups"]:
            tags = {tag["Key"]: tag["Value"] for tag in group.get("Tags", ())}
            place = (tags.get("sgstrat:strategy"), tags.get("sgstrat:environment"), tags.get("sgstrat:vpc"))
            if place == (strategy, environment, vpc) and "sgstrat:group" in tags:
                groups[tags["sgstrat:group"]] = {**group, "TagMap": tags}
    by_id = {group["GroupId"]: key for key, group in groups.items()}
    rules: set[RuleTuple] = set()
    descriptions = {}
    for page in ec2.get_paginator("describe_security_group_rules").paginate():
        for rule in page["SecurityGroupRules"]:
            if rule["GroupId"] in by_id:
                item = _rule(by_id[rule["GroupId"]], rule)
                assert item not in rules, f"twice: {item}"
                rules.add(item)
                descriptions[item] = rule.get("Description", "")
    return groups, rules, descriptions


def _rule(group: str, rule: dict[str, Any]) -> RuleTuple:
    peer = (
        rule.get("CidrIpv4")
        or rule.get("CidrIpv6")
        or rule.get("PrefixListId")
        or rule["ReferencedGroupInfo"]["GroupId"]
    )
    return (group, rule["IsEgress"], rule["IpProtocol"], rule.get("FromPort", -1), rule.get("ToPort", -1), peer)


def expected(book: dict[str, Any], ids: dict[str, str]) -> tuple[set[RuleTuple], dict[RuleTuple, str]]:
    """The rules of rulebook.json, its names replaced by ``ids``, and their descriptions."""
    rules: set[RuleTuple] = set()
    descriptions = {}
    for key, group in book["groups"].items():
        identity = group.get("formerly", [key])[0]
        for direction in ("ingress", "egress"):
            for rule in group[direction]:
                ((kind, name),) = rule["peer"].items()
                ports = [-1 if rule[end] is None else rule[end] for end in ("from_port", "to_port")]
                item = (
                    identity,
                    direction == "egress",
                    rule["protocol"],
                    *ports,
                    name if kind == "cidr" else ids[name],
                )
                rules.add(item)
                descriptions[item] = rule["description"]
    return rules, descriptions

"""How AWS counts rules: per direction and address family, by weight.

A CIDR rule counts 1 in its family; a rule that names a prefix list counts the list's weight in its family (a customer
list its ``max_entries``, an AWS-managed one its published weight); a rule that names a group counts 1 in both.
In CloudFormation a group without any address egress carries one IPv4 sentinel rule.
Source: Amazon VPC quotas, security groups; Work with AWS-managed prefix lists, weight.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sgstrat.net.cidr import FAMILIES, Family
from sgstrat.rulebook.model import DIRECTIONS, Direction, Group, Rule, Rulebook


class Load(NamedTuple):
    """The use of one group in one direction and family: its parts by what they are."""

    direction: Direction
    family: Family
    cidrs: int
    references: int
    lists: tuple[tuple[str, int, int], ...]
    sentinel: int

    @property
    def total(self) -> int:
        return self.cidrs + self.references + self.sentinel + sum(weight * count for _, weight, count in self.lists)

    def spelled(self) -> str:
        """The sum in words: ``3 CIDR rules + 2 group references + prefix list s3 (1 x 2) = 7``."""
        parts = []
        if self.cidrs:
            parts.append(
                f"{self.cidrs} {'IPv4' if self.family == 'ipv4' else 'IPv6'} CIDR rule{'s' * (self.cidrs > 1)}"
            )
        if self.references:
            parts.append(f"{self.references} group reference{'s' * (self.references > 1)}")
        parts += [
            f"prefix list {name} ({weight} in each of {count} rule{'s' * (count > 1)})"
            for name, weight, count in self.lists
        ]
        if self.sentinel:
            parts.append("1 sentinel that CloudFormation needs")
        return " + ".join(parts) + f" = {self.total}"


def loads(book: Rulebook, group: Group, formats: frozenset[str]) -> Iterator[Load]:
    """The four loads of a group: ingress and egress, IPv4 and IPv6."""
    lists = {each.key: each for each in book.prefix_lists}
    for direction in DIRECTIONS:
        rules = group.rules(direction)
        for family in FAMILIES:
            counted: dict[str, int] = {}
            for rule in rules:
                if rule.peer.kind == "prefix_list" and lists[rule.peer.name].family == family:
                    counted[rule.peer.name] = counted.get(rule.peer.name, 0) + 1
            yield Load(
                direction,
                family,
                sum(1 for rule in rules if _is_cidr_of(rule, family)),
                sum(1 for rule in rules if rule.peer.kind == "group"),
                tuple((name, lists[name].weight, count) for name, count in sorted(counted.items())),
                int(_has_sentinel(direction, family, rules, formats)),
            )


def _is_cidr_of(rule: Rule, family: Family) -> bool:
    return rule.peer.kind == "cidr" and (":" in rule.peer.name) == (family == "ipv6")


def _has_sentinel(direction: Direction, family: Family, rules: tuple[Rule, ...], formats: frozenset[str]) -> bool:
    if direction != "egress" or family != "ipv4" or "cloudformation" not in formats:
        return False
    return all(rule.peer.kind == "group" for rule in rules)

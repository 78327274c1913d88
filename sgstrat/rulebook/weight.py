"""How AWS counts rules: per direction and address family, by weight.

A CIDR rule counts 1 in its family; a rule that names a prefix list counts the list's weight in its family (a customer
list its ``max_entries``, an AWS-managed one its published weight); a rule that names a group counts 1 in both.
In CloudFormation a group without any address egress carries one IPv4 sentinel rule. Everything that counts rules
counts them here: checks, what divides groups, tables. Knows no quota.
Source: Amazon VPC quotas, security groups; Work with AWS-managed prefix lists, weight.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from sgstrat.net.cidr import FAMILIES, FAMILY_NAMES, Family
from sgstrat.rulebook.model import DIRECTIONS, Direction, Group, Peer, PrefixList, Rule, Rulebook


class Part(NamedTuple):
    """What a sum is made of: ``number`` things of the same ``weight``. ``what`` is in singular or plural."""

    what: str
    number: int
    weight: int = 1

    @property
    def said(self) -> str:
        """``3 IPv4 CIDR rules``, ``prefix list s3 (1 in each of 2 rules)``."""
        if self.what.startswith(LIST):
            return f"{self.what} ({self.weight} in each of {self.number} rule{'s' * (self.number > 1)})"
        return f"{self.number} {self.what}"


LIST = "prefix list "


def spelled(parts: Iterable[Part]) -> str:
    """The sum in words: ``3 IPv4 CIDR rules + prefix list s3 (1 in each of 2 rules) = 5``."""
    kept = tuple(parts)
    return " + ".join(part.said for part in kept) + f" = {sum(part.weight * part.number for part in kept)}"


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

    @property
    def parts(self) -> tuple[Part, ...]:
        """All that counts, by what it is."""
        found = []
        if self.cidrs:
            found.append(Part(f"{FAMILY_NAMES[self.family]} CIDR rule{'s' * (self.cidrs > 1)}", self.cidrs))
        if self.references:
            found.append(Part(f"group reference{'s' * (self.references > 1)}", self.references))
        found += [Part(LIST + name, count, weight) for name, weight, count in self.lists]
        if self.sentinel:
            found.append(Part("sentinel that CloudFormation needs", 1))
        return tuple(found)

    def spelled(self) -> str:
        """The sum in words."""
        return spelled(self.parts)


def weights(peer: Peer, lists: Mapping[str, PrefixList]) -> tuple[int, int]:
    """What a rule with this peer counts in IPv4 and in IPv6. ``lists`` are the rulebook's prefix lists by key."""
    kind, name = peer
    if kind == "group":
        return (1, 1)
    if kind == "cidr":
        return (0, 1) if ":" in name else (1, 0)
    each = lists[name]
    return (each.weight, 0) if each.family == "ipv4" else (0, each.weight)


def loads(book: Rulebook, group: Group, formats: frozenset[str]) -> Iterator[Load]:
    """The four loads of a group: ingress and egress, IPv4 and IPv6."""
    lists = {each.key: each for each in book.prefix_lists}
    for direction in DIRECTIONS:
        cidrs, references, named = _counted(group.rules(direction))
        needs_sentinel = direction == "egress" and "cloudformation" in formats and not (any(cidrs.values()) or named)
        for family in FAMILIES:
            yield Load(
                direction,
                family,
                cidrs[family],
                references,
                tuple((key, lists[key].weight, named[key]) for key in sorted(named) if lists[key].family == family),
                int(needs_sentinel and family == "ipv4"),
            )


def _counted(rules: tuple[Rule, ...]) -> tuple[dict[Family, int], int, dict[str, int]]:
    """How many rules have a CIDR of each family, a group, and each prefix list."""
    four = six = references = 0
    named: dict[str, int] = {}
    for rule in rules:
        kind, name = rule.peer
        if kind == "cidr":
            if ":" in name:
                six += 1
            else:
                four += 1
        elif kind == "group":
            references += 1
        else:
            named[name] = named.get(name, 0) + 1
    return {"ipv4": four, "ipv6": six}, references, named

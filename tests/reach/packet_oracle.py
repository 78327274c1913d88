"""Reachability once more, packet by packet, from the rulebooks alone: slow, plain, and written apart from the package.

A packet is (protocol, first, second, sender, receiver); first and second are ports twice, or ICMP type and code.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

from sgstrat.rulebook.model import Rule, Rulebook, TargetName

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Kind = tuple[str, int]
KINDS: tuple[Kind, ...] = (
    ("tcp", 1), ("tcp", 2), ("tcp", 3), ("udp", 1), ("udp", 2), ("icmp", 8 * 256), ("icmp", 8 * 256 + 1),
    ("icmpv6", 128 * 256), ("50", 0), ("47", 0),
)  # fmt: skip
NUMBER = {"tcp": 6, "udp": 17, "icmp": 1, "icmpv6": 58, "50": 50, "47": 47}
# Somebody outside, in and out of the blocks that rules name; nobody is at the last one of each family.
STRANGERS = tuple(
    ipaddress.ip_address(text) for text in ("20.0.0.0", "20.0.0.1", "20.0.0.3", "30.0.0.9", "2600::1", "2600::5")
)


@dataclass(frozen=True)
class Machine:
    """An interface with all that it carries, or (no target) a stranger."""

    name: str
    target: TargetName | None
    carries: frozenset[object]
    rules: dict[str, tuple[tuple[Rulebook, Rule], ...]] = field(hash=False, compare=False, default_factory=dict)
    addresses: tuple[Address, ...] = ()
    unstated_six: bool = False
    is_riddle: bool = False

    def at(self, version: int) -> list[Address]:
        return [each for each in self.addresses if each.version == version]


def identity(books: dict[TargetName, Rulebook], book: Rulebook, key: str) -> object:
    """What a group is, whoever names it."""
    for each in book.existing:
        if each.key == key:
            return ("existing", each.id.literal)
    if "/" not in key:
        return (book.target, key)
    (reference,) = (each for each in book.references if each.key == key and each.kind == "group")
    return (TargetName(reference.strategy, reference.environment, reference.vpc), key.split("/")[1])


def machines(books: dict[TargetName, Rulebook]) -> list[Machine]:
    """Every workload, and every group that none carries, with the baseline."""
    found = []
    carried: set[object] = set()
    for book in books.values():
        for workload in book.workloads:
            carries = {identity(books, book, key) for key in workload.groups}
            carried |= carries
            found.append(_machine(books, book, f"{book.strategy}/{workload.key}", carries, workload.networks))
    for book in books.values():
        for group in book.groups:
            if (book.target, group.key) not in carried:
                alone = {
                    (book.target, group.key),
                    *((book.target, each.key) for each in book.groups if each.kind == "baseline"),
                }
                found.append(_machine(books, book, f"{book.strategy}/{group.key}", alone, ()))
    return found


def _machine(
    books: dict[TargetName, Rulebook], book: Rulebook, name: str, carries: set[object], networks: tuple[str, ...]
) -> Machine:
    texts = networks or (*book.vpc.cidrs, *book.vpc.ipv6_cidrs)
    addresses: list[Address] = [each for text in texts for each in ipaddress.ip_network(text)]
    rules = {
        direction: tuple(
            (books[token[0]], rule)
            for token in carries
            if isinstance(token[0], TargetName)
            for group in books[token[0]].groups
            if group.key == token[1]
            for rule in group.rules(direction)
        )  # type: ignore[index]
        for direction in ("ingress", "egress")
    }
    riddle = any(token[0] == "existing" for token in carries)  # type: ignore[index]
    return Machine(
        name, book.target, frozenset(carries), rules, tuple(addresses), not networks and not book.vpc.ipv6_cidrs, riddle
    )


def stranger(name: str, addresses: Iterator[Address] | tuple[Address, ...]) -> Machine:
    return Machine(name, None, frozenset(), {}, tuple(addresses))


def covers_kind(rule: Rule, kind: Kind) -> bool:
    protocol, value = kind
    if rule.protocol == "-1":
        return True
    if rule.protocol != protocol:
        return False
    if protocol in ("50", "47"):
        return True
    if protocol.startswith("icmp"):
        return rule.from_port in (-1, value // 256) and rule.to_port in (-1, value % 256)
    assert rule.from_port is not None
    assert rule.to_port is not None
    return rule.from_port <= value <= rule.to_port


def is_someone_elses(books: dict[TargetName, Rulebook], host: Machine, other: Machine) -> bool:
    """Whether the other's addresses mean somebody else in this VPC: its own, since nothing connects the two."""
    if host.target is None or other.target is None:
        return False
    left, right = books[host.target].vpc, books[other.target].vpc
    declared = {each.vpc for each in (*left.peered_with, *right.peered_with)}
    return left.id != right.id and left.cidrs == right.cidrs and not declared & {host.target, other.target}


def meets(
    books: dict[TargetName, Rulebook], book: Rulebook, rule: Rule, host: Machine, other: Machine, address: Address
) -> str:
    """``yes``, ``no``, or ``who knows`` where the rule names a list that nobody here knows."""
    peer = rule.peer
    if peer.kind == "group":
        return "yes" if identity(books, book, peer.name) in other.carries else "no"
    if peer.kind == "cidr" and is_someone_elses(books, host, other):
        return "no"
    if peer.kind == "cidr":
        return "yes" if address in ipaddress.ip_network(peer.name) else "no"
    (known,) = (each for each in book.prefix_lists if each.key == peer.name)
    if known.origin == "own":
        if is_someone_elses(books, host, other):
            return "no"
        return "yes" if any(address in ipaddress.ip_network(entry.cidr) for entry in known.entries) else "no"
    same_family = (known.family == "ipv6") == (address.version == 6)
    if known.origin == "aws" and other.target is not None:
        return "no"
    return "who knows" if same_family else "no"


def lets(
    books: dict[TargetName, Rulebook], host: Machine, direction: str, other: Machine, address: Address, kind: Kind
) -> str:
    """Whether one side lets a packet through: ``yes``, ``no``, ``who knows``, ``presumably`` (an existing group's
    egress).
    """
    if host.target is None:
        return "yes"
    answers = {
        meets(books, book, rule, host, other, address)
        for book, rule in host.rules[direction]
        if covers_kind(rule, kind)
    }
    if "yes" in answers:
        return "yes"
    if host.is_riddle:
        return "presumably" if direction == "egress" else "who knows"
    return "who knows" if "who knows" in answers else "no"


def exists(kind: Kind, version: int) -> bool:
    return not ((kind[0] == "icmp" and version == 6) or (kind[0] == "icmpv6" and version == 4))


def judgements(
    books: dict[TargetName, Rulebook], source: Machine, destination: Machine, kind: Kind
) -> Iterator[tuple[bool, bool, bool, bool]]:
    """For every packet of a kind: whether it passes surely, passes at all, may pass for all we know; and its family
    is stated.
    """
    for version in (4, 6):
        if not exists(kind, version):
            continue
        senders = source.at(version) or (_UNSTATED if version == 6 and source.unstated_six else [])
        receivers = destination.at(version) or (_UNSTATED if version == 6 and destination.unstated_six else [])
        stated = bool(source.at(version)) and bool(destination.at(version))
        for sender, receiver in product(senders, receivers):
            out = lets(books, source, "egress", destination, receiver, kind)
            into = lets(books, destination, "ingress", source, sender, kind)
            sure = out == into == "yes"
            passes = out in ("yes", "presumably") and into == "yes"
            perhaps = "no" not in (out, into)
            yield sure, passes, perhaps, stated


_UNSTATED: list[Address] = [ipaddress.ip_address("2000::")]

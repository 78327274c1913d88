"""Packet by packet: may this packet pass, asked of the sources and of an output. Imports no compiler.

The sources are not expanded here: rules and flows are tried one by one against the packet. A packet's other end is an
address, a group, or a prefix list whose addresses nobody here knows.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from random import Random
from typing import Any, NamedTuple

from .meaning import DIRECTIONS, WORLD, Here, Peer, Permission, World, literal
from .source import catalogue, listed
from .targets import Name

NUMBERS = {"icmp": 1, "tcp": 6, "udp": 17, "icmpv6": 58}


class Packet(NamedTuple):
    """The other end (``address``, ``group`` or ``prefix_list``), the protocol's number, and port, or type and code."""

    end: Peer
    protocol: int
    port: tuple[int, int]


def matches_service(text: str, packet: Packet) -> bool:
    """Whether a service literal holds a packet."""
    protocol, low, high = literal(text)
    if protocol == "-1":
        return True
    if (NUMBERS.get(protocol) or int(protocol)) != packet.protocol:
        return False
    if low is None or high is None:
        return True
    if protocol in ("icmp", "icmpv6"):
        return low in (-1, packet.port[0]) and high in (-1, packet.port[1])
    return low <= packet.port[0] <= high


def holds(block: str, end: Peer) -> bool:
    """Whether a CIDR holds an address; no group or list lies in one."""
    if end.kind != "address":
        return False
    address, network = ipaddress.ip_address(end.name), ipaddress.ip_network(block)
    return address.version == network.version and address in network


# -- the sources


def permitted_by_source(world: World, target: Name, group: str, direction: str, packet: Packet) -> bool:
    """Whether any rule or flow of the sources lets a packet pass."""
    here = world.here(target[0], target[1])
    return any(
        any(_service_holds(here, word, packet) for word in listed(rule["services"]))
        and any(_peer_holds(here, target[2], word, group, packet.end) for word in listed(ends))
        for ends, rule in _rules(here, group, direction)
        if world.is_due(here, rule)
    )


def _rules(here: Here, group: str, direction: str) -> Iterator[tuple[Any, dict[str, Any]]]:
    near, far = ("to", "from") if direction == "ingress" else ("from", "to")
    for rule in here.groups()[group][1].get(direction, []):
        yield rule[DIRECTIONS[direction]], rule
    for flow in here.document.get("flows", []):
        if group in listed(flow[near]):
            yield flow[far], flow


def _service_holds(here: Here, word: str, packet: Packet) -> bool:
    own = here.document.get("services", {})
    if word in own:
        if not here.present(own[word]):
            return False
        parts = own[word]["services"] if isinstance(own[word], dict) else own[word]
        return any(_service_holds(here, part, packet) for part in listed(parts))
    if word in catalogue():
        return any(matches_service(part, packet) for part in catalogue()[word])
    there, rest = here.other(word)
    return _service_holds(there, rest, packet) if there is not here else matches_service(word, packet)


def _peer_holds(here: Here, vpc: str, word: str, owner: str, end: Peer) -> bool:
    if word == "self":
        return end == Peer("group", owner)
    if word in WORLD:
        return any(holds(block, end) for block in WORLD[word])
    there, name = here.other(word)
    if name in there.lists():
        thing = there.lists()[name]
        return (
            any(holds(block, end) for block, _ in there.entries(thing["entries"]))
            if "entries" in thing
            else end == Peer("prefix_list", word)
        )
    if name in there.document.get("networks", {}):
        return any(holds(block, end) for block, _ in there.entries(there.document["networks"][name]))
    if name in there.vpcs():
        return any(holds(block, end) for block in there.blocks(name))
    if end.kind == "address":
        return "/" in word and there is here and holds(word, end)
    if end.kind != "group" or end.name.partition("@")[0] != word:
        return False
    thing = there.groups()[name][1] if name in there.groups() else there.existing().get(name)
    if thing is None:
        return False
    near, across = here.meets(owner, vpc, there, there.homes(thing))
    return end.name.partition("@")[2] in across if "@" in end.name else bool(near or across)


# -- an output


def permitted_by_output(
    permissions: Iterable[Permission], lists: dict[str, frozenset[str]], group: str, direction: str, packet: Packet
) -> bool:
    """Whether any permission lets a packet pass. ``lists`` are the CIDRs of the prefix lists that are known."""
    return any(
        matches_service(_text(each), packet) and _permission_holds(each.peer, lists, packet.end)
        for each in permissions
        if (each.group, each.direction) == (group, direction)
    )


def _permission_holds(peer: Peer, lists: dict[str, frozenset[str]], end: Peer) -> bool:
    if peer.kind == "cidr":
        return holds(peer.name, end)
    if peer.kind == "prefix_list" and peer.name in lists:
        return any(holds(block, end) for block in lists[peer.name])
    return peer == end


def _text(each: Permission) -> str:
    if each.protocol == "-1":
        return "all"
    if each.from_port is None:
        return f"proto/{each.protocol}"
    if each.protocol in ("icmp", "icmpv6"):
        return (
            f"{each.protocol}/any"
            if each.from_port == -1
            else f"{each.protocol}/{each.from_port}" + (f"/{each.to_port}" if each.to_port != -1 else "")
        )
    return f"{each.protocol}/{each.from_port}-{each.to_port}"


# -- a small universe


def packets(
    random: Random, blocks: list[str], opaque: list[tuple[Peer, str | None]], literals: list[str], count: int
) -> Iterator[Packet]:
    """Packets at and beside the bounds of what a workspace speaks of; ICMP goes with IPv4, ICMPv6 with IPv6."""
    for _ in range(count):
        end, family = (
            random.choice(opaque) if opaque and random.random() < 0.4 else _address(random, random.choice(blocks))
        )
        protocol, low, high = literal(random.choice(literals))
        number = 99 if protocol == "-1" else NUMBERS.get(protocol) or int(protocol)
        if (number, family) in ((1, "ipv6"), (58, "ipv4")):
            number = {1: 58, 58: 1}[number]
        bound = random.choice((low or 0, high or 0)) + random.choice((-1, 0, 0, 1))
        most = 255 if number in (1, 58) else 65535
        yield Packet(end, number, (min(max(bound, 0), most), random.choice((0, 4, 255))))


def _address(random: Random, block: str) -> tuple[Peer, str]:
    network = ipaddress.ip_network(block)
    most = 2**network.max_prefixlen - 1
    number = random.choice((int(network.network_address), int(network.broadcast_address))) + random.choice(
        (-1, 0, 0, 1)
    )
    make, family = (ipaddress.IPv4Address, "ipv4") if network.version == 4 else (ipaddress.IPv6Address, "ipv6")
    return Peer("address", str(make(min(max(number, 0), most)))), family

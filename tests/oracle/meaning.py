"""What a workspace means: a naive reading of the language page, target by target, without a word of the compiler.

It believes its input to be valid and asks no questions; where the compiler caches, sorts or indexes, this walks lists.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from .source import Source, catalogue, listed, managed_lists

WORLD = {"internet": ["0.0.0.0/0", "::/0"], "internet-ipv4": ["0.0.0.0/0"], "internet-ipv6": ["::/0"]}
ORDER = ["baseline", "os", "service", "app", "existing"]
DIRECTIONS = {"ingress": "from", "egress": "to"}


class Peer(NamedTuple):
    """The other end of a permission: ``cidr``, ``group`` or ``prefix_list``, by its name in the target."""

    kind: str
    name: str


class Permission(NamedTuple):
    """One thing that is allowed. Ports as in rulebook.json."""

    group: str
    direction: str
    protocol: str
    from_port: int | None
    to_port: int | None
    peer: Peer


class ListMeaning(NamedTuple):
    """A prefix list: ``entries`` are CIDR and description; ``identity`` its oldest key; ``aws`` its full name."""

    origin: str
    family: str
    max_entries: int | None = None
    entries: frozenset[tuple[str, str]] = frozenset()
    identity: str | None = None
    aws: str | None = None
    id: tuple[str, str] | None = None
    name: str = ""


class GroupMeaning(NamedTuple):
    """A group to create."""

    identity: str
    kind: str
    name: str
    description: str


class Origin(NamedTuple):
    """Where a permission was written, and why."""

    place: tuple[str, int, int]
    why: str


class Target(NamedTuple):
    """One strategy in one environment in one VPC. ``handles`` say how outputs may call a peer: ``("id", "sg-...")``."""

    groups: dict[str, GroupMeaning]
    permissions: dict[Permission, list[Origin]]
    workloads: dict[str, tuple[str, ...]]
    lists: dict[str, ListMeaning]
    handles: dict[tuple[str, str], Peer]
    vpc: tuple[str, str]

    def description(self, permission: Permission) -> str:
        return min(self.permissions[permission]).why


class Here:
    """A strategy in one environment."""

    def __init__(self, world: World, source: Source, environment: str) -> None:
        self.world, self.name, self.environment = world, source.name, environment
        self.document = source.document
        self.values = (source.document.get("environments") or {environment: {}})[environment]

    def present(self, thing: Any) -> bool:
        """Whether something that may be limited to environments exists here."""
        return (
            not isinstance(thing, dict)
            or "environments" not in thing
            or self.environment in listed(thing["environments"])
        )

    def table(self, key: str) -> dict[str, Any]:
        return {name: thing for name, thing in self.document.get(key, {}).items() if self.present(thing)}

    # -- VPCs

    def vpcs(self) -> dict[str, dict[str, Any]]:
        """The enabled VPCs; what the environment says of one replaces what stands at the top."""
        found = {}
        for name, general in (self.document.get("vpcs") or {"main": {}}).items():
            local = self.values.get("vpcs", {}).get(name, {})
            if general.get("enabled", True) and local.get("enabled", True):
                found[name] = {**general, **local}
        return found

    def homes(self, thing: dict[str, Any]) -> list[str]:
        """The VPCs in which a group lives."""
        declared = list(self.document.get("vpcs") or {"main": {}})
        named = listed(thing.get("vpcs")) or listed(thing.get("vpc")) or (declared if len(declared) == 1 else [])
        return [name for name in named if name in self.vpcs()]

    # -- groups and lists

    def groups(self) -> dict[str, tuple[str, dict[str, Any]]]:
        """Kind and definition of every group that exists here, in some VPC."""
        return {
            name: (kind, group)
            for kind, table in self.document["groups"].items()
            for name, group in table.items()
            if self.present(group) and self.homes(group)
        }

    def existing(self) -> dict[str, dict[str, Any]]:
        local = self.values.get("existing", {})
        return {name: {**thing, **local.get(name, {})} for name, thing in self.table("existing").items()}

    def lists(self) -> dict[str, dict[str, Any]]:
        local = self.values.get("prefix_lists", {})
        return {name: {**thing, **local.get(name, {})} for name, thing in self.table("prefix_lists").items()}

    def entries(self, thing: Any) -> list[tuple[str, str]]:
        """CIDRs with descriptions, of a network or a prefix list; the first of equal ones counts."""
        found: dict[str, str] = {}
        for entry in listed(thing):
            if self.present(entry):
                text = entry["cidr"] if isinstance(entry, dict) else entry
                found.setdefault(
                    str(ipaddress.ip_network(text)), entry.get("description", "") if isinstance(entry, dict) else ""
                )
        return list(found.items())

    def blocks(self, vpc: str) -> list[str]:
        values = self.vpcs()[vpc]
        return [str(ipaddress.ip_network(text)) for text in [*values.get("cidrs", []), *values.get("ipv6_cidrs", [])]]

    def family(self, name: str) -> str:
        """The address family of a prefix list."""
        thing = self.document["prefix_lists"][name]
        if "aws" in thing:
            return str(managed_lists()[thing["aws"]]["family"])
        if "family" in thing:
            return str(thing["family"])
        first = thing["entries"][0]
        return "ipv6" if ":" in (first["cidr"] if isinstance(first, dict) else first) else "ipv4"

    # -- services

    def service(self, text: str) -> list[str] | None:
        """The literals of a service; None where it is absent here."""
        if text in self.document.get("services", {}):
            thing = self.document["services"][text]
            if not self.present(thing):
                return None
            parts = listed(thing["services"] if isinstance(thing, dict) else thing)
            return [literal for part in parts for literal in self.service(part) or []] or None
        if text in catalogue():
            return catalogue()[text]
        head, _, rest = text.partition("/")
        if head in self.world.sources:
            return self.world.here(head, self.environment).service(rest)
        return [text]

    # -- peers

    def other(self, word: str) -> tuple[Here, str]:
        """Who declares a peer's name, and its name there."""
        head, slash, rest = word.partition("/")
        if slash and head in self.world.sources and not _is_cidr(word):
            return self.world.here(head, self.environment), rest
        return self, word

    def is_absent(self, word: str) -> bool:
        """Whether a peer's name is declared, but limited to other environments."""
        there, name = self.other(word)
        for kind in there.document["groups"].values():
            if name in kind:
                return not there.present(kind[name])
        for key, table in (("existing", there.existing()), ("prefix_lists", there.lists()), ("vpcs", there.vpcs())):
            if name in there.document.get(key, {}):
                return name not in table
        return False

    def meets(self, owner: str, vpc: str, there: Here, homes: list[str]) -> tuple[list[str], list[str]]:
        """Of the VPCs of something, those that are this one; and, where the owner shares none, those peered with it."""
        mine = self.homes(self.groups()[owner][1])
        near = [home for home in homes if self.world.same(self, vpc, there, home)]
        if any(self.world.same(self, each, there, home) for each in mine for home in homes):
            return near, []
        return [], [home for home in homes if self.world.peered(self, vpc, there, home)]

    def peered_with(self, vpc: str) -> Iterator[tuple[Here, str]]:
        """The VPCs that one says it is peered with, as far as they are here."""
        for written in listed(self.vpcs()[vpc].get("peered_with")):
            text = written.get("vpc") if isinstance(written, dict) else written
            there, name = self.other(text or "")
            if name in there.vpcs():
                yield there, name

    def outside(self, vpc: str) -> set[str]:
        """The VPCs of no strategy that one is peered with, by id."""
        every = listed(self.vpcs()[vpc].get("peered_with"))
        return {written["vpc_id"] for written in every if isinstance(written, dict) and "vpc_id" in written}

    def peers(self, word: str, owner: str, vpc: str) -> list[tuple[Peer, str | None]]:
        """The peers that a word means for a group in a VPC, each with the family it is limited to."""
        if word == "self":
            return [(Peer("group", owner), None)]
        if word in WORLD:
            return _cidrs(WORLD[word])
        there, name = self.other(word)
        if name in there.groups():
            near, across = self.meets(owner, vpc, there, there.homes(there.groups()[name][1]))
            if near:
                return [(Peer("group", word), None)]
            return [(Peer("group", f"{name}@{home}" if there.name == self.name else word), None) for home in across]
        if name in there.existing():
            thing = there.existing()[name]
            met = thing.get("vpc") in self.outside(vpc) or any(self.meets(owner, vpc, self, self.homes(thing)))
            return [(Peer("group", word), None)] if met else []
        if name in there.lists():
            if (
                there.name != self.name
                and there.lists()[name].get("entries")
                and not any(
                    self.world.same(self, vpc, there, each) or self.world.peered(self, vpc, there, each)
                    for each in there.vpcs()
                )
            ):
                return []
            return [(Peer("prefix_list", word), there.family(name))]
        if name in there.document.get("networks", {}):
            return _cidrs([text for text, _ in there.entries(there.document["networks"][name])])
        if name in there.vpcs():
            return _cidrs(there.blocks(name))
        return _cidrs([str(ipaddress.ip_network(word))]) if _is_cidr(word) else []


def _is_cidr(word: str) -> bool:
    try:
        ipaddress.ip_network(word)
    except ValueError:
        return False
    return True


def _cidrs(texts: list[str]) -> list[tuple[Peer, str | None]]:
    return [(Peer("cidr", text), "ipv6" if ":" in text else "ipv4") for text in texts]


class World:
    """All strategies of a workspace, and the day for which they are read."""

    def __init__(self, sources: dict[str, Source], as_of: date) -> None:
        self.sources, self.as_of = sources, as_of

    def here(self, strategy: str, environment: str) -> Here:
        return Here(self, self.sources[strategy], environment)

    def all(self) -> Iterator[Here]:
        for name, source in self.sources.items():
            for environment in source.document.get("environments") or {"default": {}}:
                yield self.here(name, environment)

    def same(self, left: Here, vpc: str, right: Here, other: str) -> bool:
        """Whether two VPCs are one (language, section 5)."""
        if left.name == right.name and left.environment == right.environment:
            return vpc == other
        ids = [left.vpcs()[vpc].get("id"), right.vpcs()[other].get("id")]
        if all(isinstance(each, str) for each in ids):
            return bool(ids[0] == ids[1])
        place = [(each.values.get("account"), each.values.get("region")) for each in (left, right)]
        if all(isinstance(each, dict) for each in ids) and ids[0] == ids[1] and place[0] == place[1]:
            return True
        return (left.environment, vpc) == (right.environment, other)

    def peered(self, left: Here, vpc: str, right: Here, other: str) -> bool:
        """Whether anybody says that two VPCs are peered; either side may."""
        return any(
            (self.same(here, each, left, vpc) and self.same(there, named, right, other))
            or (self.same(here, each, right, other) and self.same(there, named, left, vpc))
            for here in self.all()
            for each in here.vpcs()
            for there, named in here.peered_with(each)
        )

    def is_due(self, here: Here, rule: dict[str, Any]) -> bool:
        """Whether a rule or flow is part of the build: present, and not expired before this day."""
        expires = rule.get("expires")
        if isinstance(expires, str):
            expires = date.fromisoformat(expires)
        return here.present(rule) and (expires is None or expires >= self.as_of)


def literal(text: str) -> tuple[str, int | None, int | None]:
    """Protocol and ports of a service literal, as rulebook.json writes them."""
    if text == "all":
        return "-1", None, None
    protocol, _, rest = text.partition("/")
    if protocol == "proto":
        return rest, None, None
    if protocol in ("icmp", "icmpv6"):
        if rest == "any":
            return protocol, -1, -1
        kind, _, code = rest.partition("/")
        return protocol, int(kind), int(code) if code else -1
    low, _, high = rest.partition("-")
    return protocol, int(low), int(high or low)


def fits(protocol: str, family: str | None) -> bool:
    """ICMP meets IPv4, ICMPv6 meets IPv6, a group meets both."""
    return (protocol, family) not in (("icmp", "ipv6"), ("icmpv6", "ipv4"))


def fill(pattern: str, values: dict[str, str]) -> str:
    """A naming pattern with its placeholders filled in."""
    return re.sub(r"\{([^{}]*)\}", lambda match: values[match.group(1)], pattern)

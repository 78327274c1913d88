"""What a random strategy declares, and what the generator must know of it to write only rules that are valid."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from types import MappingProxyType
from typing import Any, NamedTuple

Places = frozenset[str]
# No AWS-managed list has two names in a workspace: as peers they would be one and the same.
MANAGED = {
    "shop": ("s3", "vpc-lattice-ipv6"),
    "platform": ("dynamodb", "ec2-instance-connect-ipv6"),
    "x": ("groundstation", "route53-healthchecks-ipv6"),
    "x-1": ("s3express", "ec2-instance-connect"),
    "9lives": ("vpc-lattice",),
}


def limited(random: Random, environments: list[str], chance: float) -> dict[str, Any]:
    """An ``environments`` key, sometimes."""
    if len(environments) < 2 or random.random() >= chance:
        return {}
    chosen = random.choice(environments)
    return {"environments": random.choice((chosen, [chosen]))}


def where(thing: dict[str, Any], environments: list[str]) -> frozenset[str]:
    """The environments in which something is present."""
    given = thing.get("environments", environments)
    return frozenset([given] if isinstance(given, str) else given)


class Known(NamedTuple):
    """A peer's name: its kind, where it is present, and by environment the real VPCs of a group or own list."""

    kind: str
    present: frozenset[str]
    places: Mapping[str, Places] = MappingProxyType({})
    families: str = "both"


class Things:
    """One strategy in the making."""

    def __init__(self, name: str, environments: list[str]) -> None:
        self.name, self.environments = name, environments
        self.document: dict[str, Any] = {}
        self.uses: list[str] = []
        self.homes: dict[str, str] = {}
        self.off: dict[str, str | None] = {}
        self.peered: frozenset[str] = frozenset()
        self.kinds: dict[str, str] = {}
        self.peers: dict[str, Known] = {}
        self.service_names: dict[str, frozenset[str]] = {}
        self.settled_services: set[str] = set()

    def waive(self, code: str, path: str) -> None:
        waiver = {"code": code, "path": path, "why": "Random & free", "until": "2099-12-31"}
        self.document.setdefault("waivers", []).append(waiver)

    def waive_world(self, path: str) -> None:
        """Whatever is open to the world here, on whatever: what is allowed is what these workspaces are about."""
        for code in ("SG401", "SG404", "SG405"):
            self.waive(code, path)

    def borrow(self) -> None:
        """What comes from sgstrat.yaml."""
        self.peers["lent"] = Known("network", frozenset(self.environments), families="ipv4")
        self.service_names["lent-service"] = frozenset(self.environments)
        self.settled_services.add("lent-service")

    # -- VPCs and groups

    def add_vpc(self, name: str, place: str, off: str | None) -> None:
        self.homes[name], self.off[name] = place, off
        self.peers[name] = Known("vpc", frozenset(each for each in self.environments if each != off))

    def forget_vpc_peer(self, name: str) -> None:
        del self.peers[name]

    def _places(self, vpcs: list[str], environments: frozenset[str]) -> dict[str, Places]:
        return {
            environment: frozenset(self.homes[vpc] for vpc in vpcs if self.off[vpc] != environment)
            for environment in environments
        }

    def _add_placed(self, name: str, kind: str, thing: dict[str, Any], vpcs: list[str]) -> None:
        places = {
            environment: found
            for environment, found in self._places(vpcs, where(thing, self.environments)).items()
            if found
        }
        self.peers[name] = Known(kind, where(thing, self.environments), places)

    def add_group(self, name: str, kind: str, group: dict[str, Any]) -> None:
        self.kinds[name] = kind
        vpcs = group.get("vpcs") or ([group["vpc"]] if "vpc" in group else list(self.homes))
        self._add_placed(name, "group", group, vpcs)

    def group(self, name: str) -> dict[str, Any]:
        """A group as written."""
        found: dict[str, Any] = self.document["groups"][self.kinds[name]][name]
        return found

    # -- other things

    def networks(self, random: Random, pool: list[str]) -> None:
        blocks = [
            "203.0.113.0/28",
            "2001:db8:40::/48",
            "10.0.0.0/8",
            "198.51.100.7/32",
            "2001:DB8:AA00::/56",
            "172.16.0.0/12",
            "::1/128",
            "10.1.0.0/16",
        ]
        tables: dict[str, Any] = {}
        for _ in range(random.randint(0, 3)):
            name = pool.pop()
            entries = random.sample(blocks, random.randint(1, 4))
            tables[name] = [self._entry(random, each) for each in entries] if random.random() < 0.8 else entries[0]
            self.peers[name] = Known("network", frozenset(self.environments), families="unsure")
        if tables:
            self.document["networks"] = tables

    def _entry(self, random: Random, block: str) -> Any:
        if random.random() < 0.6:
            return block
        return {"cidr": block, "description": "Some & place"} | limited(random, self.environments, 0.5)

    def lists(self, random: Random, pool: list[str]) -> None:
        tables: dict[str, Any] = {}
        for index in range(random.randint(0, 4)):
            name, form = pool.pop(), random.choice(("own", "own", "aws", "existing"))
            thing: dict[str, Any] = limited(random, self.environments, 0.15)
            family = "ipv4"
            if form == "aws":
                short = random.choice(MANAGED[self.name])
                family = "ipv6" if short.endswith("ipv6") else "ipv4"
                if any(each.get("aws") == short for each in tables.values()):
                    continue
                thing |= {"aws": short} | (
                    {"ids": {"eu-west-1": f"pl-aaaaaa{index}{len(self.name)}"}} if random.random() < 0.3 else {}
                )
            elif form == "existing":
                family = random.choice(("ipv4", "ipv6"))
                thing |= {"family": family, "max_entries": 2} | self._id(random, "pl", index)
            else:
                family = random.choice(("ipv4", "ipv6"))
                blocks = {
                    "ipv4": ["198.51.100.0/25", "192.0.2.0/24", "203.0.113.64/27"],
                    "ipv6": ["2001:db8:1::/48", "2001:db8:2::/48"],
                }[family]
                thing |= {
                    "entries": [self._entry(random, each) for each in random.sample(blocks, random.randint(1, 2))]
                }
                thing |= random.choice(({}, {"max_entries": 3})) | random.choice(
                    ({}, {"formerly": f"old-list-{index}"})
                )
            tables[name] = thing
            places = self._places(list(self.homes), where(thing, self.environments)) if form == "own" else {}
            self.peers[name] = Known(f"{form}-list", where(thing, self.environments), places, family)
        if tables:
            self.document["prefix_lists"] = tables

    def _id(self, random: Random, kind: str, index: int) -> dict[str, Any]:
        number = "0123456789abcdef"[index]
        return random.choice(
            ({}, {"id": f"{kind}-0{number}{len(self.name)}aaaaa"}, {"id": {"ssm": f"/{kind}/{self.name}/{index}"}})
        )

    def existing(self, random: Random, pool: list[str]) -> None:
        tables: dict[str, Any] = {}
        for index in range(random.choice((0, 0, 1, 2))):
            name = pool.pop()
            vpc = random.choice(list(self.homes))
            thing = (
                self._id(random, "sg", index)
                | ({"vpc": vpc} if len(self.homes) > 1 else {})
                | limited(random, self.environments, 0.15)
            )
            if random.random() < 0.2:
                thing["account"] = "999999999999"
            if "environments" in self.document and "environments" not in thing and random.random() < 0.3:
                environment = random.choice(self.environments)
                self.document["environments"][environment].setdefault("existing", {})[name] = {
                    "id": f"sg-0eeeeee{index}"
                }
            tables[name] = thing
            self._add_placed(name, "existing", thing, [vpc])
        if tables:
            self.document["existing"] = tables

    def services(self, random: Random) -> None:
        """Own services in every form, some made of others, some in one environment only."""
        tables: dict[str, Any] = {}
        every = frozenset(self.environments)
        literals = (
            "tcp/8080",
            "udp/514",
            "tcp/9000-9010",
            "icmp/3/4",
            "icmpv6/128",
            "proto/50",
            "icmp/any",
            "tcp/0-65535",
        )
        for name in random.sample(("app", "https", "mon-1", "mon1", "chatty", "edge"), random.randint(0, 4)):
            parts = random.sample(
                [*literals, "ssh", "ping", *[each for each in tables if each != name]], random.randint(1, 3)
            )
            present = frozenset().union(*(self.service_names.get(part, every) for part in parts))
            limit = limited(random, self.environments, 0.2)
            present &= where(limit, self.environments)
            if not present or (any(self.service_names.get(part, every) != every for part in parts) and len(parts) == 1):
                continue
            short = parts[0] if len(parts) == 1 else parts
            tables[name] = {"services": short, **limit} if limit else random.choice((short, parts))
            self.service_names[name] = present
        if tables:
            self.document["services"] = tables

"""Random small strategies whose workloads carry too many groups, and what their rules let through, packet by packet.

The world is so small that all packets are listed: ports 1 to 6 of TCP, sixteen addresses, and every interface.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterable, Mapping
from random import Random
from typing import Any

from .compare import Texts
from .meaning import Permission

KINDS = ("os", "service", "app")
BLOCKS = [f"10.0.0.{start}/{32 - size}" for size in range(4) for start in range(0, 16, 1 << size)]
Packet = tuple[str, int, str]
"""Direction, port, and the other end: an address or an interface."""


def content(random: Random) -> dict[str, dict[str, Any]]:
    """One or two strategies, by path."""
    names = [f"g{number}" for number in range(random.randint(3, 6))]
    groups: dict[str, dict[str, Any]] = {}
    for name in names:
        kind = random.choice(KINDS)
        groups.setdefault(kind, {})[name] = {"description": f"The {name}"}
    if random.random() < 0.4:
        enforce = {"enforce": True} if random.random() < 0.5 else {}
        groups["baseline"] = {"base": {"description": "Base", **enforce}}
        names.append("base")
    peers = [*names, "cluster", "self", "self"]
    for kind in groups.values():
        for group in kind.values():
            for direction, key in (("ingress", "from"), ("egress", "to")):
                rules = [rule(random, key, peers) for _ in range(random.choice((0, 0, 1, 2)))]
                if rules:
                    group[direction] = rules
    carried = [name for name in names if name != "base"]
    shop: dict[str, Any] = {
        "version": 1,
        "strategy": "shop",
        "existing": {"cluster": {"id": "sg-0a1b2c3d4e5f60718"}},
        "groups": groups,
        "flows": [
            {"from": random.choice(names), "to": random.choice(names), "services": service(random), "why": "Flow"}
            for _ in range(random.randint(0, 4))
        ],
        "workloads": {f"w{number}": workload(random, carried) for number in range(random.randint(1, 4))},
    }
    if random.random() < 0.2:
        next(iter(groups.values()))[next(iter(next(iter(groups.values()))))]["formerly"] = "older"
    documents = {"strategies/shop.yaml": shop}
    if random.random() < 0.3:
        documents["strategies/other.yaml"] = other(random, carried)
    return documents


def rule(random: Random, key: str, peers: list[str]) -> dict[str, Any]:
    peer = random.choice(BLOCKS) if random.random() < 0.4 else random.choice(peers)
    return {key: peer, "services": service(random), "why": random.choice(("One", "Two", "x" * 250))}


def service(random: Random) -> str:
    low = random.randint(1, 6)
    return f"tcp/{low}-{min(6, low + random.choice((0, 0, 1, 2)))}"


def workload(random: Random, names: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {"groups": random.sample(names, random.randint(1, len(names)))}
    if random.random() < 0.15:
        found["groups"].append("cluster")
    if random.random() < 0.15:
        found["reserved_groups"] = 1
    return found


def other(random: Random, names: list[str]) -> dict[str, Any]:
    """A strategy that names or carries groups of the first."""
    job: dict[str, Any] = {"description": "A job"}
    if random.random() < 0.6:
        job["egress"] = [{"to": f"shop/{random.choice(names)}", "services": service(random), "why": "x"}]
    carried = ["job", *(f"shop/{name}" for name in random.sample(names, random.randint(0, 1)))]
    return {
        "version": 1,
        "strategy": "other",
        "uses": ["shop"],
        "quotas": {"groups_per_eni": 16},
        "groups": {"app": {"job": job}},
        "workloads": {"runner": {"groups": carried}},
    }


def texts(documents: Mapping[str, Mapping[str, Any]], budget: int, most: int, **wishes: Any) -> Texts:
    """The workspace with its wishes, ``budget`` groups an interface and ``most`` rules a group."""
    quotas = {"quotas": {"rules_per_group": most, "groups_per_eni": budget}}
    found = {path: {**quotas, **document, **wishes} for path, document in documents.items()}
    return Texts({path: json.dumps(document) for path, document in found.items()})


def let_through(
    permissions: Iterable[Permission], carried: Iterable[str], interfaces: Mapping[str, frozenset[str]]
) -> set[Packet]:
    """Every packet that passes an interface with these groups. ``interfaces`` are all others, by what they carry."""
    groups = set(carried)
    return {
        (each.direction, port, end)
        for each in permissions
        if each.group in groups
        for end in ends(each, interfaces)
        for port in range(each.from_port or 0, (each.to_port or 0) + 1)
    }


def ends(permission: Permission, interfaces: Mapping[str, frozenset[str]]) -> list[str]:
    """Whom a permission meets."""
    kind, name = permission.peer
    if kind == "cidr":
        return [str(address) for address in ipaddress.ip_network(name)]
    return [interface for interface, carried in interfaces.items() if name in carried]

"""Random small rulebooks, and what changes between two of them, packet by packet. Imports no part of the compiler.

Rulebooks are plain JSON here. A packet is a protocol, a port and an address at either end; the universe is small enough
to try every one.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Any, NamedTuple

Book = dict[str, Any]
Side = dict[str, Book]
VPC = ("10.0.0.0/30", "10.0.0.4/30")
BLOCKS = (*VPC, "10.0.0.0/29", "10.0.0.1/32", "0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "8.8.8.8/31", "192.0.2.0/30")
HERE = tuple(str(ipaddress.IPv4Address("10.0.0.0") + number) for number in range(8))
THERE = ("8.8.8.8", "8.8.8.9", "8.8.8.10", "192.0.2.1", "192.0.2.4", "200.0.0.1", "10.0.0.8")
PROTOCOLS = {"tcp": 6, "udp": 17}
PORTS = (1, 2, 3, 4)
KINDS = tuple((protocol, port) for protocol in PROTOCOLS for port in PORTS)
STRATEGIES = ("a", "b")
Kind = tuple[str, int]
Name = tuple[str, str, str]  # kind (workload or group), strategy, name


# -- random rulebooks


def random_sides(seed: int) -> tuple[Side, Side]:
    """An old and a new side: the new one is the old one with some of it thrown anew."""
    random = Random(seed)
    old = {strategy: _book(random, strategy) for strategy in STRATEGIES}
    new = {strategy: _changed(random, book) for strategy, book in old.items()}
    return _fit(old), _fit(new)


def _book(random: Random, strategy: str) -> Book:
    names = [f"g{number}" for number in range(random.randint(1, 3))]
    return {
        "rulebook": 1,
        "strategy": strategy,
        "environment": "e",
        "account": None,
        "region": None,
        "vpc": {"name": "main", "id": "vpc-1", "cidrs": list(VPC), "ipv6_cidrs": [], "peered_with": []},
        "default_group": None,
        "groups": {name: _group(random, name) for name in names},
        "prefix_lists": {
            "own": {"name": "own", "family": "ipv4", "max_entries": 5, "entries": _entries(random)},
            "aws": {"aws": "com.amazonaws.e.s3", "family": "ipv4", "weight": 1},
        },
        "existing": {"ext": {"id": None, "account": None}},
        "references": {},
        "workloads": {f"w{number}": _workload(random) for number in range(random.randint(0, 2))},
    }


def _entries(random: Random) -> list[dict[str, str]]:
    return [{"cidr": cidr, "description": ""} for cidr in sorted(random.sample(BLOCKS, random.randint(0, 2)))]


def _group(random: Random, name: str) -> Book:
    kind = random.choice(("app", "app", "os", "baseline"))
    return {
        "name": name,
        "kind": kind,
        "facing": None,
        "description": random.choice(("one", "two")),
        "tags": {},
        "enforce": kind == "baseline" and random.random() < 0.5,
        "ingress": [_rule(random) for _ in range(random.randint(0, 3))],
        "egress": [_rule(random) for _ in range(random.randint(0, 3))],
    }


def _rule(random: Random) -> Book:
    low = random.choice(PORTS)
    high = random.choice([port for port in PORTS if port >= low])
    protocol = random.choice(("tcp", "tcp", "udp", "-1"))
    kind = random.choice(("cidr", "cidr", "group", "group", "group", "prefix_list"))
    groups = [f"{prefix}g{number}" for prefix in ("", "a/", "b/") for number in range(3)]
    peer = {
        "cidr": random.choice(BLOCKS),
        "group": random.choice([*groups, "ext"]),
        "prefix_list": random.choice(("own", "aws")),
    }[kind]
    ports = (None, None) if protocol == "-1" else (low, high)
    return {
        "protocol": protocol,
        "from_port": ports[0],
        "to_port": ports[1],
        "peer": {kind: peer},
        "description": "why",
        "source": "s",
    }


def _workload(random: Random) -> Book:
    groups = random.sample(
        [f"{prefix}g{number}" for prefix in ("", "a/", "b/") for number in range(3)], random.randint(1, 3)
    )
    networks = [random.choice(VPC)] if random.random() < 0.5 else []
    return {"groups": groups, "reserved_groups": 0, "networks": networks}


def _changed(random: Random, book: Book) -> Book:
    fresh = _book(random, book["strategy"])
    changed = {
        **book,
        "groups": dict(book["groups"]),
        "workloads": dict(book["workloads"]),
        "prefix_lists": dict(book["prefix_lists"]),
    }
    for table in ("groups", "workloads", "prefix_lists"):
        for key in {*book[table], *fresh[table]}:
            if random.random() < 0.3:
                changed[table].pop(key, None)
                if key in fresh[table]:
                    changed[table][key] = fresh[table][key]
    for key, workload in changed["workloads"].items():
        if random.random() < 0.3:
            changed["workloads"][key] = {**workload, "networks": _workload(random)["networks"]}
    return changed


def _fit(side: Side) -> Side:
    """The side without names that lead nowhere, with references and keys: as a compiler would have written it."""
    fitted = {}
    for strategy, book in side.items():
        references: dict[str, Book] = {}
        groups = {key: _fit_group(side, strategy, group, references) for key, group in sorted(book["groups"].items())}
        workloads = {}
        for key, workload in sorted(book["workloads"].items()):
            carried = [found for name in workload["groups"] if (found := _fit_name(side, strategy, name, references))]
            if carried:
                workloads[key] = {**workload, "groups": list(dict.fromkeys(carried))}
        fitted[strategy] = {**book, "groups": groups, "workloads": workloads, "references": references}
    return fitted


def _fit_group(side: Side, strategy: str, group: Book, references: dict[str, Book]) -> Book:
    fitted = dict(group)
    for direction in ("ingress", "egress"):
        rules: dict[str, Book] = {}
        for rule in group[direction]:
            ((kind, name),) = rule["peer"].items()
            found = _fit_name(side, strategy, name, references) if kind == "group" else name
            if found:
                key = f"{rule['protocol']}-{rule['from_port']}-{rule['to_port']}-{kind}-{found}"
                rules[key] = {"key": key, **rule, "peer": {kind: found}}
        fitted[direction] = list(rules.values())
    return fitted


def _fit_name(side: Side, strategy: str, name: str, references: dict[str, Book]) -> str | None:
    if name == "ext":
        return name
    owner, slash, key = name.rpartition("/")
    owner = owner if slash else strategy
    if key not in side[owner]["groups"]:
        return None
    if owner == strategy:
        return key
    references[name] = {"kind": "group", "strategy": owner, "environment": "e", "vpc": "main", "key": key}
    return name


# -- packet by packet


class Interface(NamedTuple):
    """What stands at an end: the groups it carries, and where it may be."""

    groups: frozenset[tuple[str, str]]
    addresses: tuple[str, ...]


def names(old: Side, new: Side) -> list[Name]:
    """Every workload of either side, and every group that none carries on either."""
    found: set[Name] = set()
    for side in (old, new):
        found |= {("workload", strategy, key) for strategy, book in side.items() for key in book["workloads"]}
        found |= {("group", *place) for place in _loose(side)}
    return sorted(found)


def _groups(side: Side) -> dict[tuple[str, str], Book]:
    return {(strategy, key): group for strategy, book in side.items() for key, group in book["groups"].items()}


def _place(strategy: str, name: str) -> tuple[str, str]:
    owner, slash, key = name.rpartition("/")
    return (owner if slash else strategy, key)


def _carried(side: Side, strategy: str, workload: Book) -> frozenset[tuple[str, str]]:
    return frozenset(_place(strategy, name) for name in workload["groups"])


def _loose(side: Side) -> set[tuple[str, str]]:
    carried = [_carried(side, strategy, each) for strategy, book in side.items() for each in book["workloads"].values()]
    return set(_groups(side)).difference(*carried)


def _with_baseline(side: Side, place: tuple[str, str]) -> frozenset[tuple[str, str]]:
    every = _groups(side).items()
    base = {
        (strategy, key)
        for (strategy, key), group in every
        if group["kind"] == "baseline" and (strategy == place[0] or group["enforce"])
    }
    return frozenset({place, *base})


def interface(side: Side, other: Side, name: Name) -> Interface | None:
    """An end on one side; a workload that is only on the other continues what its uncarried groups were."""
    kind, strategy, key = name
    if kind == "group":
        return Interface(_with_baseline(side, (strategy, key)), HERE) if (strategy, key) in _groups(side) else None
    workload = side[strategy]["workloads"].get(key)
    if workload is not None:
        inside = tuple(each for each in HERE if not workload["networks"] or _is_in(each, workload["networks"]))
        return Interface(_carried(side, strategy, workload), inside)
    loose = _carried(other, strategy, other[strategy]["workloads"][key]) & _loose(side)
    return Interface(frozenset().union(*(_with_baseline(side, place) for place in loose)), HERE) if loose else None


def _is_in(address: str, cidrs: list[str]) -> bool:
    return any(_holds(cidr, address) for cidr in cidrs)


@cache
def _holds(cidr: str, address: str) -> bool:
    return ipaddress.ip_address(address) in ipaddress.ip_network(cidr)


def _rules(side: Side, end: Interface, direction: str) -> Iterator[tuple[str, Book]]:
    for strategy, key in end.groups:
        for rule in side[strategy]["groups"][key][direction]:
            yield strategy, rule


def _has(rule: Book, kind: Kind) -> bool:
    if rule["protocol"] == "-1":
        return True
    return bool(rule["protocol"] == kind[0] and rule["from_port"] <= kind[1] <= rule["to_port"])


def _cidrs(side: Side, strategy: str, rule: Book) -> list[str]:
    ((kind, name),) = rule["peer"].items()
    if kind == "cidr":
        return [name]
    return (
        [entry["cidr"] for entry in side[strategy]["prefix_lists"][name].get("entries", ())]
        if kind == "prefix_list"
        else []
    )


def at_address(side: Side, end: Interface | None, direction: str, address: str, kind: Kind) -> bool:
    """Whether an end may exchange this with an address, whoever is there."""
    rules = () if end is None else _rules(side, end, direction)
    return any(_has(rule, kind) and _is_in(address, _cidrs(side, strategy, rule)) for strategy, rule in rules)


def with_thing(side: Side, end: Interface | None, direction: str, thing: tuple[str, str, str], kind: Kind) -> bool:
    """Whether an end may exchange this with an AWS list or an existing group: peer kind, strategy, name."""
    rules = () if end is None else _rules(side, end, direction)
    what, owner, name = thing
    return any(
        _has(rule, kind) and rule["peer"] == {what: name} and (what == "prefix_list" or strategy == owner)
        for strategy, rule in rules
    )


def _names_it(side: Side, end: Interface, direction: str, other: Interface, kind: Kind) -> bool:
    return any(
        _has(rule, kind) and _place(strategy, rule["peer"].get("group", "")) in other.groups
        for strategy, rule in _rules(side, end, direction)
    )


def between(side: Side, source: Interface | None, destination: Interface | None, kind: Kind) -> tuple[bool, bool]:
    """Whether a packet may begin from one end to another: for some of their addresses, and for all of them."""
    if source is None or destination is None:
        return False, False
    out = [
        _names_it(side, source, "egress", destination, kind) or at_address(side, source, "egress", each, kind)
        for each in destination.addresses
    ]
    into = [
        _names_it(side, destination, "ingress", source, kind) or at_address(side, destination, "ingress", each, kind)
        for each in source.addresses
    ]
    return any(out) and any(into), all(out) and all(into)

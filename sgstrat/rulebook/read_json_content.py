"""What the schema of rulebook.json cannot say: names, CIDRs, references and ports that no rulebook can hold.

Given a document that fits the schema. Knows nothing of files or of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sgstrat.net.cidr import CidrError, canonical
from sgstrat.net.service import NAMES, NUMBERS
from sgstrat.rulebook.model import DIRECTIONS

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z", re.ASCII)
_Json = dict[str, Any]


def impossible(data: _Json) -> Iterator[str]:
    """Every place that no compiler can have written, and what is wrong there."""
    yield from _names(data)
    yield from _vpc_and_lists(data)
    for key, group in data["groups"].items():
        first = data["groups"].get(group.get("part_of", key))
        if first is None or ("part_of" in group and (first is group or "part_of" in first)):
            yield f"groups.{key}.part_of: {group['part_of'][:80]!r} is no group that this could be a part of"
        for direction in DIRECTIONS:
            yield from _bad_rules(f"groups.{key}.{direction}", group[direction], data)
    for key, workload in data["workloads"].items():
        for group in workload["groups"]:
            if not _is_group(data, group):
                yield f"workloads.{key}: {group[:80]!r} is no group of this rulebook"
        for block in workload["networks"]:
            yield from _bad_cidr(f"workloads.{key}.networks", block)
    yield from _bad_composites(data)


def _bad_composites(data: _Json) -> Iterator[str]:
    for key, members in data.get("packed", {}).items():
        if key not in data["groups"]:
            yield f"packed: {key[:80]!r} is no group of this rulebook"
        for member in members:
            yield from _bad_name(f"packed.{key[:80]}", member)


def _names(data: _Json) -> Iterator[str]:
    for what, name in (
        ("strategy", data["strategy"]),
        ("environment", data["environment"]),
        ("vpc.name", data["vpc"]["name"]),
    ):
        yield from _bad_name(what, name)
    for table in ("groups", "existing", "workloads"):
        for key in data[table]:
            yield from _bad_name(table, key)
    for key in data["prefix_lists"]:
        for part in key.split("/", 1):
            yield from _bad_name("prefix_lists", part)
    yield from _bad_references(data)
    yield from _bad_peerings(data)


def _bad_references(data: _Json) -> Iterator[str]:
    for key, each in data["references"].items():
        for part in key.split("@" if "@" in key else "/", 1):
            yield from _bad_name("references", part)
        if "@" in key and (each["strategy"] != data["strategy"] or key.partition("@")[2] != each["vpc"]):
            yield f"references.{key[:80]}: it names another strategy or VPC than {key[:80]!r} does"


def _bad_peerings(data: _Json) -> Iterator[str]:
    for peered in data["vpc"]["peered_with"]:
        place = peered if isinstance(peered, str) else peered.get("vpc")
        if place is not None and place.count("/") != 2:
            yield f"vpc.peered_with: {place[:80]!r} is no STRATEGY/ENVIRONMENT/VPC"
        for part in place.split("/") if place is not None else ():
            yield from _bad_name("vpc.peered_with", part)


def _vpc_and_lists(data: _Json) -> Iterator[str]:
    for family in ("cidrs", "ipv6_cidrs"):
        for block in data["vpc"][family]:
            yield from _bad_cidr(f"vpc.{family}", block)
    for key, each in data["prefix_lists"].items():
        for entry in each.get("entries", ()):
            yield from _bad_cidr(f"prefix_lists.{key}", entry["cidr"])


def _bad_name(place: str, name: str) -> Iterator[str]:
    if not _NAME.match(name):
        yield f"{place}: {name[:80]!r} is no name"


def _bad_cidr(place: str, text: str) -> Iterator[str]:
    try:
        if canonical(text) != text:
            yield f"{place}: {text[:80]!r} is written {canonical(text)}"
    except CidrError as error:
        yield f"{place}: {text[:80]!r}: {error.reason}"


def _bad_rules(place: str, rules: list[_Json], data: _Json) -> Iterator[str]:
    keys = set[str]()
    for rule in rules:
        key = rule["key"]
        if key in keys:
            yield f"{place}: the key {key[:80]!r} stands twice"
        keys.add(key)
        if not _has_ports(rule["protocol"], rule["from_port"], rule["to_port"]):
            low, high = rule["from_port"], rule["to_port"]
            yield f"{place}.{key[:80]}: {rule['protocol']} does not go with ports {low} to {high}"
        ((kind, name),) = rule["peer"].items()
        if kind == "cidr":
            yield from _bad_cidr(f"{place}.{key[:80]}", name)
        elif not (_is_group(data, name) if kind == "group" else name in data["prefix_lists"]):
            yield f"{place}.{key[:80]}: {name[:80]!r} is no {kind.replace('_', ' ')} of this rulebook"


def _is_group(data: _Json, key: str) -> bool:
    return key in data["groups"] or key in data["existing"] or data["references"].get(key, {}).get("kind") == "group"


def _has_ports(protocol: str, low: int | None, high: int | None) -> bool:
    """Whether a rule with this protocol may have these ports, or ICMP type and code (see ``model.Rule``)."""
    if protocol not in NUMBERS:
        return (
            low is None and high is None and (protocol == "-1" or (int(protocol) < 256 and int(protocol) not in NAMES))
        )
    if low is None or high is None:
        return False
    if protocol in ("icmp", "icmpv6"):
        return low <= 255 and high <= 255 and (low >= 0 or high == -1)
    return 0 <= low <= high

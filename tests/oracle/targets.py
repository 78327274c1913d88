"""Every target of a workspace with all that it permits: rules and flows walked one by one. Imports no compiler."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from .meaning import (
    DIRECTIONS,
    ORDER,
    GroupMeaning,
    Here,
    ListMeaning,
    Origin,
    Peer,
    Permission,
    Target,
    World,
    fill,
    fits,
    literal,
)
from .source import listed, managed_lists, read

Name = tuple[str, str, str]
DEFAULT_PATTERN = "{strategy}-{environment}-{vpc}-{name}"


def targets(files: dict[str, str], settings: str | None, as_of: date) -> dict[Name, Target]:
    """What each target of a workspace means, by strategy, environment and VPC."""
    world = World(read(files, settings), as_of)
    found = {}
    for here in world.all():
        for vpc in here.vpcs():
            if any(vpc in here.homes(group) for _, group in here.groups().values()):
                found[here.name, here.environment, vpc] = _target(here, vpc)
    return found


def _target(here: Here, vpc: str) -> Target:
    permissions: dict[Permission, list[Origin]] = {}
    for permission, origin in _permissions(here, vpc):
        permissions.setdefault(permission, []).append(origin)
    workloads = {
        name: carried for name in here.table("workloads") if (carried := _carried(here, vpc, name)) is not None
    }
    named = {permission.peer.name for permission in permissions if permission.peer.kind == "prefix_list"}
    lists = {
        name: _list(here, vpc, name)
        for name in named | {name for name, thing in here.lists().items() if thing.get("entries")}
    }
    groups = {name: _group(here, vpc, name) for name in _local(here, vpc)}
    used = {permission.peer.name for permission in permissions if permission.peer.kind == "group"}
    used |= {key for carried in workloads.values() for key in carried}
    return Target(
        groups,
        permissions,
        workloads,
        lists,
        _handles(here, vpc, used | set(groups), lists),
        id_of(here.vpcs()[vpc].get("id"), vpc),
    )


def _local(here: Here, vpc: str) -> dict[str, tuple[str, dict[str, Any]]]:
    return {name: found for name, found in here.groups().items() if vpc in here.homes(found[1])}


def _permissions(here: Here, vpc: str) -> Iterator[tuple[Permission, Origin]]:
    for name, (_, group) in _local(here, vpc).items():
        for direction, key in DIRECTIONS.items():
            for rule in group.get(direction, []):
                if here.world.is_due(here, rule):
                    yield from _written(here, vpc, name, direction, rule[key], rule)
    for flow in here.document.get("flows", []):
        if here.world.is_due(here, flow):
            yield from _flow(here, vpc, flow)


def _flow(here: Here, vpc: str, flow: dict[str, Any]) -> Iterator[tuple[Permission, Origin]]:
    for source in listed(flow["from"]):
        for destination in listed(flow["to"]):
            if here.is_absent(source) or here.is_absent(destination):
                continue
            if source in _local(here, vpc):
                yield from _written(here, vpc, source, "egress", destination, flow)
            if destination in _local(here, vpc):
                yield from _written(here, vpc, destination, "ingress", source, flow)


def _written(
    here: Here, vpc: str, group: str, direction: str, words: Any, rule: Any
) -> Iterator[tuple[Permission, Origin]]:
    for word in listed(words):
        for peer, family in here.peers(word, group, vpc):
            for service in listed(rule["services"]):
                for text in here.service(service) or []:
                    protocol, low, high = literal(text)
                    if fits(protocol, family):
                        yield Permission(group, direction, protocol, low, high, peer), Origin(rule.place, rule["why"])


# -- workloads


def _carried(here: Here, vpc: str, name: str) -> tuple[str, ...] | None:
    """The groups of a workload in attachment order; None where it does not live in this VPC."""
    workload = here.document["workloads"][name]
    named = [word for word in listed(workload["groups"]) if not here.is_absent(word)]
    if vpc not in (
        listed(workload.get("vpc")) or [home for home in here.vpcs() if all(_lives(here, word, home) for word in named)]
    ):
        return None
    baseline = {each: "baseline" for each, (kind, _) in _local(here, vpc).items() if kind == "baseline"}
    baseline |= dict.fromkeys(_enforced(here, vpc), "baseline")
    choice = workload.get("baseline")
    if choice is not None:
        baseline = {each: kind for each, kind in baseline.items() if choice != "none" and each in listed(choice)}
    kinds = baseline | {word: _kind(here, word) for word in named}
    return tuple(sorted(kinds, key=lambda each: (ORDER.index(kinds[each]), each)))


def _kind(here: Here, word: str) -> str:
    there, name = here.other(word)
    return there.groups()[name][0] if name in there.groups() else "existing"


def _lives(here: Here, word: str, vpc: str) -> bool:
    there, name = here.other(word)
    thing = there.groups()[name][1] if name in there.groups() else there.existing().get(name, {"vpcs": ["left out"]})
    return any(here.world.same(here, vpc, there, home) for home in there.homes(thing))


def _enforced(here: Here, vpc: str) -> Iterator[str]:
    for there in here.world.all():
        if there.name == here.name:
            continue
        for name, (kind, group) in there.groups().items():
            if (
                kind == "baseline"
                and group.get("enforce")
                and any(here.world.same(here, vpc, there, home) for home in there.homes(group))
            ):
                yield f"{there.name}/{name}"


# -- what is created, and how outputs call what is not


def _group(here: Here, vpc: str, name: str) -> GroupMeaning:
    kind, group = here.groups()[name]
    identity = _identity(group, name)
    own = {"kind": kind, "name": identity, "facing": group.get("facing", "")}
    return GroupMeaning(identity, kind, _aws_name(here, vpc, "group", group, own), group["description"])


def _identity(thing: dict[str, Any], name: str) -> str:
    """The oldest key."""
    return str(listed(thing["formerly"])[0]) if thing.get("formerly") else name


def _aws_name(here: Here, vpc: str, what: str, thing: dict[str, Any], own: dict[str, str]) -> str:
    pattern = thing.get("aws_name") or here.document.get("naming", {}).get(what) or DEFAULT_PATTERN
    values = {**here.document.get("vars", {}), **here.values.get("vars", {})}
    values |= {
        "strategy": here.name,
        "environment": here.environment,
        "vpc": vpc,
        "owner": here.document.get("owner", ""),
    }
    values |= {"account": here.values.get("account", ""), "region": here.values.get("region", "")}
    return fill(pattern, values | own)


def _list(here: Here, vpc: str, word: str) -> ListMeaning:
    there, name = here.other(word)
    thing, family = there.lists()[name], there.family(name)
    if "aws" in thing:
        region = there.values.get("region")
        full = managed_lists()[thing["aws"]]["name"]
        id = ("id", thing["ids"][region]) if region in thing.get("ids", {}) else None
        return ListMeaning("aws", family, aws=full.replace("{region}", region) if region else full, id=id)
    if "entries" not in thing:
        return ListMeaning("existing", family, thing["max_entries"], id=id_of(thing.get("id"), word))
    entries = frozenset(there.entries(thing["entries"]))
    identity, origin = _identity(thing, name), "own" if there.name == here.name else "foreign"
    home = _home(here, vpc, there, list(there.vpcs()))
    aws_name = _aws_name(there, home, "prefix_list", thing, {"kind": "prefix-list", "name": identity, "facing": ""})
    return ListMeaning(
        origin, family, thing.get("max_entries") or max(1, len(entries)), entries, identity, name=aws_name
    )


def _home(here: Here, vpc: str, there: Here, homes: list[str]) -> str:
    """The VPC that is this one, else the one that is peered with it."""
    near = [each for each in homes if here.world.same(here, vpc, there, each)]
    return (near or [each for each in homes if here.world.peered(here, vpc, there, each)])[0]


def id_of(written: Any, key: str) -> tuple[str, str]:
    """How an output may call what has this id: by the id itself, by an SSM path, or as an input under its key."""
    if written is None:
        return "input", key
    return ("ssm", written["ssm"]) if isinstance(written, dict) else ("id", written)


def _handles(here: Here, vpc: str, groups: set[str], lists: dict[str, ListMeaning]) -> dict[tuple[str, str], Peer]:
    handles: dict[tuple[str, str], Peer] = {}

    def name(handle: tuple[str, str], peer: Peer) -> None:
        assert handles.setdefault(handle, peer) == peer, f"{handle} would mean two things"

    for word in groups:
        there, key = here.other(word.partition("@")[0])
        if key in there.groups():
            home = word.partition("@")[2] or _home(here, vpc, there, there.homes(there.groups()[key][1]))
            name(
                ("export", f"sgstrat:{there.name}:{there.environment}:{home}:{_group(there, home, key).identity}"),
                Peer("group", word),
            )
        else:
            name(id_of(there.existing()[key].get("id"), word), Peer("group", word))
    for word, each in lists.items():
        peer = Peer("prefix_list", word)
        if each.origin == "aws":
            name(("aws", each.aws or ""), peer)
            name(each.id or ("input", word), peer)
        elif each.origin == "existing":
            name(each.id or ("input", word), peer)
        elif each.origin == "own":
            name(("list", each.identity or ""), peer)
        else:
            name(("input", word), peer)
            name(("aws", each.name), peer)
    return handles

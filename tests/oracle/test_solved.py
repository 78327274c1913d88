"""Merged rules and divided groups, packet by packet, against the sources, in every output.

Nothing is taken from the compiler but its output: what is meant comes from the independent reading, the parts of a
group are told by their names, and quotas are counted here again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from random import Random
from typing import NamedTuple

import pytest

from .compare import AS_OF, Built, Texts, compile_texts, observe
from .dense import FOUR, SIX, content, texts
from .generate import Plan, plan
from .meaning import ORDER, Peer, Permission, Target, World
from .packets import packets, permitted_by_output, permitted_by_source
from .readers import Handle, Observed, read_rulebook
from .source import managed_lists, read
from .targets import Name, targets

CASES, CHUNK = 1000, 100
SERVICES = [f"tcp/{port}" for port in range(10)] + ["udp/3", "icmp/3/0", "icmp/3/1", "icmp/8/0", "icmpv6/128"]
SERVICES += ["proto/50", "all"]


class Handles(dict[Handle, Peer]):
    """What outputs call things, with the parts of groups: as the group, with a number at the end."""

    def __missing__(self, handle: Handle) -> Peer:
        head, _, number = handle[1].rpartition("-")
        assert handle[0] == "export", handle
        assert number.isdigit(), handle
        return Peer("group", f"{self['export', head].name}-{number}")


class Solved(NamedTuple):
    """A workspace that was merged and divided: what is meant, and what each output says, by target."""

    given: Texts
    meant: dict[Name, Target]
    seen: dict[Name, dict[str, Observed]]


def observed(given: Texts, files: dict[str, str]) -> Solved:
    """What each output that was written says."""
    meant = targets(given.files, given.settings, AS_OF)
    seen: dict[Name, dict[str, Observed]] = {}
    for name, target in meant.items():
        folder = "/".join(name)
        if f"{folder}/terraform/main.tf.json" in files:
            seen[name] = observe(files, name, target._replace(handles=Handles(target.handles)))
        else:
            seen[name] = {"rulebook": read_rulebook(files[f"{folder}/rulebook.json"])}
    return Solved(given, meant, seen)


def whole(key: str, declared: Iterable[str]) -> str:
    """The group that a key is a part of: itself where it is declared."""
    head, _, number = key.rpartition("-")
    return key if key in declared or not number.isdigit() or head not in declared else head


def check_carried(solved: Solved, name: Name, format: str) -> None:
    """Whoever carries a group carries all of its parts, in order of kind and name, and nothing else."""
    target, seen = solved.meant[name], solved.seen[name][format]
    parts: dict[str, list[tuple[int, str]]] = {}
    for key in seen.groups:
        first = whole(key, target.groups)
        parts.setdefault(first, []).append((ORDER.index(target.groups[first].kind), key))
    for (form, text), peer in target.handles.items():
        if form == "export" and "/" in peer.name:
            _, strategy, environment, vpc, _ = text.split(":")
            there: Name = (strategy, environment, vpc)
            for key in solved.seen[there][format].groups:
                first = whole(key, solved.meant[there].groups)
                if f"{strategy}/{first}" == peer.name:
                    kind = ORDER.index(solved.meant[there].groups[first].kind)
                    parts.setdefault(peer.name, []).append((kind, f"{strategy}/{key}"))
    for workload, carried in target.workloads.items():
        wanted = [part for key in carried for part in parts.get(key, [(len(ORDER), key)])]
        assert seen.workloads.get(workload, ()) == tuple(key for _, key in sorted(wanted))


def check_quota(target: Target, seen: Observed, most: int, sentinel: bool) -> None:
    """No group is over its quota in any direction and family; counted rule by rule."""
    used: Counter[tuple[str, str, str]] = Counter()
    for each in seen.permissions:
        families, weight = ("ipv4", "ipv6"), 1
        if each.peer.kind == "cidr":
            families = ("ipv6" if ":" in each.peer.name else "ipv4",)
        elif each.peer.kind == "prefix_list":
            known = target.lists[each.peer.name]
            families, weight = (known.family,), known.max_entries or _managed_weight(known.aws or "")
        for family in families:
            used[each.group, each.direction, family] += weight
    for key in seen.groups if sentinel else ():
        out = [each for each in seen.permissions if (each.group, each.direction) == (key, "egress")]
        used[key, "egress", "ipv4"] += all(each.peer.kind == "group" for each in out)
    assert max(used.values(), default=0) <= most, used.most_common(3)


def _managed_weight(name: str) -> int:
    for each in managed_lists().values():
        before, _, after = each["name"].partition("{region}")
        if name.startswith(before) and name.endswith(after):
            return int(each["weight"])
    raise AssertionError(name)


def check_packets(random: Random, solved: Solved, services: Callable[[Target], list[str]], number: int) -> None:
    """Every packet has the same fate in the sources and in each output, the parts of a group taken together."""
    world = World(read(solved.given.files, solved.given.settings), AS_OF)
    for name, target in solved.meant.items():
        known = {key: each for key, each in target.lists.items() if each.origin in ("own", "foreign")}
        lists = {key: frozenset(cidr for cidr, _ in each.entries) for key, each in known.items()}
        opaque: list[tuple[Peer, str | None]] = [(Peer("group", key), None) for key in target.groups]
        opaque += [(each.peer, None) for each in target.permissions if each.peer.kind == "group"]
        opaque += [(Peer("prefix_list", key), each.family) for key, each in target.lists.items() if key not in known]
        blocks = [each.peer.name for each in target.permissions if each.peer.kind == "cidr"] + [FOUR[-1], SIX[-1]]
        permitted: dict[str, list[Permission]] = {
            format: [each._replace(group=whole(each.group, target.groups)) for each in seen.permissions]
            for format, seen in solved.seen[name].items()
        }
        asked = list(packets(random, blocks, opaque, services(target), number))
        for group in target.groups:
            for direction in ("ingress", "egress"):
                for packet in asked:
                    allowed = permitted_by_source(world, name, group, direction, packet)
                    for format, permissions in permitted.items():
                        found = permitted_by_output(permissions, lists, group, direction, packet)
                        assert found == allowed, (name, format, group, direction, packet)


def check(random: Random, solved: Solved, most: int, services: Callable[[Target], list[str]], number: int) -> None:
    check_packets(random, solved, services, number)
    for name, formats in solved.seen.items():
        for format, seen in formats.items():
            check_carried(solved, name, format)
            check_quota(solved.meant[name], seen, most, sentinel="cloudformation" in formats)


def fitting(make: Callable[[int], Texts], most: int, formats: tuple[str, ...]) -> tuple[Texts, Built, int]:
    """Compiled with the least quota from ``most`` on with which workloads can carry all parts, and that quota."""
    while True:
        given = make(most)
        built = compile_texts(given, formats=formats)
        if not {each.code for each in built.errors} & {"SG301", "SG302"}:
            return given, built, most
        most += 3


@pytest.mark.parametrize("start", range(0, CASES, CHUNK))
def test_dense_strategies_allow_the_same_merged_and_divided(start: int) -> None:
    for seed in range(start, start + CHUNK):
        random = Random(seed)
        documents = content(random)
        formats = ("cloudformation", "terraform") if seed % 10 == 0 else ("rulebook",)
        optimize = seed % 3 > 0
        given, built, most = fitting(
            lambda most: texts(documents, optimize, split=True, most=most),  # noqa: B023  # called at once
            random.choice((3, 5, 8)),
            formats,
        )
        assert not built.errors, (seed, built.errors)
        check(random, observed(given, built.files), most, lambda _: SERVICES, 12)


def wishing(made: Plan, most: int) -> Texts:
    """A workspace of the general kind whose strategies merge and divide."""
    for document in made.documents.values():
        if "quotas" in document:
            document["quotas"] = {"rules_per_group": most, "groups_per_eni": 16}
        if "strategy" in document:
            document |= {"optimize": True, "overflow": "split"}
    return made.texts()


def _literals(target: Target) -> list[str]:
    return sorted({_literal(each) for each in target.permissions}) or ["tcp/443"]


def _literal(each: Permission) -> str:
    if each.protocol == "-1":
        return "all"
    if each.from_port is None:
        return f"proto/{each.protocol}"
    if each.protocol in ("icmp", "icmpv6"):
        return f"{each.protocol}/any" if each.from_port == -1 else f"{each.protocol}/{each.from_port}"
    return f"{each.protocol}/{each.from_port}-{each.to_port}"


@pytest.mark.parametrize("seed", range(3000, 3060))
def test_workspaces_of_every_kind_allow_the_same_merged_and_divided(seed: int) -> None:
    random = Random(seed)
    made = plan(random)
    given, built, most = fitting(lambda most: wishing(made, most), 4, ("cloudformation", "terraform"))
    assert not built.errors, built.errors
    check(random, observed(given, built.files), most, _literals, 20)


def test_the_random_strategies_hold_what_they_are_meant_to_try() -> None:
    merged = divided = linked = 0
    for seed in range(20):
        random = Random(seed)
        documents = content(random)
        before = compile_texts(texts(documents, optimize=False, split=False, most=60), formats=("rulebook",))
        after = compile_texts(texts(documents, optimize=True, split=False, most=60), formats=("rulebook",))
        merged += before.files != after.files
        given, built, _ = fitting(lambda most: texts(documents, True, True, most), 3, ("rulebook",))  # noqa: B023
        solved = observed(given, built.files)
        for name, formats in solved.seen.items():
            parts = formats["rulebook"].groups.keys() - solved.meant[name].groups.keys()
            divided += bool(parts)
            carried = {key for each in formats["rulebook"].workloads.values() for key in each}
            linked += any("/" in key and key[-1].isdigit() for key in carried)
    assert merged > 15
    assert divided > 15
    assert linked > 2


# -- the oracle has to be seen to fail


def _example() -> tuple[Solved, int]:
    given, built, most = fitting(lambda most: texts(content(Random(5)), False, True, most), 5, ("rulebook",))
    assert not built.errors
    return observed(given, built.files), most


def _changed(solved: Solved, **fields: object) -> Solved:
    name = next(iter(solved.seen))
    return solved._replace(seen={**solved.seen, name: {"rulebook": solved.seen[name]["rulebook"]._replace(**fields)}})


def test_a_lost_rule_a_lost_part_and_a_full_part_are_noticed() -> None:
    solved, most = _example()
    check(Random(1), solved, most, _literals, 40)
    seen = next(iter(solved.seen.values()))["rulebook"]
    kept = {each: text for each, text in seen.permissions.items() if not each.group.endswith("-2")}
    assert kept != seen.permissions
    with pytest.raises(AssertionError):
        check(Random(1), _changed(solved, permissions=kept), most, _literals, 40)
    fewer = {key: tuple(each for each in carried if each[-1] != "2") for key, carried in seen.workloads.items()}
    with pytest.raises(AssertionError):
        check(Random(1), _changed(solved, workloads=fewer), most, _literals, 1)
    with pytest.raises(AssertionError):
        check(Random(1), solved, most - 1, _literals, 1)

"""Use of every limit, counted again from the sources: permission by permission, without a word of the compiler."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from .compare import AS_OF, Texts, compile_texts, count_quotas
from .dense import content, texts
from .generate import plan
from .meaning import Target
from .source import managed_lists, read
from .targets import Name, targets

WAYS = [(direction, family) for direction in ("ingress", "egress") for family in ("ipv4", "ipv6")]
Key = tuple[Any, ...]


def weight(target: Target, key: str) -> int:
    """What one rule with a prefix list counts."""
    known = target.lists[key]
    if known.aws is None:
        return len(known.entries) if known.max_entries is None else known.max_entries
    before_and_after = [(*each["name"].partition("{region}"), each["weight"]) for each in managed_lists().values()]
    (found,) = {
        w for before, _, after, w in before_and_after if known.aws.startswith(before) and known.aws.endswith(after)
    }
    return int(found)


def group_counts(target: Target, sentinel: bool) -> dict[Key, int]:
    """The rules of each group by direction and family."""
    used: Counter[Key] = Counter({(key, *way): 0 for key in target.groups for way in WAYS})
    for each in target.permissions:
        name, families, number = each.peer.name, ["ipv4", "ipv6"], 1
        if each.peer.kind == "cidr":
            families = ["ipv6" if ":" in name else "ipv4"]
        elif each.peer.kind == "prefix_list":
            families, number = [target.lists[name].family], weight(target, name)
        for family in families:
            used[each.group, each.direction, family] += number
    for key in target.groups if sentinel else ():
        out = [each.peer.kind for each in target.permissions if (each.group, each.direction) == (key, "egress")]
        used[key, "egress", "ipv4"] += set(out) <= {"group"}
    return used


def expected(given: Texts, meant: dict[Name, Target], sentinel: bool) -> dict[Key, int]:
    """Every use by limit, target, name, direction and family."""
    found: dict[Key, int] = {}
    sources = read(given.files, given.settings)
    counts = {name: group_counts(target, sentinel) for name, target in meant.items()}
    for name, target in meant.items():
        for (key, *way), used in counts[name].items():
            found[("rules_per_group", name, key, *way)] = used
        owners = {peer.name: handle for handle, peer in target.handles.items() if handle[0] == "export"}
        for workload, groups in target.workloads.items():
            reserved = sources[name[0]].document["workloads"][workload].get("reserved_groups", 0)
            found["groups_per_eni", name, workload, None, None] = len(groups) + reserved
            places = [(name, key) if key in target.groups else _exported(meant, owners.get(key)) for key in groups]
            known = [each for each in places if each is not None]
            for way in WAYS if known else ():
                total = sum(counts[there][(key, *way)] for there, key in known)
                found[("rules_per_eni", name, workload, *way)] = total
        for key, each in target.lists.items():
            if each.origin == "own":
                found["entries_per_prefix_list", name, key, None, None] = weight(target, key)
    return found


def _exported(meant: dict[Name, Target], handle: tuple[str, str] | None) -> tuple[Name, str] | None:
    """The target and key of another strategy's group, which is exported by its oldest key; None where none is."""
    if handle is None:
        return None
    _, strategy, environment, vpc, identity = handle[1].split(":")
    name = (strategy, environment, vpc)
    return next((name, key) for key, group in meant[name].groups.items() if group.identity == identity)


def seen(data: dict[str, Any]) -> dict[Key, int]:
    """The same of the table, without what is counted by region and by format."""
    return {
        (each["limit"], tuple(each["target"].values()), each["name"], each["direction"], each["family"]): each["used"]
        for each in data["limits"]
        if each["target"] is not None and not each["limit"].startswith("cloudformation")
    }


def check(given: Texts, formats: tuple[str, ...]) -> dict[str, Any]:
    data = count_quotas(given, formats)
    meant = targets(given.files, given.settings, AS_OF)
    assert seen(data) == expected(given, meant, "cloudformation" in formats)
    for each in data["limits"]:
        assert sum(part["count"] * part["weight"] for part in each["parts"]) == each["used"], each
        assert each["headroom"] == each["most"] - each["used"]
        assert each["exceeded"] == (each["headroom"] < 0)
    shares = [each["used"] / each["most"] for each in data["limits"]]
    assert all(left >= right - 1e-9 for left, right in pairwise(shares))
    regional = Counter(each["limit"] for each in data["limits"] if each["target"] is None)
    assert regional["groups_per_region"] == regional["prefix_lists_per_region"] > 0
    groups = sum(each["used"] for each in data["limits"] if each["limit"] == "groups_per_region")
    assert groups == sum(len(target.groups) for target in meant.values())
    _check_lists(data, meant)
    return data


def _check_lists(data: dict[str, Any], meant: dict[Name, Target]) -> None:
    """How many rules name each list, in how many groups, and what that costs."""
    for each in data["prefix_lists"]:
        target = meant[tuple(each["target"].values())]
        naming = [p for p in target.permissions if p.peer == ("prefix_list", each["name"])]
        assert each["rules"] == len(naming)
        assert each["groups"] == len({p.group for p in naming})
        assert each["cost"] == len(naming) * weight(target, each["name"])
        known = target.lists[each["name"]]
        if each["entries"] is not None:
            assert each["entries"] == len(known.entries)


@pytest.mark.parametrize("seed", range(4000, 4030))
def test_workspaces_of_every_kind_are_counted_alike(seed: int) -> None:
    random = Random(seed)
    made = plan(random)
    for document in made.documents.values():
        for workload in document.get("workloads", {}).values():
            if random.random() < 0.5:
                workload["reserved_groups"] = random.randint(0, 9)
    check(made.texts(), ("terraform",) if seed % 2 else ("cloudformation", "terraform"))


@pytest.mark.parametrize("start", range(0, 40, 20))
def test_what_is_over_its_limit_is_counted_alike(start: int) -> None:
    exceeded = 0
    for seed in range(start, start + 20):
        given = texts(content(Random(seed)), optimize=False, split=False, most=4)
        exceeded += check(given, ("cloudformation",) if seed % 2 else ("terraform",))["exceeded"]
    assert exceeded > 20


@pytest.mark.parametrize("seed", range(20))
def test_what_stops_a_build_is_what_the_table_calls_exceeded(seed: int) -> None:
    made = texts(content(Random(seed)), optimize=seed % 3 == 0, split=False, most=random_most(seed))
    lowered = {
        path: json.dumps({**json.loads(text), "quotas": {**json.loads(text)["quotas"], "groups_per_eni": 1}})
        for path, text in made.files.items()
    }
    given = made._replace(files=lowered)
    table = {
        (each["limit"], each["target"]["strategy"], each["name"])
        for each in count_quotas(given, ("terraform",))["limits"]
        if each["exceeded"] and each["limit"] in ("rules_per_group", "groups_per_eni")
    }
    gate = set()
    for error in compile_texts(given, formats=("terraform",)).errors:
        name = re.match(r"(?:group|workload) (\S+) (?:has|carries) ", error.message)
        assert name is not None, error
        limit = {"SG301": "rules_per_group", "SG302": "groups_per_eni"}[error.code]
        strategy = "other" if error.span is not None and error.span.file.endswith("other.yaml") else "shop"
        gate.add((limit, strategy, name[1]))
    assert table == gate
    assert table


def random_most(seed: int) -> int:
    return Random(seed).choice((3, 6, 9))


def test_a_miscount_is_noticed() -> None:
    given = texts(content(Random(3)), optimize=False, split=False, most=60)
    meant = targets(given.files, given.settings, AS_OF)
    right = expected(given, meant, sentinel=True)
    assert seen(count_quotas(given, ("cloudformation",))) == right
    assert seen(count_quotas(given, ("terraform",))) != right, "the sentinel counts in CloudFormation alone"
    name, target = next(iter(meant.items()))
    fewer = dict(list(target.permissions.items())[1:])
    assert expected(given, {**meant, name: target._replace(permissions=fewer)}, sentinel=True) != right

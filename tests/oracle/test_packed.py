"""Fused groups, packet by packet, between every two interfaces; and the least number of groups, by trying every plan.

What is meant comes from the independent reading, what was made from rulebook.json; plans are tried with none of the
compiler's code.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from math import prod
from random import Random
from types import MappingProxyType
from typing import NamedTuple

import pytest

from .compare import AS_OF, Built, Texts, compile_texts
from .meaning import Peer, Permission, Target
from .packable import content, let_through, texts
from .readers import Observed, read_rulebook
from .targets import Name, targets

CASES, CHUNK = 600, 100
SHOP: Name = ("shop", "default", "main")
Carried = dict[str, tuple[str, ...]]


class Case(NamedTuple):
    """A workspace and what came of it. ``meant`` and ``seen`` are all targets."""

    given: Texts
    built: Built
    budget: int
    most: int
    meant: dict[Name, Target]
    seen: dict[Name, Observed]

    @property
    def codes(self) -> set[str]:
        return {each.code for each in self.built.errors}


def make(seed: int, raised: Mapping[str, int] = MappingProxyType({}), **wishes: object) -> Case:
    random = Random(seed)
    documents = content(random)
    budget, most = random.randint(1, 4), random.choice((4, 6, 9, 20))
    budget, most = raised.get("groups_per_eni", budget), raised.get("rules_per_group", most)
    given = texts(documents, budget, most, **wishes)
    built = compile_texts(given, formats=("rulebook",))
    meant = targets(given.files, None, AS_OF)
    seen = {name: read_rulebook(built.files[f"{'/'.join(name)}/rulebook.json"]) for name in meant if built.files}
    return Case(given, built, budget, most, meant, seen)


# -- who may talk to whom


def interfaces(name: Name, workloads: dict[Name, Carried], outside: Iterable[str]) -> dict[str, frozenset[str]]:
    """All interfaces by the groups that they carry, in the words of one target.

    Beside the workloads there is one of somebody else for each group, existing ones too.
    """
    found = {f"by hand {key}": frozenset((key,)) for key in (*outside, "cluster")}
    for there, carried in workloads.items():
        for key, groups in carried.items():
            found[f"{there[0]} {key}"] = frozenset(_named(there, name, group) for group in groups)
    return found


def _named(there: Name, here: Name, key: str) -> str:
    if there == here or key == "cluster":
        return key
    return key.partition("/")[2] if key.startswith(f"{here[0]}/") else f"{there[0]}/{key}"


def check_traffic(case: Case) -> None:
    """Each interface sends and receives what was meant, from and to each address and interface."""
    before = {name: target.workloads for name, target in case.meant.items()}
    after = {name: seen.workloads for name, seen in case.seen.items()}
    for name, target in case.meant.items():
        seen = case.seen[name]
        kept = [key for key in target.groups if key in seen.groups]
        old, new = interfaces(name, before, kept), interfaces(name, after, kept)
        assert old.keys() == new.keys()
        for interface in old:
            meant = let_through(target.permissions, old[interface], old)
            made = let_through(seen.permissions, new[interface], new)
            assert made == meant, (name, interface, made ^ meant)


def loads(permissions: Iterable[Permission], groups: Iterable[str]) -> Counter[tuple[str, str, str]]:
    """How full each group is, by direction and family; with the sentinel."""
    used: Counter[tuple[str, str, str]] = Counter()
    addressed = set()
    for each in permissions:
        families = ("ipv4",) if each.peer.kind == "cidr" else ("ipv4", "ipv6")
        used.update((each.group, each.direction, family) for family in families)
        if (each.peer.kind, each.direction) == ("cidr", "egress"):
            addressed.add(each.group)
    used.update((key, "egress", "ipv4") for key in groups if key not in addressed)
    return used


def check_quotas(case: Case) -> None:
    for name, seen in case.seen.items():
        made = [key for key in seen.groups if key.startswith("pack-")]  # these have room for the sentinel anyway
        assert max(loads(seen.permissions, made).values(), default=0) <= case.most
        if name == SHOP:
            reserved = read_reserved(case)
            for key, carried in seen.workloads.items():
                assert len(carried) + reserved.get(key, 0) <= case.budget


def read_reserved(case: Case) -> dict[str, int]:
    shop = json.loads(case.given.files["strategies/shop.yaml"])
    return {key: each.get("reserved_groups", 0) for key, each in shop["workloads"].items()}


@pytest.mark.parametrize("start", range(0, CASES, CHUNK))
def test_packed_strategies_let_the_same_packets_through(start: int) -> None:
    for seed in range(start, start + CHUNK):
        case = make(seed, pack=True, optimize=seed % 3 == 0)
        assert case.codes <= {"SG314", "SG301", "SG302"}, (seed, case.built.errors)
        if not case.codes:
            check_traffic(case)
            check_quotas(case)


@pytest.mark.parametrize("seed", range(5000, 5080))
def test_packed_merged_and_divided_strategies_do_too(seed: int) -> None:
    case = make(seed, pack=True, optimize=bool(seed % 2), overflow="split")
    if not case.codes:
        kept = {name: seen for name, seen in case.seen.items() if not any(key[-2:-1] == "-" for key in seen.groups)}
        if kept == case.seen:  # somebody else's interface carries the first part only, of what is divided
            check_traffic(case)
        check_quotas(case)


def test_the_random_strategies_hold_what_they_are_meant_to_try() -> None:
    tally: Counter[str] = Counter()
    for seed in range(90):
        case = make(seed, pack=True)
        tally[",".join(sorted(case.codes)) or "built"] += 1
        if case.seen:
            made = {key for key in case.seen[SHOP].groups if key.startswith("pack-")}
            declared = case.meant[SHOP].groups.keys()
            tally["packed"] += bool(made)
            tally["several composites"] += len(made) > 1
            tally["gone"] += bool(declared - case.seen[SHOP].groups.keys())
    assert min(tally[what] for what in ("SG314", "packed", "several composites", "gone")) > 5, tally


# -- every plan, by brute force

Plan = dict[str, tuple[frozenset[str], ...]]


def partitions(keys: list[str]) -> Iterator[tuple[frozenset[str], ...]]:
    """Every way to divide some keys."""
    if not keys:
        yield ()
        return
    for rest in partitions(keys[1:]):
        yield (frozenset(keys[:1]), *rest)
        for index, block in enumerate(rest):
            yield (*rest[:index], block | {keys[0]}, *rest[index + 1 :])


def fusable(case: Case) -> set[str]:
    """The groups that may be fused: own, not enforced, named by no other strategy, not over the quota."""
    shop = case.meant[SHOP]
    named = {
        key.partition("/")[2]
        for name, target in case.meant.items()
        if name != SHOP
        for key in (
            *(each.peer.name for each in target.permissions),
            *(key for carried in target.workloads.values() for key in carried),
        )
        if key.startswith("shop/")
    }
    enforced = {"base"} if '"enforce": true' in case.given.files["strategies/shop.yaml"] else set()
    full = {key for (key, *_), load in loads(shop.permissions, shop.groups).items() if load > case.most}
    return set(shop.groups) - named - enforced - full


def carried_out(case: Case, plan: Plan) -> tuple[int, int] | None:
    """How many groups and rules a plan comes to; None where a group that it makes or fills is over its quota."""
    shop = case.meant[SHOP]
    attached: dict[frozenset[str], None] = {}
    for key, carried in shop.workloads.items():
        blocks = plan.get(key, ())
        lost = {each for block in blocks for each in block}
        attached.update(dict.fromkeys((*blocks, *(frozenset((each,)) for each in carried if each not in lost))))
    every = {each for carried in shop.workloads.values() for each in carried}
    alone = set(shop.groups) - every
    if alone:
        alone |= {"base"} & set(shop.groups)
    attached.update(dict.fromkeys(frozenset((each,)) for each in sorted(alone)))
    known = [block for block in attached if block <= set(shop.groups)]
    stands = {key: [block for block in known if key in block] for key in shop.groups}
    made = {
        each._replace(group="+".join(sorted(block)), peer=peer)
        for block in known
        for each in shop.permissions
        if each.group in block
        for peer in (
            [Peer("group", "+".join(sorted(other))) for other in stands[each.peer.name]]
            if each.peer.name in stands
            else [each.peer]
        )
    }
    before = loads(shop.permissions, shop.groups)
    for (key, direction, family), load in loads(made, ["+".join(sorted(block)) for block in known]).items():
        if load > max(case.most, 0 if "+" in key else before[key, direction, family]):
            return None
    return len(known), len(made)


def best(case: Case, limit: int) -> tuple[int, int] | str | None:
    """The least groups, and rules of those, of all plans; None where there is none; a text where there are too many."""
    reserved = read_reserved(case)
    free = fusable(case)
    choices: dict[str, list[tuple[frozenset[str], ...]]] = {}
    for key, carried in case.meant[SHOP].workloads.items():
        space = case.budget - reserved.get(key, 0)
        if len(carried) > space:
            fixed = sum(each not in free for each in carried)
            found = partitions(sorted(each for each in carried if each in free))
            choices[key] = [blocks for blocks in found if len(blocks) + fixed <= space]
    if prod(map(len, choices.values())) > limit:
        return "too many"
    plans = (dict(zip(choices, blocks, strict=True)) for blocks in product(*choices.values()))
    return min((cost for plan in plans if (cost := carried_out(case, plan)) is not None), default=None)


@pytest.mark.parametrize("start", range(0, 300, 50))
def test_no_plan_has_fewer_groups_or_as_many_and_fewer_rules(start: int) -> None:
    for seed in range(start, start + 50):
        case = make(seed, pack=True)
        if case.codes - {"SG314"}:
            continue
        wanted = best(case, 400)
        if wanted == "too many":
            continue
        made = (len(case.seen[SHOP].groups), len(case.seen[SHOP].permissions)) if case.seen else None
        assert made == wanted, seed


def test_the_oracle_notices_a_lost_a_new_and_a_wrong_peer() -> None:
    case = next(
        case
        for case in (make(seed, pack=True) for seed in range(100))
        if case.seen and any(each.group.startswith("pack-") for each in case.seen[SHOP].permissions)
    )
    check_traffic(case)
    seen = case.seen[SHOP]
    victim = next(each for each in seen.permissions if each.group.startswith("pack-"))
    lost = {each: text for each, text in seen.permissions.items() if each != victim}
    added = {**seen.permissions, victim._replace(from_port=1, to_port=60): "More"}
    for permissions in (lost, added):
        with pytest.raises(AssertionError):
            check_traffic(case._replace(seen={**case.seen, SHOP: seen._replace(permissions=permissions)}))
    with pytest.raises(AssertionError):
        check_quotas(case._replace(budget=0))
    with pytest.raises(AssertionError):
        check_quotas(case._replace(most=0))


def test_the_quotas_that_help_names_do_help() -> None:
    tried = 0
    for seed in range(100):
        case = make(seed, pack=True)
        if [each.code for each in case.built.errors] != ["SG314"]:
            continue  # with several workloads each is advised as if it were the only one
        for error in case.built.errors:
            workload = error.message.split(" ")[1]
            for quota, number in re.findall(r"(groups_per_eni|rules_per_group): ([0-9]+) once", error.help or ""):
                wider = make(seed, {quota: int(number)}, pack=True)
                assert not any(each.message.startswith(f"workload {workload} ") for each in wider.built.errors), seed
                tried += 1
    assert tried > 10

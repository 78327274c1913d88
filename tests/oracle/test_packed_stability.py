"""Plans of fusing under edits: beside sgstrat.lock a plan stays for as long as it holds, whatever else is edited."""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any, NamedTuple

import pytest

from sgstrat.pipeline import Options, build, compile_workspace

from .compare import AS_OF, Built, Texts
from .packable import content, rule, texts
from .targets import targets
from .test_packed import SHOP, Case, Plan, carried_out

Documents = dict[str, dict[str, Any]]
PATH = f"{'/'.join(SHOP)}/rulebook.json"


class Kept(NamedTuple):
    """A build's files, none after an error, and sgstrat.lock after it."""

    files: dict[str, str]
    lock: str | None


def build_with(given: Texts, lock: str | None, order: Random | None = None) -> Kept:
    files = [(path, text.encode()) for path, text in given.files.items()]
    if order is not None:
        order.shuffle(files)
    found = compile_workspace(None, files, Options(AS_OF, ("rulebook",)), lock=None if lock is None else lock.encode())
    if found.has_errors:
        return Kept({}, lock)
    written, _ = build(found, found.rulebooks, ("rulebook",))
    return Kept(written, found.lock_text(lambda *_: True))


def plan_of(kept: Kept, case: Case) -> Plan:
    """Which groups of each workload are one."""
    data = json.loads(kept.files[PATH])
    members = data.get("packed", {})
    found: Plan = {}
    for key, each in data["workloads"].items():
        blocks = [frozenset(members[group]) for group in each["groups"] if group in members]
        if blocks:
            lost = frozenset[str]().union(*blocks)
            rest = [group for group in case.meant[SHOP].workloads[key] if group not in lost]
            found[key] = (*blocks, *(frozenset((group,)) for group in rest if group in case.meant[SHOP].groups))
    return found


def edited(random: Random, documents: Documents) -> Documents:
    """A rule more, a rule less, or everything in another order; what workloads carry stays."""
    made = copy.deepcopy(documents)
    shop = made["strategies/shop.yaml"]
    kind = shop["groups"][random.choice([*shop["groups"]])]
    group = kind[random.choice([*kind])]
    rules = group.setdefault("ingress", [])
    if rules and random.random() < 0.4:
        rules.pop()
    else:
        rules.append(rule(random, "from", ["self", *kind]))
    if not rules:
        del group["ingress"]
    random.shuffle(shop["flows"])
    return made


def test_a_plan_stays_for_as_long_as_it_holds() -> None:
    stayed = moved = 0
    for seed in range(100):
        random = Random(seed)
        documents, budget, most = content(random), random.randint(1, 3), random.choice((6, 9, 20))
        kept = build_with(texts(documents, budget, most, pack=True), None)
        for _ in range(3):
            if not kept.files:
                break
            documents = edited(random, documents)
            given = texts(documents, budget, most, pack=True)
            case = Case(given, Built({}, ()), budget, most, targets(given.files, None, AS_OF), {})
            before, kept = plan_of(kept, case), build_with(given, kept.lock)
            if before and carried_out(case, before) is not None:
                assert kept.files, seed
                assert plan_of(kept, case) == before, seed
                stayed += 1
                moved += plan_of(build_with(given, None), case) != before
    assert stayed > 40
    assert moved > 0, "without the lock nothing would have moved, so nothing was tried"


@pytest.mark.parametrize("seed", range(20))
def test_building_again_and_in_another_order_changes_no_byte(seed: int) -> None:
    random = Random(seed)
    given = texts(content(random), random.randint(1, 3), 9, pack=True, optimize=bool(seed % 2))
    first = build_with(given, None)
    assert build_with(given, first.lock, random) == first
    assert build_with(given, None, random) == first

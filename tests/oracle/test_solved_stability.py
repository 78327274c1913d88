"""Divided groups under a history of edits: beside sgstrat.lock no rule ever moves, and nothing else places one."""

from __future__ import annotations

import copy
from itertools import pairwise
from random import Random
from typing import Any, NamedTuple

import pytest

from sgstrat.pipeline import Options, build, compile_workspace

from .compare import AS_OF, Texts
from .dense import GROUPS, content, texts
from .meaning import Permission
from .readers import Observed, read_rulebook
from .targets import targets
from .test_solved import whole
from .test_stability import _added

Documents = dict[str, dict[str, Any]]
MOST = 6
SHOP = "shop/default/main"


class Kept(NamedTuple):
    """A build's files, and sgstrat.lock after it."""

    files: dict[str, str]
    lock: str | None

    @property
    def shop(self) -> Observed:
        return read_rulebook(self.files[f"{SHOP}/rulebook.json"])


def build_with(given: Texts, lock: str | None, formats: tuple[str, ...] = ("cloudformation", "terraform")) -> Kept:
    """Build in memory beside a lock."""
    files = [(path, text.encode()) for path, text in given.files.items()]
    data = None if lock is None else lock.encode()
    compilation = compile_workspace(None, files, Options(AS_OF, formats), lock=data)
    assert not compilation.has_errors, [each.message for each in compilation.findings if each.is_error]
    written, findings = build(compilation, compilation.rulebooks, formats)
    assert not any(each.is_error for each in findings), findings
    return Kept(written, compilation.lock_text(lambda *_: True))


def solved(documents: Documents, lock: str | None, optimize: bool = False) -> Kept:
    return build_with(texts(documents, optimize, split=True, most=MOST), lock, ("rulebook",))


def history(seed: int) -> list[Documents]:
    """A strategy, and what becomes of it: rules and flows are added, removed, reworded, put in another order."""
    random = Random(seed)
    documents = content(random)
    found = [documents]
    for number in range(8):
        documents = copy.deepcopy(documents)
        shop = documents["strategies/shop.yaml"]
        group = shop["groups"]["app"][random.choice(GROUPS)]
        rules = group.setdefault(random.choice(("ingress", "egress")), [])
        edit = random.choice(("add", "add", "flow", "remove", "reword", "reorder"))
        if edit == "add":
            key = "from" if rules is group.get("ingress") else "to"
            peer = random.choice(("10.9.0.0/16", "2001:db8:9::/48", "web", "self", "four"))
            at = random.randint(0, len(rules))
            rules.insert(at, {key: peer, "services": f"tcp/{900 + number}", "why": "Added"})
        elif edit == "flow":
            ends = {"from": random.choice(GROUPS), "to": random.choice(GROUPS)}
            shop["flows"].append({**ends, "services": f"tcp/{900 + number}", "why": "Added"})
        elif rules and edit == "remove":
            rules.pop(random.randrange(len(rules)))
        elif rules and edit == "reword":
            random.choice(rules)["why"] = f"Said otherwise {number}"
        else:
            random.shuffle(rules)
            random.shuffle(shop["flows"])
        for direction in ("ingress", "egress"):
            if not group.get(direction, True):
                del group[direction]
        found.append(documents)
    return found


def place_of(seen: Observed, declared: Any) -> dict[Permission, str]:
    """The part in which each permission of a group is."""
    return {each._replace(group=whole(each.group, declared)): each.group for each in seen.permissions}


@pytest.mark.parametrize("seed", range(40))
def test_no_edit_moves_a_rule_that_stays(seed: int) -> None:
    lock: str | None = None
    places: dict[Permission, str] = {}
    for documents in history(seed):
        made = solved(documents, lock)
        lock = made.lock
        now = place_of(made.shop, GROUPS)
        meant = targets(texts(documents, False, True, MOST).files, None, AS_OF)["shop", "default", "main"]
        assert now.keys() == meant.permissions.keys()
        assert {key: now[key] for key in places.keys() & now} == {key: places[key] for key in places.keys() & now}
        places = now


@pytest.mark.parametrize("seed", range(30))
def test_building_again_and_in_another_order_changes_no_byte(seed: int) -> None:
    random = Random(seed)
    given = texts(history(seed)[-1], optimize=bool(seed % 2), split=True, most=MOST)
    first = build_with(given, None)
    assert build_with(given, first.lock) == first
    lines = (first.lock or "").splitlines()
    entries = [line for line in lines if line.startswith("rule ")]
    random.shuffle(entries)
    shuffled = "\r\n".join(("version 1", *entries, "# a remark", "", "end", ""))
    items = list(given.files.items())
    random.shuffle(items)
    assert build_with(Texts(dict(items)), shuffled) == first


@pytest.mark.parametrize("seed", range(700, 730))
def test_one_more_rule_adds_its_own_lines_and_changes_no_other(seed: int) -> None:
    random = Random(seed)
    documents = content(random)
    before = build_with(texts(documents, False, split=True, most=MOST), None)
    more = copy.deepcopy(documents)
    group = more["strategies/shop.yaml"]["groups"]["app"][random.choice(GROUPS)]
    group.setdefault("ingress", []).append({"from": "10.77.0.0/16", "services": "tcp/61234", "why": "Added"})
    after = build_with(texts(more, False, split=True, most=MOST), before.lock)
    fresh = after.shop.groups.keys() - before.shop.groups.keys()
    assert len(fresh) <= 1
    assert after.lock is not None
    assert [line.split()[2] for line in _added(before.lock or "", after.lock)] == ["tcp-61234-from-10.77.0.0/16"]
    if fresh:  # a new part is in the lists of workloads too
        return
    for path, text in after.files.items():
        added = _added(before.files[path], text)
        assert len(added) <= 13
        assert bool(added) == path.startswith(f"{SHOP}/")


def test_without_the_lock_rules_would_move() -> None:
    """Else what is tested above would hold of anything."""
    moved = 0
    for seed in range(12):
        places = [place_of(solved(documents, None).shop, GROUPS) for documents in history(seed)]
        moved += any(old[key] != new[key] for old, new in pairwise(places) for key in old.keys() & new.keys())
    assert moved > 3

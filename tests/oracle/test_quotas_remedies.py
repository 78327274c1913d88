"""What a remedy promises is what comes of it: each is done to the sources, and everything is counted again."""

from __future__ import annotations

import json
import re
from collections import Counter
from random import Random
from typing import Any

import pytest

from .compare import Texts, count_quotas
from .dense import content, texts

MOST = 4
FORMATS = ("cloudformation",)
Key = tuple[Any, ...]
Limits = dict[Key, dict[str, Any]]


def limits(given: Texts) -> Limits:
    """Every limit that a target has, by what it is about."""
    return {
        (each["limit"], each["target"]["strategy"], each["name"], each["direction"], each["family"]): each
        for each in count_quotas(given, FORMATS)["limits"]
        if each["target"] is not None and not each["limit"].startswith("cloudformation")
    }


def remedy(limit: dict[str, Any], kind: str) -> dict[str, Any] | None:
    return next((each for each in limit["remedies"] if each["kind"] == kind), None)


def full(found: Limits) -> Limits:
    return {key: each for key, each in found.items() if key[0] == "rules_per_group" and each["exceeded"]}


def parts_of(found: Limits, key: Key) -> list[int]:
    """What the parts of a group use each."""
    limit, strategy, name, *way = key
    parts = re.compile(rf"{re.escape(name)}(-\d+)?")
    return [
        each["used"]
        for (other, theirs, part, *same), each in found.items()
        if (other, theirs, same) == (limit, strategy, way) and parts.fullmatch(part)
    ]


@pytest.mark.parametrize("start", range(0, 24, 8))
def test_rules_of_a_group(start: int) -> None:
    tried: Counter[str] = Counter()
    for seed in range(start, start + 8):
        documents = content(Random(seed))
        documents["strategies/shop.yaml"]["prefix_lists"]["four"]["max_entries"] = 5
        before = limits(texts(documents, optimize=False, split=False, most=MOST))
        merged = limits(texts(documents, optimize=True, split=False, most=MOST))
        divided = limits(texts(documents, optimize=False, split=True, most=MOST))
        documents["strategies/shop.yaml"]["prefix_lists"]["four"]["max_entries"] = 2
        tightened = limits(texts(documents, optimize=False, split=False, most=MOST))
        for key, each in full(before).items():
            for kind, after in (("optimize", merged), ("max_entries", tightened)):
                promised = remedy(each, kind)
                tried[kind] += promised is not None
                assert after[key]["used"] == (promised["used"] if promised else each["used"]), (seed, key, kind)
                assert promised is None or promised["fits"] == (not after[key]["exceeded"])
            promised = remedy(each, "split")
            parts = parts_of(divided, key)
            tried["split"] += promised is not None
            assert (promised is None) == (len(parts) == 1), (seed, key)
            if promised is not None:
                assert promised["used"] == max(parts), (seed, key)
                assert f"into {len(parts)} parts" in promised["text"]
            raised = remedy(each, "raise")
            assert raised is not None
            assert raised["most"] == 1000 // 16
            assert f"quotas.rules_per_group: {each['used']} " in raised["text"]
            tried["raise"] += 1
    assert min(tried[kind] for kind in ("optimize", "max_entries", "split", "raise")) > 5, tried


def test_groups_on_an_interface() -> None:
    """Groups that the same workloads carry, written as one, take as many fewer as is said."""
    for seed in range(20):
        document = _travelling(Random(seed))
        before = limits(Texts({"strategies/a.yaml": json.dumps(document)}))
        crowded = before["groups_per_eni", "a", "w", None, None]
        packed = remedy(crowded, "pack")
        after = limits(Texts({"strategies/a.yaml": json.dumps({**document, "pack": True})}))
        assert packed is not None, seed
        assert packed["used"] == after["groups_per_eni", "a", "w", None, None]["used"], seed
        promised = remedy(crowded, "fuse")
        assert promised is not None, seed
        fused = re.match(r"([a-z0-9, -]+) written as (?:one group|(\d) groups)", promised["text"])
        assert fused is not None
        kept, gone = int(fused[2] or 1), fused[1].split(", ")
        assert promised["used"] == crowded["used"] - len(gone) + kept
        if kept > 1:
            continue
        groups = document["groups"]["app"]
        one = {"description": "All of them", "ingress": [rule for key in gone for rule in groups.pop(key)["ingress"]]}
        groups["one"] = one
        for workload in document["workloads"].values():
            if gone[0] in workload["groups"]:
                workload["groups"] = [key for key in workload["groups"] if key not in gone] + ["one"]
        after = limits(Texts({"strategies/a.yaml": json.dumps(document)}))
        assert after["groups_per_eni", "a", "w", None, None]["used"] == promised["used"]
        assert not any(each["exceeded"] for key, each in after.items() if key[0] == "rules_per_group"), seed


def _travelling(random: Random) -> dict[str, Any]:
    """Seven groups, of which some are carried by a second workload too."""
    keys = [f"g{number}" for number in range(7)]
    groups = {
        key: {
            "description": "X",
            "ingress": [
                {"from": f"192.168.{number}.0/24", "services": [f"tcp/{port}" for port in ports], "why": "x"},
            ],
        }
        for number, key in enumerate(keys)
        if (ports := random.sample(range(1, 60, 2), random.randint(1, 8)))
    }
    some = random.sample(keys, random.randint(1, 3))
    workloads = {"w": {"groups": keys}, "v": {"groups": some}}
    quotas = {"rules_per_group": 30}
    return {"version": 1, "strategy": "a", "quotas": quotas, "groups": {"app": groups}, "workloads": workloads}

"""Random small strategies in which many rules overlap, touch or cover each other, and groups are over their quota.

The wishes (``optimize``, ``overflow``) are apart from the content, so that it can be compiled with and without them.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any

from .compare import Texts

GROUPS = ("web", "db", "alb")
FOUR = [f"10.0.0.{start}/{32 - size}" for size in range(6) for start in range(0, 32, 1 << size)]
SIX = [f"2001:db8::{start:x}/{128 - size}" for size in range(4) for start in range(0, 8, 1 << size)]
WHY = ("One", "Two", "A longer reason; with a mark", "x" * 200)


def service(random: Random) -> str:
    """A service of a small world, so that chance makes neighbours."""
    low = random.randint(1, 8)
    return random.choice(
        (f"tcp/{low}-{min(8, low + random.randint(0, 3))}",) * 8
        + (f"udp/{low}", "icmp/3", f"icmp/3/{low % 3}", "icmpv6/128", "icmpv6/any", "icmp/any", "proto/50")
        + (("all", "tcp/0-65535") if random.random() < 0.2 else ())
    )


def content(random: Random) -> dict[str, dict[str, Any]]:
    """The documents of one or two strategies, by path."""
    shop: dict[str, Any] = {
        "version": 1,
        "strategy": "shop",
        "prefix_lists": {
            "four": {"max_entries": 2, "entries": random.sample(FOUR, 2)},
            "six": {"entries": [random.choice(SIX)]},
        },
        "groups": {"app": {name: {"description": f"The {name}"} for name in GROUPS}},
        "flows": [],
        "workloads": {
            "front": {"groups": ["web", "alb"]},
            "back": {"groups": ["db"]},
            "both": {"groups": ["web", "db"]},
        },
    }
    if random.random() < 0.3:
        shop["groups"]["app"]["web"]["formerly"] = "site"
    for name in GROUPS:
        for direction, key in (("ingress", "from"), ("egress", "to")):
            rules = [_rule(random, key, name) for _ in range(random.choice((0, 2, 6, 10)))]
            if rules:
                shop["groups"]["app"][name][direction] = rules
    for _ in range(random.randint(0, 3)):
        ends = {"from": random.choice(GROUPS), "to": random.choice((*GROUPS, "four"))}
        shop["flows"].append(
            {**ends, "services": [service(random), f"tcp/{random.randint(1, 8)}"], "why": random.choice(WHY)}
        )
    documents = {"strategies/shop.yaml": shop}
    if random.random() < 0.3:
        documents["strategies/other.yaml"] = {
            "version": 1,
            "strategy": "other",
            "uses": ["shop"],
            "groups": {"app": {"job": {"description": "A job", "egress": [_rule(random, "to", "shop/web")]}}},
            "workloads": {"runner": {"groups": ["job", "shop/web", "shop/db"]}},
        }
    return documents


def _rule(random: Random, key: str, owner: str) -> dict[str, Any]:
    peers = random.choice(
        (
            random.sample(FOUR, 2),
            random.sample(SIX, 2),
            [random.choice(FOUR), random.choice(SIX)],
            [random.choice((*GROUPS, "self") if "/" not in owner else (owner,))],
            [random.choice(("four", "six") if "/" not in owner else (owner,)), "10.0.0.0/27"],
        )
    )
    # every peer has a service of its family
    return {key: peers, "services": [service(random), f"tcp/{random.randint(1, 8)}"], "why": random.choice(WHY)}


def texts(documents: dict[str, dict[str, Any]], optimize: bool, split: bool, most: int) -> Texts:
    """The workspace with its wishes; ``most`` rules a group."""
    wishes: dict[str, Any] = {"quotas": {"rules_per_group": most, "groups_per_eni": 16}}
    if optimize:
        wishes["optimize"] = True
    if split:
        wishes["overflow"] = "split"
    return Texts({path: json.dumps({**document, **wishes}) for path, document in documents.items()})

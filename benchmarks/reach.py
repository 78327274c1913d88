"""How long all-pairs reachability takes, and how that grows: ``python benchmarks/reach.py [GROUPS [RULES]]``.

A synthetic estate: every group with as many rules in each direction, half of them by reference, half by address, on
many ports. The goal: 500 groups of 60 rules within 5 s.
"""

from __future__ import annotations

import sys
import time

from sgstrat.reach.estate import Atlas
from sgstrat.reach.matrix import all_pairs
from sgstrat.reach.relation import Relation
from sgstrat.rulebook.model import Group, IdSource, Peer, Quotas, Rule, Rulebook, Vpc
from sgstrat.rulebook.workspace import Workspace


def rule(direction: str, peer: Peer, low: int, high: int) -> Rule:
    """A TCP rule."""
    key = f"tcp-{low}-{high}-{direction}-{peer.name}"
    return Rule(key, "tcp", low, high, peer, "Benchmark", "benchmark", key)


def rules(index: int, groups: int, count: int, direction: str) -> tuple[Rule, ...]:
    """Half of them by reference to other groups, half by blocks of the VPC and outside of it."""
    made = []
    for number in range(count):
        port = 1024 + (index * 7 + number * 13) % 20000
        if number % 2:
            made.append(rule(direction, Peer("group", f"g{(index * 31 + number * 17) % groups}"), port, port + 50))
        elif number % 4:
            made.append(rule(direction, Peer("cidr", f"10.{number}.{index % 256}.0/24"), port, port))
        else:
            made.append(rule(direction, Peer("cidr", f"{20 + number}.{index % 256}.0.0/16"), port, port + 9))
    return tuple(made)


def workspace(groups: int, count: int) -> Workspace:
    """One target with that many groups, and that many rules in each direction of each."""
    made = tuple(
        Group(
            f"g{index}",
            f"g{index}",
            (),
            f"g{index}",
            "app",
            None,
            "Benchmark",
            (),
            rules(index, groups, count, "from"),
            rules(index, groups, count, "to"),
        )
        for index in range(groups)
    )
    vpc = Vpc("main", IdSource(), ("10.0.0.0/8",), ())
    book = Rulebook(
        "bench", "default", None, None, vpc, None, made, (), (), (), (), (), Quotas(60, 5, 2500, 100, 1000), ()
    )
    return Workspace({book.target: book}, frozenset())


def measure(groups: int, count: int) -> float:
    """Seconds for every pair."""
    space = workspace(groups, count)
    start = time.perf_counter()
    edges = sum(1 for _ in all_pairs(Relation(Atlas(space).estate("default"))))
    seconds = time.perf_counter() - start
    print(f"{groups:>5} groups x {count} rules: {edges:>7} edges in {seconds:6.2f} s", flush=True)
    return seconds


if __name__ == "__main__":
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    per_group = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    for part in (8, 4, 2, 1):
        measure(most // part, per_group)

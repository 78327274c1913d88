"""Random rulebooks of a small universe: four addresses in a VPC, a few ports, few strangers."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from sgstrat.rulebook.model import (
    Existing,
    Group,
    IdSource,
    ListEntry,
    Peer,
    PeeredVpc,
    PrefixList,
    Quotas,
    Reference,
    Rule,
    Rulebook,
    TargetName,
    Vpc,
    Workload,
)

QUOTAS = Quotas(60, 5, 2500, 100, 1000)
SERVICES = (
    ("tcp", 1, 1), ("tcp", 1, 2), ("tcp", 2, 3), ("tcp", 0, 65535), ("udp", 1, 1), ("udp", 0, 9),
    ("icmp", 8, -1), ("icmp", 8, 1), ("icmp", -1, -1),
    ("icmpv6", 128, 0), ("icmpv6", -1, -1), ("50", None, None), ("-1", None, None),
)  # fmt: skip
FOUR = (
    "10.0.0.0/30",
    "10.0.0.0/31",
    "10.0.0.2/31",
    "10.0.0.1/32",
    "10.0.0.0/29",
    "10.0.0.4/31",
    "20.0.0.0/30",
    "20.0.0.0/31",
    "0.0.0.0/0",
    "0.0.0.0/1",
    "128.0.0.0/1",
    "30.0.0.0/8",
)
SIX = ("2600::/126", "2600::/127", "2600::2/127", "::/0", "2600::4/126")


def make_rule(random: Random, groups: list[str], lists: list[PrefixList]) -> Rule:
    protocol, low, high = random.choice(SERVICES)
    families = [FOUR] if protocol == "icmp" else [SIX] if protocol == "icmpv6" else [FOUR, FOUR, SIX]
    fitting = [
        each.key
        for each in lists
        if protocol not in ("icmp", "icmpv6") or (each.family == "ipv6") == (protocol == "icmpv6")
    ]
    what = random.choice(["group", "group", "cidr", "cidr", "prefix_list"] if fitting else ["group", "cidr"])
    if what == "cidr":
        peer = Peer("cidr", random.choice(random.choice(families)))
    else:
        peer = Peer("group", random.choice(groups)) if what == "group" else Peer("prefix_list", random.choice(fitting))
    key = f"{protocol}-{low}-{high}-{peer.name}"
    return Rule(key, protocol, low, high, peer, "", "", key)


def make_group(random: Random, key: str, kind: str, groups: list[str], lists: list[PrefixList]) -> Group:
    sides = [tuple(make_rule(random, groups, lists) for _ in range(random.randrange(4))) for _ in range(2)]
    return Group(key, key, (), key, kind, None, "", (), *sides)  # type: ignore[arg-type]


def lists_for(random: Random) -> list[PrefixList]:
    entries = tuple(ListEntry(text, "") for text in random.sample(FOUR[:6], random.randrange(1, 3)))
    every = [
        PrefixList("own", "own", "ipv4", 3, entries=entries),
        PrefixList("theirs", "existing", random.choice(("ipv4", "ipv6")), 3, id=IdSource("pl-1")),
        PrefixList("s3", "aws", "ipv4", 1, aws="com.amazonaws.x.s3"),
    ]
    return [each for each in every if random.random() < 0.3]


def make_vpcs(random: Random) -> tuple[Vpc, Vpc]:
    """One VPC for both strategies, or two: peered or not, with addresses of their own or the same."""
    six = random.choice(((), (), ("2600::/126",)))
    first = Vpc("main", IdSource("vpc-1"), ("10.0.0.0/30",), six)
    kind = random.choice(("one", "one", "peered", "apart", "same addresses"))
    if kind == "one":
        return first, first
    there = {"peered": ("10.0.0.4/30",), "apart": ("10.0.0.4/30",), "same addresses": ("10.0.0.0/30",)}[kind]
    second = Vpc("other", IdSource("vpc-2"), there, ())
    if kind != "peered":
        return first, second
    both = [replace(first), replace(second)]
    if random.random() < 0.5:  # one side's word is enough
        both[0] = replace(first, peered_with=(PeeredVpc(TargetName("b", "default", "other")),))
    else:
        both[1] = replace(second, peered_with=(PeeredVpc(TargetName("a", "default", "main")),))
    return both[0], both[1]


def make_books(random: Random) -> dict[TargetName, Rulebook]:
    """Two strategies in one VPC or two, which name each other's groups where AWS lets them."""
    books = {}
    vpcs = make_vpcs(random)
    is_one = vpcs[0] == vpcs[1]
    is_met = is_one or any(vpc.peered_with for vpc in vpcs)
    for (strategy, other), vpc, far in zip((("a", "b"), ("b", "a")), vpcs, reversed(vpcs), strict=True):
        lists = lists_for(random)
        existing = (Existing("cluster", IdSource("sg-1"), None),) if random.random() < 0.25 else ()
        own = ["base", "web", "db"]
        names = [*own, *([f"{other}/web"] if is_met else []), *(each.key for each in existing)]
        groups = tuple(make_group(random, key, "baseline" if key == "base" else "app", names, lists) for key in own)
        carried = [name for name in names if name != "base" and (is_one or "/" not in name)]
        workloads = tuple(
            Workload(
                f"w{index}",
                ("base", *random.sample(carried, random.randrange(1, 3))),
                0,
                random.choice(((), (), ("10.0.0.0/31",), ("10.0.0.2/32",))),
            )
            for index in range(random.randrange(3))
        )
        references = (Reference(f"{other}/web", "group", other, "default", far.name, "web"),) if is_met else ()
        books[TargetName(strategy, "default", vpc.name)] = Rulebook(
            strategy, "default", None, None, vpc,
            None, groups, tuple(lists), existing, references, workloads, (), QUOTAS, ()
        )  # fmt: skip
    return books

"""The cover of blocks by spans: the same packets, never more rules, and as few as there can be."""

from __future__ import annotations

from itertools import combinations, product
from random import Random

import pytest

from sgstrat.net.cidr import Cidr, parse_cidr
from sgstrat.net.interval import Interval
from sgstrat.net.service import ALL, BLOCK, service_interval
from sgstrat.solve.cover import Flat, fewest
from sgstrat.solve.spans import service_of, spans

# A small world: eight addresses, and four kinds of each of a few shapes of rules.
BASE = parse_cidr("10.0.0.0/29").first
BLOCKS = [Cidr("ipv4", BASE + step, 32 - size) for size in range(4) for step in range(0, 8, 1 << size)]
TCP = 6 * BLOCK
PORTS = [(TCP + low, TCP + high) for low in range(4) for high in range(low, 4)]
ICMP = [service_interval("icmp", kind, code) for kind, code in ((3, -1), (3, 0), (3, 1), (8, -1), (-1, -1))]


def points(rules: tuple[Flat, ...], kinds: tuple[int, ...]) -> set[tuple[int, int]]:
    """The packets at the addresses of the small world that rules let through, one by one."""
    return {
        (address, kind)
        for block, (low, high) in rules
        for address in range(block.first, block.last + 1)
        for kind in kinds
        if low <= kind <= high
    }


def smallest(wanted: set[tuple[int, int]], shapes: list[Interval], kinds: tuple[int, ...], most: int) -> int:
    """The least number of rules that let through exactly these packets, by trying all: at most ``most``."""
    able = []
    for block, span in product(BLOCKS, shapes):
        reached = points((Flat(block, span),), kinds)
        if reached and reached <= wanted:
            able.append(reached)
    able = [each for each in able if not any(each < other for other in able)]
    for count in range(most):
        if any(set().union(*chosen) == wanted for chosen in combinations(able, count)):
            return count
    return most


@pytest.mark.parametrize("seed", range(120))
def test_no_cover_has_fewer_rules(seed: int) -> None:
    random = Random(seed)
    shapes, kinds = (
        (PORTS, tuple(range(TCP, TCP + 4)))
        if seed % 3
        else (
            [*ICMP, ALL, (TCP, TCP + BLOCK - 1)],
            (*range(BLOCK + 768, BLOCK + 771), BLOCK + 2048, BLOCK + 5, TCP + 3, 50 * BLOCK),
        )
    )
    rules = tuple(Flat(random.choice(BLOCKS), random.choice(shapes)) for _ in range(random.randint(1, 6)))
    made = fewest(rules)
    assert points(made, kinds) == points(rules, kinds)
    assert len(made) == smallest(points(rules, kinds), shapes, kinds, len(set(rules)))


def test_the_search_for_the_smallest_cover_finds_one() -> None:
    halves = {(BASE + address, TCP) for address in range(8)}
    assert smallest(halves, PORTS, (TCP, TCP + 1), 3) == 1
    assert smallest(halves | {(BASE, TCP + 1)}, PORTS, (TCP, TCP + 1), 3) == 2


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        # what is minimal stays as it was written
        ("10.0.0.0/8 1, 10.1.0.0/16 2", "10.0.0.0/8 1, 10.1.0.0/16 2"),
        ("10.0.0.0/9 1, 10.128.0.0/9 1-2", "10.0.0.0/9 1, 10.128.0.0/9 1-2"),
        ("10.0.0.0/8 1, 10.128.0.0/9 2", "10.0.0.0/8 1, 10.128.0.0/9 2"),
        ("10.0.0.0/8 80-90, 10.0.0.0/16 85-100", "10.0.0.0/8 80-90, 10.0.0.0/16 85-100"),
        ("10.0.0.0/24 1, 10.0.2.0/24 1", "10.0.0.0/24 1, 10.0.2.0/24 1"),
        ("10.0.1.0/24 1, 10.0.2.0/24 1", "10.0.1.0/24 1, 10.0.2.0/24 1"),  # neighbours, and no block
        # what is not, is merged
        ("10.0.0.0/9 1, 10.128.0.0/9 1", "10.0.0.0/8 1"),
        ("10.0.0.0/8 1, 10.1.0.0/16 1", "10.0.0.0/8 1"),
        ("10.0.0.0/8 1-5, 10.0.0.0/8 4-9", "10.0.0.0/8 1-9"),
        ("10.0.0.0/8 1-5, 10.0.0.0/8 6-9", "10.0.0.0/8 1-9"),
        ("10.0.0.0/8 1-5, 10.0.0.0/9 6-9, 10.128.0.0/9 6-9", "10.0.0.0/8 1-9"),
        ("10.0.0.0/9 1-3, 10.128.0.0/9 2-5, 10.128.0.0/9 1", "10.0.0.0/9 1-3, 10.128.0.0/9 1-5"),
        ("0.0.0.0/1 1, 128.0.0.0/1 1", "0.0.0.0/0 1"),
        ("10.0.0.0/8 0-40000, 10.0.0.0/8 30000-65535", "10.0.0.0/8 0-65535"),
    ],
)
def test_what_becomes_of_some_rules(given: str, expected: str) -> None:
    assert fewest(map(_flat, given.split(", "))) == tuple(sorted(map(_flat, expected.split(", "))))


def _flat(text: str) -> Flat:
    block, ports = text.split()
    low, _, high = ports.partition("-")
    return Flat(parse_cidr(block), (TCP + int(low), TCP + int(high or low)))


def test_order_and_repetition_do_not_matter() -> None:
    random = Random(1)
    for _ in range(50):
        rules = [Flat(random.choice(BLOCKS), random.choice(PORTS)) for _ in range(8)]
        made = fewest(rules)
        random.shuffle(rules)
        assert fewest(rules + rules[:3]) == made
        assert fewest(made) == made


@pytest.mark.parametrize("protocol", ["tcp", "udp", "icmp", "icmpv6", "50", "0", "255", "-1"])
def test_a_span_is_the_service_that_it_came_from(protocol: str) -> None:
    ports: list[tuple[int | None, int | None]] = [(None, None)]
    if protocol in ("tcp", "udp"):
        ports = [(0, 65535), (443, 443), (0, 0), (65535, 65535), (1, 2)]
    elif protocol.startswith("icmp"):
        ports = [(-1, -1), (0, -1), (255, -1), (3, 4), (255, 255), (0, 0)]
    for low, high in ports:
        span = service_interval(protocol, low, high)
        assert spans((span,)) == (span,)
        assert service_of(span)[:3] == (protocol, low, high)


def test_codes_of_a_type_are_merged_when_all_are_there_and_not_before() -> None:
    codes = [service_interval("icmp", 3, code) for code in range(256)]
    assert spans(((codes[0][0], codes[-1][1]),)) == (service_interval("icmp", 3, -1),)
    assert spans(((codes[0][0], codes[-2][1]),)) == tuple(codes[:-1])
    whole = (service_interval("icmp", 0, -1)[0], service_interval("icmp", 255, -1)[1])
    assert spans((whole,)) == (service_interval("icmp", -1, -1),)

"""The laws of traffic sets, held against sets of packets written out one by one."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest
from hypothesis import given, strategies as st

from sgstrat.language.services import ServicePart, parse_service
from sgstrat.net.cidr import parse_cidr
from sgstrat.net.interval import Interval, Intervals, difference, union
from sgstrat.net.kinds import EVERY_KIND, KINDS_OF, address_text, blocks_text, kind_text, service_texts
from sgstrat.net.service import service_interval
from sgstrat.net.traffic import LINE, NOTHING, START, Packet, Rectangle, Slab, Traffic, off_line, on_line

KINDS = range(8)
PLACES = (*range(6), *range(START["ipv6"], START["ipv6"] + 4))
UNIVERSE = frozenset(Packet(kind, place) for kind, place in product(KINDS, PLACES))
Packets = frozenset[Packet]


def ranges(members: range) -> st.SearchStrategy[Interval]:
    bounds = st.tuples(st.sampled_from(members), st.sampled_from(members))
    return bounds.map(lambda pair: (min(pair), max(pair)))


RECTANGLES = st.lists(
    st.builds(Rectangle, ranges(KINDS), ranges(range(6)) | ranges(range(START["ipv6"], START["ipv6"] + 4))), max_size=7
)


def enumerated(rectangles: list[Rectangle]) -> Packets:
    return frozenset(
        packet
        for packet in UNIVERSE
        if any(k[0] <= packet.kind <= k[1] and a[0] <= packet.place <= a[1] for k, a in rectangles)
    )


def members(traffic: Traffic) -> Packets:
    return frozenset(packet for packet in UNIVERSE if packet in traffic)


@given(RECTANGLES)
def test_a_set_holds_what_its_rectangles_hold(rectangles: list[Rectangle]) -> None:
    assert members(Traffic.of(rectangles)) == enumerated(rectangles)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Traffic.__or__, frozenset.__or__),
        (Traffic.__and__, frozenset.__and__),
        (Traffic.__sub__, frozenset.__sub__),
    ],
)
@given(left=RECTANGLES, right=RECTANGLES)
def test_operations_are_those_of_sets(
    ours: Callable[[Traffic, Traffic], Traffic],
    theirs: Callable[[Packets, Packets], Packets],
    left: list[Rectangle],
    right: list[Rectangle],
) -> None:
    result = ours(Traffic.of(left), Traffic.of(right))

    assert members(result) == theirs(enumerated(left), enumerated(right))
    assert_canonical(result)


@given(RECTANGLES, RECTANGLES)
def test_equal_sets_are_equal_values_and_subsets_are_subsets(left: list[Rectangle], right: list[Rectangle]) -> None:
    here, there = Traffic.of(left), Traffic.of(right)

    assert (here == there) == (enumerated(left) == enumerated(right))
    assert (here <= there) == (enumerated(left) <= enumerated(right))
    assert bool(here) == bool(enumerated(left))


@given(RECTANGLES, RECTANGLES, RECTANGLES)
def test_laws(a: list[Rectangle], b: list[Rectangle], c: list[Rectangle]) -> None:
    x, y, z = Traffic.of(a), Traffic.of(b), Traffic.of(c)

    assert x | y == y | x == Traffic.of([*a, *b])
    assert x & (y | z) == (x & y) | (x & z)
    assert x - (y | z) == (x - y) & (x - z)
    assert (x - y) | (x & y) == x
    assert x - x == NOTHING == x & NOTHING


@given(RECTANGLES)
def test_a_witness_is_a_packet_of_the_set(rectangles: list[Rectangle]) -> None:
    traffic = Traffic.of(rectangles)
    witness = traffic.witness()

    assert (witness is None) == (not traffic)
    assert witness is None or witness in enumerated(rectangles)


@given(RECTANGLES, ranges(range(6)))
def test_projections(rectangles: list[Rectangle], addresses: Interval) -> None:
    traffic, packets = Traffic.of(rectangles), enumerated(rectangles)
    wanted = range(addresses[0], addresses[1] + 1)

    assert spread(traffic.kinds) == {packet.kind for packet in packets}
    everywhere = {kind for kind in KINDS if all(Packet(kind, place) in packets for place in wanted)}
    assert spread(traffic.kinds_at_all((addresses,))) == everywhere
    for kind in KINDS:
        assert spread(traffic.addresses_of(kind)) == {packet.place for packet in packets if packet.kind == kind}
    near = members(traffic.limited(((2, 5),), (addresses,)))
    assert near == {packet for packet in packets if 2 <= packet.kind <= 5 and packet.place in wanted}


def spread(intervals: Intervals) -> set[int]:
    return {value for low, high in intervals for value in range(low, high + 1)}


def assert_canonical(traffic: Traffic) -> None:
    for slab in traffic.slabs:
        assert slab.addresses
        assert union(slab.addresses) == slab.addresses
    for one, following in zip(traffic.slabs, traffic.slabs[1:], strict=False):
        assert one.kinds[1] < following.kinds[0]
        assert one.kinds[1] + 1 < following.kinds[0] or one.addresses != following.addresses


def test_many_rules_are_few_slabs() -> None:
    blocks = [on_line(parse_cidr(f"10.{a}.{b}.0/24")) for a in range(64) for b in range(256)]
    traffic = Traffic.of(Rectangle((443, 443), each) for each in blocks)

    assert traffic.slabs == (Slab((443, 443), (on_line(parse_cidr("10.0.0.0/10")),)),)


def test_families_lie_apart_on_the_line() -> None:
    world = [on_line(parse_cidr(text)) for text in ("0.0.0.0/0", "::/0")]

    assert world == [LINE["ipv4"], LINE["ipv6"]]
    assert len(union(world)) == 2
    assert off_line(world[1][0]) == ("ipv6", 0)
    assert off_line(world[0][1]) == ("ipv4", 2**32 - 1)


TEXTS = ("tcp/443", "tcp/8000-8100", "udp/53", "icmp/8", "icmp/3/4", "icmp/any", "icmpv6/128", "icmpv6/any", "proto/50")


@pytest.mark.parametrize("text", [*TEXTS, "all"])
def test_services_are_spelled_as_they_are_written(text: str) -> None:
    assert service_texts((interval_of(parse_service(text)),)) == (text,)


def interval_of(part: ServicePart) -> Interval:
    return service_interval(part.protocol, part.from_port, part.to_port)


@given(st.lists(st.sampled_from(TEXTS), unique=True, max_size=5))
def test_spelling_keeps_the_set(texts: list[str]) -> None:
    kinds = union(interval_of(parse_service(text)) for text in texts)

    assert union(interval_of(parse_service(text)) for text in service_texts(kinds)) == kinds


def test_what_the_language_cannot_write_is_still_told() -> None:
    ssh = (interval_of(parse_service("tcp/22")),)

    assert service_texts(((2 * 65536, 5 * 65536 + 65535),)) == ("proto/2-5",)
    assert service_texts(difference(EVERY_KIND, ssh)) == ("all but tcp/22",)
    assert service_texts(KINDS_OF["ipv4"]) == ("all",)
    assert service_texts(((65536 + 3 * 256 + 4, 65536 + 3 * 256 + 6),)) == ("icmp/3/4-6",)
    assert service_texts(((65536 + 3 * 256, 65536 + 6 * 256 + 7),)) == ("icmp/3-5", "icmp/6/0-7")


def test_one_packet_in_words() -> None:
    assert kind_text(6 * 65536 + 443) == "tcp port 443"
    assert kind_text(65536 + 8 * 256) == "icmp type 8 code 0"
    assert kind_text(50 * 65536) == "protocol 50"
    assert [address_text(each[0]) for each in LINE.values()] == ["0.0.0.0", "::"]


@pytest.mark.parametrize("text", ["10.0.0.0/8", "0.0.0.0/0", "2001:db8::/48", "::/0", "192.0.2.1/32"])
def test_blocks_are_spelled_as_cidrs(text: str) -> None:
    assert blocks_text((on_line(parse_cidr(text)),)) == (text,)

"""What can be left out, held against sets of packets written out one by one."""

from __future__ import annotations

from itertools import product

from hypothesis import given, strategies as st

from sgstrat.net.redundancy import Part, area, redundant

BITS = 3


@st.composite
def blocks(draw: st.DrawFn) -> tuple[int, int]:
    """Aligned as CIDRs are."""
    length = 1 << draw(st.integers(0, BITS))
    low = draw(st.integers(0, (1 << BITS) // length - 1)) * length
    return (low, low + length - 1)


@st.composite
def parts(draw: st.DrawFn) -> Part:
    low = draw(st.integers(0, 6))
    return Part((low, draw(st.integers(low, 7))), tuple(draw(st.lists(blocks(), min_size=1, max_size=3))))


def packets(part: Part) -> frozenset[tuple[int, int]]:
    kinds = range(part.kinds[0], part.kinds[1] + 1)
    return frozenset(pair for low, high in part.blocks for pair in product(kinds, range(low, high + 1)))


def together(some: list[Part]) -> frozenset[tuple[int, int]]:
    return frozenset(packet for part in some for packet in packets(part))


LISTS = st.lists(parts(), max_size=8)


@given(LISTS)
def test_what_is_left_out_is_held_by_the_rest_and_no_more_can_go(some: list[Part]) -> None:
    left_out = redundant(some)

    kept = [index for index in range(len(some)) if index not in left_out]
    assert together([some[index] for index in kept]) == together(some)
    for index in kept:
        others = together([some[other] for other in kept if other != index])
        assert not packets(some[index]) <= others


@given(LISTS)
def test_the_smaller_goes_and_of_two_equal_ones_the_later(some: list[Part]) -> None:
    left_out = redundant(some)

    for index, part in enumerate(some):
        if index not in left_out:
            assert not any(packets(part) < packets(other) for other in some)
            assert not any(packets(part) == packets(other) for other in some[:index])


@given(LISTS)
def test_those_that_cover_are_kept_and_meet_what_they_cover(some: list[Part]) -> None:
    left_out = redundant(some)

    for index, covering in left_out.items():
        assert 1 <= len(covering) <= 3
        assert not left_out.keys() & set(covering)
        assert all(packets(some[other]) & packets(some[index]) for other in covering)
        if len(some[index].blocks) == 1 and len(covering) < 3:
            assert packets(some[index]) <= together([some[other] for other in covering])


@given(parts())
def test_an_area_counts_packets(part: Part) -> None:
    assert area(part) == len(packets(part))


def test_weights_choose_among_equals() -> None:
    low, high, both = Part((0, 4), ((0, 0),)), Part((3, 9), ((0, 0),)), Part((2, 6), ((0, 0),))
    chain = [low, both, high, Part((5, 9), ((0, 0),)), Part((0, 3), ((0, 0),))]

    assert set(redundant(chain, [5, 5, 5, 9, 9].__getitem__)) != set(redundant(chain, [9, 9, 9, 5, 5].__getitem__))


def test_thousands_that_only_hold_each_other_end() -> None:
    crossing = [Part((index, index + 9), ((0, 255),)) for index in range(2000)]
    crossing += [Part((0, 2500), ((place, place),)) for place in range(256)]

    left_out = redundant(crossing)

    kept = [part for index, part in enumerate(crossing) if index not in left_out]
    covered = {kind for part in kept for kind in range(part.kinds[0], part.kinds[1] + 1)}
    assert covered == set(range(2501))
    assert len(left_out) > 1000

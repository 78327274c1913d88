"""The laws of an assignment: what has a part keeps it, parts are never over, and the order of items is nothing."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings, strategies as st

from sgstrat.solve.assignment import Item, assign

CAPACITY = (10, 10)
weights = st.tuples(st.integers(0, 10), st.integers(0, 10))
contents = st.dictionaries(st.integers(0, 60).map(str), weights, max_size=40)
unhurried = settings(deadline=None, derandomize=True, database=None)


def items(content: dict[str, tuple[int, int]]) -> list[Item]:
    return [Item(key, each) for key, each in content.items()]


def loads(content: dict[str, tuple[int, int]], parts: dict[str, int]) -> dict[int, tuple[int, int]]:
    first, second = Counter[int](), Counter[int]()
    for key, (left, right) in content.items():
        first[parts[key]] += left
        second[parts[key]] += right
    return {number: (first[number], second[number]) for number in {*parts.values()}}


@unhurried
@given(contents)
def test_every_item_has_a_part_and_no_part_is_over(content: dict[str, tuple[int, int]]) -> None:
    parts = assign(items(content), CAPACITY, {})
    assert parts.keys() == content.keys()
    assert all(left <= 10 >= right for left, right in loads(content, parts).values())
    assert {*parts.values()} == {*range(1, max(parts.values(), default=0) + 1)}


@unhurried
@given(contents, contents)
def test_adding_and_removing_moves_nothing(old: dict[str, tuple[int, int]], more: dict[str, tuple[int, int]]) -> None:
    before = assign(items(old), CAPACITY, {})
    content = {key: each for key, each in {**more, **old}.items() if key not in old or key not in more or key < "3"}
    after = assign(items(content), CAPACITY, before)
    assert all(after[key] == before[key] for key in content.keys() & before.keys())
    assert all(left <= 10 >= right for left, right in loads(content, after).values())


@unhurried
@given(contents, st.randoms(use_true_random=False))
def test_the_order_of_items_does_not_matter(content: dict[str, tuple[int, int]], random: object) -> None:
    listed = items(content)
    previous = assign(listed[::2], CAPACITY, {})
    first = assign(listed, CAPACITY, previous)
    random.shuffle(listed)  # type: ignore[attr-defined]
    assert assign(listed, CAPACITY, previous) == first
    assert assign(listed, CAPACITY, first) == first


@unhurried
@given(contents, st.integers(1, 10))
def test_a_lowered_capacity_moves_only_what_has_no_room(content: dict[str, tuple[int, int]], most: int) -> None:
    small = {key: (min(left, most), min(right, most)) for key, (left, right) in content.items()}
    before = assign(items(small), CAPACITY, {})
    after = assign(items(small), (most, most), before)
    full = {number for number, load in loads(small, before).items() if max(load) > most}
    assert all(after[key] == number for key, number in before.items() if number not in full)
    assert all(max(load) <= most for load in loads(small, after).values())


def test_a_hole_is_filled_before_a_new_part_is_opened() -> None:
    previous = {"a": 1, "c": 3}
    found = assign([Item("a", (10, 0)), Item("c", (10, 0)), Item("b", (1, 0)), Item("d", (10, 0))], CAPACITY, previous)
    assert found == {"a": 1, "c": 3, "d": 2, "b": 4}


def test_of_an_overfull_part_the_fewest_move() -> None:
    previous = {"big": 1, "one": 1, "two": 1, "three": 1}
    content = [Item("big", (8, 0)), Item("one", (1, 0)), Item("two", (1, 0)), Item("three", (1, 0))]
    assert assign(content, CAPACITY, previous) == {"one": 1, "two": 1, "three": 1, "big": 2}


def test_an_item_heavier_than_a_part_is_refused() -> None:
    with pytest.raises(ValueError, match="heavier"):
        assign([Item("a", (11, 0))], CAPACITY, {})

"""The difference of random rulebooks is, packet by packet, what a naive reading of both sides gives."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterable, Iterator

import diff_oracle as oracle
import pytest

from sgstrat.net.service import service_interval
from sgstrat.reach.diff import compare
from sgstrat.reach.diff_model import Change, Difference, Interfaces, Outside
from sgstrat.rulebook.model import Rulebook, TargetName
from sgstrat.rulebook.read_json import read_rulebook

CHUNKS, PER_CHUNK = 20, 100


def read(side: oracle.Side) -> dict[TargetName, Rulebook]:
    books = [read_rulebook(json.dumps(book)) for book in side.values()]
    return {book.target: book for book in books}


def kinds_of(change: Change) -> list[oracle.Kind]:
    points = {kind: service_interval(kind[0], kind[1], kind[1])[0] for kind in oracle.KINDS}
    return [kind for kind, point in points.items() if any(low <= point <= high for low, high in change.kinds)]


def ends(end: Interfaces | Outside) -> list[oracle.Name]:
    assert isinstance(end, Interfaces)
    return [(each.kind, each.strategy, each.name) for each in end.names]


def told_between(changes: Iterable[Change]) -> set[tuple[oracle.Name, oracle.Name, oracle.Kind, bool]]:
    return {
        (source, destination, kind, change.is_certain)
        for change in changes
        if change.way == "between"
        for source in ends(change.source)
        for destination in ends(change.destination)
        for kind in kinds_of(change)
    }


def told_outside(changes: Iterable[Change]) -> Iterator[tuple[oracle.Name, str, object, oracle.Kind]]:
    for change in changes:
        if change.way == "between":
            continue
        far, near = (
            (change.source, change.destination) if change.way == "ingress" else (change.destination, change.source)
        )
        assert isinstance(far, Outside)
        blocks = [ipaddress.ip_network(cidr) for cidr in far.cidrs]
        things: list[object] = [
            each
            for each in (*oracle.HERE, *oracle.THERE)
            if any(ipaddress.ip_address(each) in block for block in blocks)
        ]
        if far.kind != "addresses":
            owner, _, name = far.names[0].partition("/")
            things = [(far.kind, "" if far.kind == "prefix_list" else owner, name)]
        yield from (
            (end, change.way, thing, kind) for end in ends(near) for thing in things for kind in kinds_of(change)
        )


class Expected:
    """What the oracle says is on one side and not on the other."""

    def __init__(self, here: oracle.Side, there: oracle.Side) -> None:
        self.here, self.there = here, there
        self.ends = oracle.names(here, there)
        self.pairs = {
            name: (oracle.interface(here, there, name), oracle.interface(there, here, name)) for name in self.ends
        }

    def between(self) -> Iterator[tuple[oracle.Name, oracle.Name, oracle.Kind, bool]]:
        for source in self.ends:
            for destination in self.ends:
                for kind in oracle.KINDS:
                    some, every = oracle.between(self.here, self.pairs[source][0], self.pairs[destination][0], kind)
                    if (
                        some
                        and not oracle.between(self.there, self.pairs[source][1], self.pairs[destination][1], kind)[0]
                    ):
                        yield source, destination, kind, every

    def outside(self) -> Iterator[tuple[oracle.Name, str, object, oracle.Kind]]:
        things = (("prefix_list", "", "aws"), ("group", "a", "ext"), ("group", "b", "ext"))
        for name, (here, there) in self.pairs.items():
            for way in ("ingress", "egress"):
                for kind in oracle.KINDS:
                    for address in (*oracle.HERE, *oracle.THERE):
                        if oracle.at_address(self.here, here, way, address, kind) > oracle.at_address(
                            self.there, there, way, address, kind
                        ):
                            yield name, way, address, kind
                    for thing in things:
                        if oracle.with_thing(self.here, here, way, thing, kind) > oracle.with_thing(
                            self.there, there, way, thing, kind
                        ):
                            yield name, way, thing, kind


def check(changes: tuple[Change, ...], expected: Expected) -> None:
    assert told_between(changes) == set(expected.between())
    assert set(told_outside(changes)) == set(expected.outside())


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_difference_is_what_packets_say(chunk: int) -> None:
    seen = 0
    for seed in range(chunk * PER_CHUNK, (chunk + 1) * PER_CHUNK):
        old, new = oracle.random_sides(seed)
        difference: Difference = compare(read(old), read(new))
        check(difference.gained, Expected(new, old))
        check(difference.lost, Expected(old, new))
        seen += bool(difference.gained) + bool(difference.lost)
    assert seen > PER_CHUNK  # most of the cases have something to say


def test_what_is_gained_one_way_is_lost_the_other() -> None:
    for seed in range(PER_CHUNK):
        old, new = (read(side) for side in oracle.random_sides(seed))
        there, back = compare(old, new), compare(new, old)
        assert told_between(there.gained) == told_between(back.lost)
        assert set(told_outside(there.lost)) == set(told_outside(back.gained))


def test_nothing_differs_from_itself() -> None:
    for seed in range(PER_CHUNK):
        old, _ = (read(side) for side in oracle.random_sides(seed))
        again, _ = (read(side) for side in oracle.random_sides(seed))
        assert compare(old, again).is_empty

"""What is reported as redundant can go, and what is not cannot: held against packets written out one by one.

The oracle reads what was written, and shares no code with the check: addresses are letters and numbers of its own.
"""

from __future__ import annotations

from itertools import permutations, product
from typing import NamedTuple

from compiling import checked
from hypothesis import given, settings, strategies as st

from sgstrat.diagnostics.codes import Severity

# Who may be at the other end, by the peer that lets it in. The list of AWS has a member in each half of the internet.
REACHED = {
    "10.0.0.0/30": {"10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.3"},
    "10.0.0.0/31": {"10.0.0.0", "10.0.0.1"},
    "10.0.0.2/31": {"10.0.0.2", "10.0.0.3"},
    "10.0.0.1/32": {"10.0.0.1"},
    "network": {"10.0.0.0", "10.0.0.1", "10.0.0.3"},
    "hosts": {"10.0.0.2", "10.0.0.3"},
    "0.0.0.0/0": {"10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.3", "11.0.0.0", "elsewhere", "low", "high"},
    "0.0.0.0/1": {"10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.3", "11.0.0.0", "low"},
    "128.0.0.0/1": {"elsewhere", "high"},
    '"2001:db8::/127"': {"2001:db8::", "2001:db8::1"},
    '"2001:db8::/128"': {"2001:db8::"},
    "s3": {"low", "high"},
    "web": {"a member of web"},
    "other": {"a member of other"},
}
SERVICES = {
    "tcp/1": {("tcp", 1)},
    "tcp/1-2": {("tcp", 1), ("tcp", 2)},
    "tcp/2-4": {("tcp", 2), ("tcp", 3), ("tcp", 4)},
    "one": {("tcp", 1), ("tcp", 3)},
    "udp/1": {("udp", 1)},
    "tcp/0-65535": {("tcp", port) for port in range(6)},
    "all": {*(("tcp", port) for port in range(6)), ("udp", 1), ("udp", 2), ("50", 0)},
}


FIRST_LINE = 12


class Written(NamedTuple):
    peers: tuple[str, ...]
    services: tuple[str, ...]

    def packets(self) -> set[tuple[str, tuple[str, int]]]:
        reached = set().union(*(REACHED[peer] for peer in self.peers))
        return set(product(reached, set().union(*(SERVICES[service] for service in self.services))))


def packets(rules: list[Written]) -> set[tuple[str, tuple[str, int]]]:
    return set().union(*(rule.packets() for rule in rules))


def strategy(rules: list[Written], direction: str) -> str:
    way = "from" if direction == "ingress" else "to"
    lines = "".join(
        f"        - {{{way}: [{', '.join(peers)}], services: [{', '.join(services)}], why: Number {index}}}\n"
        for index, (peers, services) in enumerate(rules)
    )
    return (
        "version: 1\nstrategy: a\n"
        "networks: {network: [10.0.0.0/31, 10.0.0.3/32]}\n"
        "services: {one: [tcp/1, tcp/3]}\n"
        "prefix_lists: {hosts: {entries: [10.0.0.2/31]}, s3: {aws: s3}}\n"
        "groups:\n  app:\n    other: {description: X}\n"
        f"    web:\n      description: X\n      {direction}:\n{lines}"
    )


def reported(rules: list[Written], direction: str) -> set[int]:
    """The numbers of the rules that can go; each stands on a line of its own."""
    return {
        each.span.line - FIRST_LINE
        for each in checked(strategy(rules, direction))
        if each.code in ("SG418", "SG429") and each.severity is Severity.WARNING and each.span is not None
    }


def some(peers: int, services: int) -> st.SearchStrategy[list[Written]]:
    def drawn(table: dict[str, set[str]] | dict[str, set[tuple[str, int]]], most: int) -> st.SearchStrategy[object]:
        return st.lists(st.sampled_from(sorted(table)), min_size=1, max_size=most, unique=True).map(tuple)

    return st.lists(st.builds(Written, drawn(REACHED, peers), drawn(SERVICES, services)), min_size=1, max_size=6)


DIRECTIONS = st.sampled_from(("ingress", "egress"))
# rules that become one rule each: there is nothing of which only a part could go
SIMPLE = some(1, 1).map(
    lambda rules: [rule for rule in rules if not {*rule.peers, *rule.services} & {"network", "one"}]
)


@settings(max_examples=150, deadline=None)
@given(SIMPLE, DIRECTIONS)
def test_a_rule_is_reported_where_the_rest_allow_the_same_without_it(rules: list[Written], direction: str) -> None:
    gone = reported(rules, direction) if rules else set()

    kept = [index for index in range(len(rules)) if index not in gone]
    assert packets([rules[index] for index in kept]) == packets(rules)
    for index in kept:
        assert packets([rules[other] for other in kept if other != index]) != packets(rules)


@settings(max_examples=150, deadline=None)
@given(some(3, 2), DIRECTIONS)
def test_what_is_reported_can_all_go_together(rules: list[Written], direction: str) -> None:
    gone = reported(rules, direction)

    assert packets([rule for index, rule in enumerate(rules) if index not in gone]) == packets(rules)


@settings(max_examples=150, deadline=None)
@given(SIMPLE, DIRECTIONS)
def test_of_equal_rules_the_first_is_kept_where_one_is(rules: list[Written], direction: str) -> None:
    gone = reported(rules, direction) if rules else set()

    for index, rule in enumerate(rules):
        assert index in gone or not any(rule.packets() == other.packets() for other in rules[:index])


@settings(max_examples=150, deadline=None)
@given(some(3, 2), DIRECTIONS)
def test_of_two_rules_one_within_the_other_one_goes(rules: list[Written], direction: str) -> None:
    gone = reported(rules, direction)

    for (index, rule), (other, larger) in permutations(enumerate(rules), 2):
        if rule.packets() <= larger.packets():
            assert gone & {index, other}


def test_flows_go_only_with_both_sides() -> None:
    text = """\
version: 1
strategy: a
groups:
  app:
    web: {description: X, egress: [{to: db, services: tcp/1-9, why: Wide}]}
    db: {description: X}
flows:
  - {from: web, to: db, services: tcp/5, why: One side is covered}
"""
    (note,) = (each for each in checked(text) if each.code == "SG418")

    assert note.severity is Severity.NOTE
    assert note.span is not None
    assert note.span.line == 8

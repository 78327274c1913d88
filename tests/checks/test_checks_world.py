"""World access is found exactly where an oracle that asks packet by packet finds it."""

from __future__ import annotations

import ipaddress
from itertools import product

from compiling import checked
from hypothesis import given, settings, strategies as st

from sgstrat.net.public import public

PIECES = ("0.0.0.0/1", "128.0.0.0/1", "128.0.0.0/2", "192.0.0.0/2", "0.0.0.0/0", "64.0.0.0/2", "0.0.0.0/2", "9.0.0.0/8")
PORTS = ("20", "22", "20-30", "25-443", "443", "8000-8100")
RULE = st.tuples(st.sampled_from(PIECES), st.sampled_from(PORTS))
WORLD = {"SG401", "SG404", "SG405"}


def probes() -> list[int]:
    """Addresses on both sides of every edge of the pieces, as far as they are public."""
    edges = {int(each) for text in PIECES for net in [ipaddress.ip_network(text)] for each in (net[0], net[-1])}
    near = {value + step for value, step in product(edges, (-1, 0, 1, 2**24, 2**25))}
    return sorted(value for value in near if any(low <= value <= high for low, high in public("ipv4")))


PROBES = probes()


def is_open(rules: list[tuple[str, str]], port: int) -> bool:
    """Whether every probed address gets in on a TCP port."""
    nets = [ipaddress.ip_network(piece) for piece, ports in rules if _holds(ports, port)]
    return all(any(ipaddress.ip_address(value) in net for net in nets) for value in PROBES)


def _holds(ports: str, port: int) -> bool:
    low, _, high = ports.partition("-")
    return int(low) <= port <= int(high or low)


@settings(max_examples=300, deadline=None)
@given(st.lists(RULE, min_size=1, max_size=6, unique=True))
def test_world_ingress_is_reported_where_every_address_gets_in(rules: list[tuple[str, str]]) -> None:
    written = "".join(f"        - {{from: {piece}, services: tcp/{ports}, why: x}}\n" for piece, ports in rules)
    text = f"version: 1\nstrategy: a\ngroups:\n  app:\n    web:\n      description: X\n      ingress:\n{written}"
    findings = [item for item in checked(text) if item.code in WORLD]
    ports = {int(each) for _, span in rules for each in span.split("-")}
    opened = {port for port in ports if is_open(rules, port)}
    assert bool(findings) == bool(opened), (rules, opened)
    lines = {item.span.line for item in findings if item.span is not None}
    for number, (_, span) in enumerate(rules):
        if any(_holds(span, port) for port in opened) and is_needed(rules, number, opened):
            assert 8 + number in lines, (rules, number, opened)


def is_needed(rules: list[tuple[str, str]], number: int, opened: set[int]) -> bool:
    """Whether the world would not be let in without a rule: such a rule has to be named."""
    rest = [rule for index, rule in enumerate(rules) if index != number]
    return any(_holds(rules[number][1], port) and not is_open(rest, port) for port in opened)

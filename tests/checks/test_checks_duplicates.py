"""Groups are alike where fusing them changes nothing: held against fusing them in what was written."""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

from compiling import checked, coded
from hypothesis import given, settings, strategies as st

GROUPS = ("one", "two", "three")
PEERS = ("10.1.0.0/16", *GROUPS)
PORTS = (1, 2)


class Line(NamedTuple):
    """A rule with one peer and one port, so that equal permission is equal text."""

    group: str
    direction: str
    peer: str
    port: int


def strategy(lines: list[Line]) -> str:
    text = "version: 1\nstrategy: a\ngroups:\n  app:\n"
    for group in GROUPS:
        text += f"    {group}:\n      description: X\n"
        for direction, way in (("ingress", "from"), ("egress", "to")):
            own = [line for line in lines if (line.group, line.direction) == (group, direction)]
            text += f"      {direction}:\n" if own else ""
            text += "".join(f"        - {{{way}: {peer}, services: tcp/{port}, why: x}}\n" for _, _, peer, port in own)
    return text


def permitted(lines: set[Line], fused: dict[str, str]) -> set[Line]:
    """Who may talk to whom: the members of each group as it was, under the rules of what it has become."""
    rules = {(fused[group], direction, fused.get(peer, peer), port) for group, direction, peer, port in lines}
    return {
        Line(group, direction, peer, port)
        for group in GROUPS
        for direction in ("ingress", "egress")
        for peer in PEERS
        for port in PORTS
        if (fused[group], direction, fused.get(peer, peer), port) in rules
    }


def apart() -> dict[str, str]:
    return {group: group for group in GROUPS}


LINES = st.lists(
    st.builds(
        Line,
        st.sampled_from(GROUPS),
        st.sampled_from(("ingress", "egress")),
        st.sampled_from(PEERS),
        st.sampled_from(PORTS),
    ),
    min_size=1,
    max_size=6,
    unique=True,
)


@st.composite
def with_twins(draw: st.DrawFn) -> list[Line]:
    """As often as not what one group has the next has too, else hardly any two would be alike."""
    lines = draw(LINES)
    if draw(st.booleans()):
        swap = {**apart(), "one": "two", "two": "one"}
        lines += [Line(swap[line.group], line.direction, swap.get(line.peer, line.peer), line.port) for line in lines]
    if draw(st.booleans()):
        swap = {**apart(), "one": "two", "two": "one"}
        lines += [line._replace(peer=swap.get(line.peer, line.peer)) for line in lines]
    return list(dict.fromkeys(lines))


@settings(max_examples=200, deadline=None)
@given(with_twins())
def test_groups_are_alike_where_fusing_them_changes_nothing(lines: list[Line]) -> None:
    every = set(lines)
    expected = {
        pair
        for pair in combinations(GROUPS, 2)
        if all(any(line.group == group for line in lines) for group in pair)
        and permitted(every, {**apart(), pair[1]: pair[0]}) == permitted(every, apart())
    }

    found = set()
    for finding in coded("SG417", checked(strategy(lines))):
        members = sorted((path.removeprefix("groups.app.") for path in finding.paths), key=GROUPS.index)
        found.update(combinations(members, 2))

    assert found == expected


def test_some_groups_are_alike() -> None:
    lines = [Line(group, "ingress", peer, 1) for group in ("one", "two") for peer in ("one", "two")]

    (finding,) = coded("SG417", checked(strategy(lines)))

    assert "one, two" in finding.message

"""Two sets of rules of one group and direction, and how they differ as traffic. Knows no format and no document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from sgstrat.formats.observed import ObservedPeer
from sgstrat.net.interval import Intervals, difference, union
from sgstrat.net.service import service_interval

PlainRule = tuple[str, "int | None", "int | None", ObservedPeer, str]
"""Protocol, ports, peer and description: all that a rule is, without its place."""


def rule_differences(what: str, meant: Sequence[PlainRule], written: Sequence[PlainRule]) -> Iterator[tuple[str, str]]:
    """What two sets of rules allow differently; failing that, in what they are written differently."""
    want, have = _traffic(meant), _traffic(written)
    same = True
    for peer in dict.fromkeys((*want, *have)):
        for verb, left, right in (("lost", want, have), ("added", have, want)):
            rest = difference(left.get(peer, ()), right.get(peer, ()))
            if rest:
                same = False
                rules = [
                    rule for rule in (meant if verb == "lost" else written) if rule[3] == peer and _meets(rule, rest)
                ]
                yield what, f"{verb}: {'; '.join(map(_described, rules[:3]))}{' and more' if len(rules) > 3 else ''}"
    if same:
        lost, added = Counter(meant) - Counter(written), Counter(written) - Counter(meant)
        changes = f"lost {shown(map(_described, lost))}; added {shown(map(_described, added))}"
        yield what, f"the same traffic in other rules: {changes}"


def _traffic(rules: Iterable[PlainRule]) -> dict[ObservedPeer, Intervals]:
    by_peer: dict[ObservedPeer, list[tuple[int, int]]] = {}
    for protocol, low, high, peer, _ in rules:
        by_peer.setdefault(peer, []).append(service_interval(protocol, low, high))
    return {peer: union(parts) for peer, parts in by_peer.items()}


def _meets(rule: PlainRule, rest: Intervals) -> bool:
    low, high = service_interval(*rule[:3])
    return any(first <= high and low <= last for first, last in rest)


def _described(rule: PlainRule) -> str:
    protocol, low, high, peer, description = rule
    ports = "" if low is None else f" {low}" if low == high else f" {low}-{high}"
    return f"{'all protocols' if protocol == '-1' else protocol}{ports}, {peer} ({description})"


def shown(items: Iterable[object]) -> str:
    """The first five of some things, in words."""
    found = [
        " ".join(map(str, item)) if isinstance(item, tuple) and not hasattr(item, "_fields") else str(item)
        for item in items
    ]
    return ", ".join(found[:5]) + (" and more" if len(found) > 5 else "") or "none"

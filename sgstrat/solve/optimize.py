"""``optimize``: the fewest rules that allow exactly what was written, within each group and direction.

Rules with CIDRs are covered together (``solve.cover``), one family at a time; rules that name a group or a prefix list
only with others of the same peer. What a list holds never stands for a rule, nor a rule for a list: entries may be
edited apart from the strategy. Knows no quotas.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from sgstrat.net.cidr import BITS, Cidr, parse_cidr
from sgstrat.net.interval import Interval, union
from sgstrat.net.service import service_interval
from sgstrat.rulebook.model import Direction, Group, Peer, Rule, Rulebook
from sgstrat.rulebook.rules import canonical_order
from sgstrat.solve.cover import Flat, fewest
from sgstrat.solve.reasons import standing_for
from sgstrat.solve.spans import service_of, spans


def optimized(book: Rulebook) -> Rulebook:
    """The rulebook with as few rules as allow the same; the very same groups where nothing can be merged."""
    groups = tuple(_group(group) for group in book.groups)
    return replace(book, groups=groups) if groups != book.groups else book


def _group(group: Group) -> Group:
    ingress, egress = merged(group.ingress, "ingress"), merged(group.egress, "egress")
    if ingress is group.ingress and egress is group.egress:
        return group
    return replace(group, ingress=ingress, egress=egress)


def merged(rules: tuple[Rule, ...], direction: Direction) -> tuple[Rule, ...]:
    """The rules of one direction, merged; the same tuple where none can be."""
    if len(rules) < 2:
        return rules
    blocks: dict[str, dict[Flat, Rule]] = defaultdict(dict)
    by_peer: dict[Peer, dict[Interval, Rule]] = defaultdict(dict)
    for rule in rules:
        span = service_interval(rule.protocol, rule.from_port, rule.to_port)
        if rule.peer.kind == "cidr":
            block = parse_cidr(rule.peer.name)
            blocks[block.family][Flat(block, span)] = rule
        else:
            by_peer[rule.peer][span] = rule
    found = [rule for written in blocks.values() for rule in _of_blocks(written, direction)]
    found += [rule for peer, written in by_peer.items() for rule in _of_peer(peer, written, direction)]
    return rules if len(found) == len(rules) else tuple(sorted(found, key=canonical_order))


def _of_blocks(written: dict[Flat, Rule], direction: Direction) -> Iterable[Rule]:
    kept = fewest(written)
    if len(kept) == len(written):
        return written.values()
    index = _Index(kept)
    stands_for: dict[Flat, list[Rule]] = {flat: [] for flat in kept}
    for flat, rule in written.items():
        for heir in index.heirs(flat):
            stands_for[heir].append(rule)
    return [
        _made(written.get(flat), flat.span, Peer("cidr", str(flat.block)), rules, direction)
        for flat, rules in stands_for.items()
    ]


class _Index:
    """The rules that are kept, found by the block of a written one."""

    def __init__(self, kept: Sequence[Flat]) -> None:
        self._kept = kept
        self._by_block: dict[Cidr, list[Flat]] = defaultdict(list)
        for flat in kept:
            self._by_block[flat.block].append(flat)

    def heirs(self, flat: Flat) -> list[Flat]:
        """What a written rule is now part of: itself, or one that covers it whole, or all that share it."""
        around = [each for block in _around(flat.block) for each in self._by_block.get(block, ())]
        if flat in around:
            return [flat]
        low, high = flat.span
        whole = [each for each in around if each.span[0] <= low and high <= each.span[1]]
        return whole[:1] or [
            each for each in (*around, *self._within(flat.block)) if each.span[0] <= high and low <= each.span[1]
        ]

    def _within(self, block: Cidr) -> Iterator[Flat]:
        """The rules with smaller blocks in a block."""
        for at in range(bisect_left(self._kept, block.first, key=_first), len(self._kept)):
            flat = self._kept[at]
            if flat.block.first > block.last:
                break
            if flat.block.prefix > block.prefix:
                yield flat


def _first(flat: Flat) -> int:
    return flat.block.first


def _around(block: Cidr) -> Iterator[Cidr]:
    """Every block that holds a block, itself among them, the widest first."""
    bits = BITS[block.family]
    for prefix in range(block.prefix + 1):
        yield Cidr(block.family, block.first >> (bits - prefix) << (bits - prefix), prefix)


def _of_peer(peer: Peer, written: dict[Interval, Rule], direction: Direction) -> Iterable[Rule]:
    kept = spans(union(written))
    if len(kept) == len(written):
        return written.values()
    stands_for: dict[Interval, list[Rule]] = {span: [] for span in kept}
    starts = [low for low, _ in kept]
    for span, rule in written.items():
        stands_for[kept[bisect_right(starts, span[0]) - 1]].append(rule)
    return [_made(written.get(span), span, peer, rules, direction) for span, rules in stands_for.items()]


def _made(same: Rule | None, span: Interval, peer: Peer, rules: Sequence[Rule], direction: Direction) -> Rule:
    """One rule that stands for ``rules``; ``same`` is the one that was written just so."""
    if same is not None:
        return same if len(rules) < 2 else standing_for(same, rules)
    service = service_of(span)
    stem = f"{service.key}-{'from' if direction == 'ingress' else 'to'}-"
    oldest = peer.name if peer.kind == "cidr" else _oldest(rules[0])
    rule = Rule(stem + peer.name, service.protocol, service.from_port, service.to_port, peer, "", "", stem + oldest)
    return standing_for(rule, rules)


def _oldest(rule: Rule) -> str:
    """The peer's name as of its oldest key, as the identity of any rule with that peer ends in it."""
    if rule.identity == rule.key:
        return rule.peer.name
    return rule.identity[len(rule.key) - len(rule.peer.name) :]

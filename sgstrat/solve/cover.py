"""The fewest rules with CIDRs that allow exactly what some rules with CIDRs allow.

A rule is a block of addresses and a span of kinds (``solve.spans``): a rectangle whose address side is a node of the
tree of all blocks. That makes the minimum exact and cheap, where covering by free rectangles is not. Let P(v) be the
kinds allowed for every address of block v, and its spans the widest single rules in P(v). Then:

- any rule may be widened to a span of P of its block, and the count stays;
- going up the tree P only shrinks, so a span of P(v) that some rules further up cover together is a span of P(v) and
  of all blocks between, and by induction one of them is that very span;
- so each span of each undivided block is covered by one rule of that span, there or further up, and the fewest rules
  are one for each topmost block of which it is a span.

Where several minima exist, rules as written are kept. Knows neither peers nor reasons.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sgstrat.net.cidr import BITS, Cidr
from sgstrat.net.interval import Interval, Intervals, difference, intersection, union
from sgstrat.solve.spans import spans


class Flat(NamedTuple):
    """A rule with a CIDR: its block, and its span of kinds, both ends inclusive."""

    block: Cidr
    span: Interval


class _Need(NamedTuple):
    """A span that one rule has to cover for every address of ``least``, and may for every address of ``most``."""

    span: Interval
    least: Cidr
    most: Cidr


@dataclass(slots=True)
class _Node:
    """A block that rules name, or in which blocks of both halves are named; ``own`` are the spans named for it."""

    block: Cidr
    own: list[Interval] = field(default_factory=list)
    below: list[_Node] = field(default_factory=list)


def fewest(rules: Iterable[Flat]) -> tuple[Flat, ...]:
    """The fewest rules that allow exactly the same, sorted; all blocks are of one family.

    Never more than were given. ``rules`` have spans that :func:`~sgstrat.solve.spans.spans` could give.
    """
    written = sorted(set(rules))
    if len(written) < 2:
        return tuple(written)
    by_block: dict[Cidr, list[Interval]] = {}
    for block, span in written:
        by_block.setdefault(block, []).append(span)
    blocks = sorted(by_block, key=_in_tree)
    root = _tree(blocks, 0, len(blocks), by_block)
    needs: list[_Need] = []
    _, left = _weigh(root, (), needs)
    needs += (_Need(span, least, root.block) for span, least in left.items())
    given = frozenset(written)
    return tuple(sorted(_shrunk([_placed(need, given) for need in needs], by_block)))


def _in_tree(block: Cidr) -> tuple[int, int]:
    """A block before all that lie in it."""
    return (block.first, block.prefix)


def _half(block: Cidr, side: int) -> Cidr:
    prefix = block.prefix + 1
    return Cidr(block.family, block.first + (side << (BITS[block.family] - prefix)), prefix)


def _above(left: Cidr, right: Cidr) -> Cidr:
    """The smallest block with both of them in it."""
    bits = BITS[left.family]
    prefix = min(left.prefix, right.prefix, bits - (left.first ^ right.first).bit_length())
    return Cidr(left.family, left.first >> (bits - prefix) << (bits - prefix), prefix)


def _tree(blocks: Sequence[Cidr], start: int, end: int, by_block: dict[Cidr, list[Interval]]) -> _Node:
    """The tree of ``blocks[start:end]``, sorted so that a block comes before all that lie in it."""
    node = _Node(_above(blocks[start], blocks[end - 1]))
    if blocks[start] == node.block:
        node.own = by_block[node.block]
        start += 1
    if start < end:
        upper = _half(node.block, 1)
        middle = bisect_left(blocks, _in_tree(upper), start, end, key=_in_tree)
        node.below = [
            _tree(blocks, low, high, by_block) for low, high in ((start, middle), (middle, end)) if low < high
        ]
    return node


def _weigh(node: _Node, above: Intervals, needs: list[_Need]) -> tuple[Intervals, dict[Interval, Cidr]]:
    """What is allowed for every address of a node, and those of its spans that are needed, with the least block.

    ``above`` is what the blocks around it allow. What is needed below and is no span here goes to ``needs``.
    """
    here = union((*above, *node.own)) if node.own else above
    found = [_weigh(child, here, needs) for child in node.below]
    halves = [child.block.prefix == node.block.prefix + 1 for child in node.below]
    undivided = halves.count(True) < 2  # some of its addresses are in no block that is named below
    allowed = here if undivided else intersection(found[0][0], found[1][0])
    mine = frozenset(spans(allowed))
    needed: dict[Interval, Cidr] = dict.fromkeys(mine, node.block) if undivided else {}
    for child, (_, wanted) in zip(node.below, found, strict=True):
        for span, least in wanted.items():
            if span not in mine:
                needs.append(_Need(span, least, child.block))
            else:
                needed[span] = node.block if span in needed else least
    return allowed, needed


def _placed(need: _Need, given: frozenset[Flat]) -> Flat:
    """Where the rule for a need stands: where it is written, the widest such, else in the least block."""
    span, least, most = need
    bits = BITS[least.family]
    for prefix in range(most.prefix, least.prefix):
        wider = Flat(Cidr(least.family, least.first >> (bits - prefix) << (bits - prefix), prefix), span)
        if wider in given:
            return wider
    return Flat(least, span)


def _shrunk(rules: list[Flat], by_block: dict[Cidr, list[Interval]]) -> Iterator[Flat]:
    """The rules, those put back as written of which the rest is allowed further up anyway."""
    around: list[tuple[Cidr, list[Interval]]] = []  # the blocks around the current one, and what has been kept there
    for block, span in sorted(rules, key=lambda rule: (_in_tree(rule.block), rule.span)):
        while around and not around[-1][0].contains(block):
            around.pop()
        outer = [kept for other, spans_kept in around if other != block for kept in spans_kept]
        kept = _as_written(span, union(outer), by_block.get(block, ())) if outer else span
        if not around or around[-1][0] != block:
            around.append((block, []))
        around[-1][1].append(kept)
        yield Flat(block, kept)


def _as_written(span: Interval, outer: Intervals, written: Sequence[Interval]) -> Interval:
    if span in written:
        return span
    rest = difference((span,), outer)
    able = [
        each
        for each in written
        if span[0] <= each[0] and each[1] <= span[1] and each[0] <= rest[0][0] and rest[-1][1] <= each[1]
    ]
    return max(able, key=lambda each: (each[1] - each[0], -each[0]), default=span)

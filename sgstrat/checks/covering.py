"""Which rules of a group other rules of it cover. Knows rules, not what is said of them.

A rule with addresses is covered by any others with addresses, a list's entries among them. A reference is covered by
references to the same group alone: addresses say something else than membership.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sgstrat.checks.context import Context
from sgstrat.net.interval import Interval, Intervals
from sgstrat.net.redundancy import Part, area, redundant
from sgstrat.net.service import service_interval
from sgstrat.net.traffic import LINE, Rectangle, Traffic
from sgstrat.reach.hosts import block
from sgstrat.rulebook.model import Peer, Rule, Rulebook
from sgstrat.source.span import Span, whole

_NOWHERE = whole("")
_MEMBERS: Interval = (0, 0)  # whoever carries a group, or is in a list whose content nobody here knows
_EVERYONE: Interval = (0, 1)
_Blocks = tuple[Interval, ...]


class Covered(NamedTuple):
    """A rule and some of those that cover it."""

    rule: Rule
    others: tuple[Rule, ...]


class Covering:
    """The rules of one rulebook. Those written at ``temporary`` places neither cover nor are looked at.

    ``cidrs`` are the addresses of CIDRs met before, in any rulebook.
    """

    def __init__(self, context: Context, book: Rulebook, temporary: frozenset[Span], cidrs: dict[str, _Blocks]) -> None:
        self._temporary = temporary
        self._cidrs = cidrs
        entries = context.workspace.list_entries(book) if book.prefix_lists else {}
        self._blocks = {each.key: tuple(block(text) for text in entries[each.key]) for each in book.prefix_lists}
        self._families = {each.key: each.family for each in book.prefix_lists}

    def covered(self, rules: tuple[Rule, ...]) -> Iterator[Covered]:
        """Of a group's rules of one direction those that others cover; they could all go together.

        Most groups have no rules that even meet, so that is looked at first, and is quick.
        """
        by_peer: dict[str, list[Rule]] = {}
        addresses: list[Interval] = []
        known = self._blocks
        for rule in rules:
            name = rule.peer.name
            if (same := by_peer.get(name)) is not None:
                same.append(rule)
                continue
            by_peer[name] = [rule]
            here = known.get(name)
            addresses += self._look_up(rule.peer) if here is None else here
        several = [same for same in by_peer.values() if len(same) > 1] if len(by_peer) < len(rules) else []
        for same in several:
            if same[0].peer.kind == "group":
                yield from self._by_members(same)
        if addresses and (_meet(addresses) or any(known[same[0].peer.name] for same in several)):
            yield from self._by_addresses(rules)
        for name, same in by_peer.items() if self._families else ():
            if name in self._families and not known[name]:
                yield from self._in_list(name, same, rules, addresses)

    def _look_up(self, peer: Peer) -> _Blocks:
        """A peer's addresses; none for groups, whoever carries them."""
        kind, name = peer
        known = self._cidrs.get(name) if kind == "cidr" else ()
        if known is None:
            known = self._cidrs[name] = (block(name),)
        self._blocks[name] = known
        return known

    def _lasting(self, rules: Iterable[Rule]) -> list[Rule]:
        """Those rules that do not expire, in the order in which they were written."""
        lasting = [rule for rule in rules if rule.origin is None or rule.origin.span not in self._temporary]
        return sorted(lasting, key=lambda rule: rule.origin.span if rule.origin is not None else _NOWHERE)

    def _by_members(self, rules: list[Rule], everyone: Intervals = ()) -> Iterator[Covered]:
        """Rules with one peer whose addresses do not count; ``everyone`` is what others let through for all."""
        lasting = self._lasting(rules)
        parts = [Part(_kinds(rule), (_MEMBERS,)) for rule in lasting]
        parts += [Part(kinds, (_EVERYONE,)) for kinds in everyone]
        for index, others in redundant(parts).items():
            yield Covered(lasting[index], tuple(lasting[each] for each in others if each < len(lasting)))

    def _by_addresses(self, rules: Iterable[Rule]) -> Iterator[Covered]:
        """Rules with addresses. Only those that meet in kinds and in addresses can cover each other."""
        for same in _meeting_kinds(rule for rule in rules if self._blocks[rule.peer.name]):
            if _meet([each for rule in same for each in self._blocks[rule.peer.name]]):
                lasting = self._lasting(same)
                parts = [Part(_kinds(rule), self._blocks[rule.peer.name]) for rule in lasting]
                for index, others in redundant(parts, _weights(lasting, parts)).items():
                    yield Covered(lasting[index], tuple(lasting[each] for each in others))

    def _in_list(
        self, name: str, rules: list[Rule], all_rules: tuple[Rule, ...], addresses: list[Interval]
    ) -> Iterator[Covered]:
        """Rules with a list of unknown content: its members are addresses of one family, whichever they are."""
        line = LINE[self._families[name]]
        everyone: Intervals = ()
        if sum(high - low + 1 for low, high in addresses if line[0] <= low <= line[1]) > line[1] - line[0]:
            lasting = self._lasting(all_rules)
            wide = [Rectangle(_kinds(rule), each) for rule in lasting for each in self._blocks[rule.peer.name]]
            everyone = Traffic.of(wide).kinds_at_all((line,))
        if everyone or len(rules) > 1:
            for rule, others in self._by_members(rules, everyone):
                yield Covered(rule, others or self._widest(rule, all_rules))

    def _widest(self, rule: Rule, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
        """Of the rules with addresses those that meet the kinds of one, the widest first."""
        low, high = _kinds(rule)
        meeting = []
        for other in self._lasting(rules):
            first, last = _kinds(other)
            if self._blocks[other.peer.name] and first <= high and low <= last:
                meeting.append(other)
        return tuple(sorted(meeting, key=lambda other: -max(map(_size, self._blocks[other.peer.name]))))


def _size(each: Interval) -> int:
    return each[1] - each[0]


def _kinds(rule: Rule) -> Interval:
    return service_interval(rule.protocol, rule.from_port, rule.to_port)


def _weights(rules: list[Rule], parts: list[Part]) -> list[int]:
    """How much what each rule was written in allows: of two that are equal as a whole, all of the later one goes."""
    whole_of: dict[Span, int] = defaultdict(int)
    places = [rule.origin.span if rule.origin is not None else _NOWHERE for rule in rules]
    for place, part in zip(places, parts, strict=True):
        whole_of[place] += area(part)
    return [whole_of[place] for place in places]


def _meeting_kinds(rules: Iterable[Rule]) -> Iterator[list[Rule]]:
    """Rules in heaps of two or more, so that rules of different heaps have no packet of one kind."""
    heap: list[Rule] = []
    end = -1
    for (low, high), rule in sorted(((_kinds(rule), rule) for rule in rules), key=lambda pair: pair[0]):
        if low > end:
            if len(heap) > 1:
                yield heap
            heap = []
        heap.append(rule)
        end = max(end, high)
    if len(heap) > 1:
        yield heap


def _meet(addresses: list[Interval]) -> bool:
    """Whether any two of these blocks are nested or equal."""
    addresses.sort()
    end = -1
    for low, high in addresses:
        if low <= end:
            return True
        end = high
    return False

"""Which rules of a group other rules of it cover. Knows rules, not what is said of them.

A rule with addresses is covered by any others with addresses, a list's entries among them. A reference is covered by
references to the same group alone: addresses say something else than membership.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

from sgstrat.checks.context import Context
from sgstrat.checks.making import Again, RuleId
from sgstrat.net.interval import Interval, Intervals
from sgstrat.net.redundancy import Part, redundant
from sgstrat.net.service import service_interval
from sgstrat.net.traffic import LINE, Rectangle, Traffic
from sgstrat.reach.hosts import block
from sgstrat.rulebook.model import Direction, Group, Peer, Rule, Rulebook
from sgstrat.source.span import Span, whole

_NOWHERE = whole("")
_MEMBERS: Interval = (0, 0)  # whoever carries a group, or is in a list whose content nobody here knows
_EVERYONE: Interval = (0, 1)
_MOST_ADDED_UP = 1000  # of more rules of one place what they have in common counts as often as they have it
Blocks = tuple[Interval, ...]


class Covered(NamedTuple):
    """A rule and some of those that cover it."""

    rule: Rule
    others: tuple[Rule, ...]


class Covering:
    """The rules of one rulebook. Those written at ``temporary`` places neither cover nor are looked at.

    ``again`` are the rules that are written several times; ``cidrs`` the addresses of CIDRs met before, in any
    rulebook.
    """

    def __init__(
        self, context: Context, book: Rulebook, temporary: frozenset[Span], again: Again, cidrs: dict[str, Blocks]
    ) -> None:
        self._target = book.target
        self._temporary = temporary
        self._again = again
        self._cidrs = cidrs
        entries = context.workspace.list_entries(book) if book.prefix_lists else {}
        self._blocks = {each.key: tuple(block(text) for text in entries[each.key]) for each in book.prefix_lists}
        self._families = {each.key: each.family for each in book.prefix_lists}

    def covered(self, group: Group, direction: Direction) -> Iterator[Covered]:
        """Of a group's rules of one direction those that others cover; they could all go together.

        Most groups have no rules that even meet, so that is looked at first, and is quick.
        """
        rules = group.rules(direction)
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
        has_several = len(by_peer) < len(rules)
        lists = [name for name in by_peer if name in self._families and not known[name]] if self._families else []
        if not has_several and not _meet(addresses) and not lists:
            return
        side = self._side(group.key, direction, rules)
        for same in by_peer.values() if has_several else ():
            if len(same) > 1 and same[0].peer.kind == "group":
                yield from side.by_members(same)
        yield from side.by_addresses()
        for name in lists:
            yield from side.in_list(by_peer[name], LINE[self._families[name]], addresses)

    def _look_up(self, peer: Peer) -> Blocks:
        """A peer's addresses; none for groups, whoever carries them."""
        kind, name = peer
        known = self._cidrs.get(name) if kind == "cidr" else ()
        if known is None:
            known = self._cidrs[name] = (block(name),)
        self._blocks[name] = known
        return known

    def _side(self, group: str, direction: Direction, rules: tuple[Rule, ...]) -> _Side:
        lasting = [rule for rule in rules if _place(rule) not in self._temporary]
        again = {
            rule.key: [maker.origin.span for maker in makers]
            for rule in (lasting if self._again else ())
            if (makers := self._again.get(RuleId(self._target, group, direction, rule.key)))
        }
        return _Side(sorted(lasting, key=_place), self._blocks, again)


class _Side:
    """The rules of one group and direction that do not expire, in the order in which they were written.

    ``again`` are the places of those that are written several times.
    """

    def __init__(self, rules: list[Rule], blocks: dict[str, Blocks], again: dict[str, list[Span]]) -> None:
        self._rules = rules
        self._blocks = blocks
        self._again = again
        self._weights: dict[Span, int] = {}

    def by_members(self, rules: list[Rule], everyone: Intervals = ()) -> Iterator[Covered]:
        """Rules with one peer whose addresses do not count; ``everyone`` is what others let through for all."""
        wanted = {rule.key for rule in rules}
        lasting = [rule for rule in self._rules if rule.key in wanted]
        parts = [Part(_kinds(rule), (_MEMBERS,)) for rule in lasting]
        yield from self._redundant(lasting, [*parts, *(Part(kinds, (_EVERYONE,)) for kinds in everyone)])

    def by_addresses(self) -> Iterator[Covered]:
        """Rules with addresses. Only those that meet in kinds and in addresses can cover each other."""
        for same in _meeting_kinds(rule for rule in self._rules if self._blocks[rule.peer.name]):
            if _meet([each for rule in same for each in self._blocks[rule.peer.name]]):
                lasting = sorted(same, key=_place)
                yield from self._redundant(
                    lasting, [Part(_kinds(rule), self._blocks[rule.peer.name]) for rule in lasting]
                )

    def in_list(self, rules: list[Rule], line: Interval, addresses: list[Interval]) -> Iterator[Covered]:
        """Rules with a list of unknown content: its members are somewhere on the ``line`` of its family.

        ``addresses`` are those of all rules.
        """
        everyone: Intervals = ()
        if sum(_size(each) for each in addresses if line[0] <= each[0] <= line[1]) >= _size(line):
            wide = [Rectangle(_kinds(rule), each) for rule in self._rules for each in self._blocks[rule.peer.name]]
            everyone = Traffic.of(wide).kinds_at_all((line,))
        if everyone or len(rules) > 1:
            for rule, others in self.by_members(rules, everyone):
                yield Covered(rule, others or self._widest(rule))

    def _redundant(self, rules: list[Rule], parts: list[Part]) -> Iterator[Covered]:
        """``parts`` are those of the rules, and perhaps others after them, which stay in any case."""
        for index, others in redundant(parts, lambda each: self._weight(rules[each])).items():
            yield Covered(rules[index], tuple(rules[each] for each in others if each < len(rules)))

    def _widest(self, rule: Rule) -> tuple[Rule, ...]:
        """Of the rules with addresses those that meet the kinds of one, the widest first."""
        low, high = _kinds(rule)
        meeting = []
        for other in self._rules:
            first, last = _kinds(other)
            if self._blocks[other.peer.name] and first <= high and low <= last:
                meeting.append(other)
        return tuple(sorted(meeting, key=lambda other: -max(map(_size, self._blocks[other.peer.name]))))

    def _weight(self, rule: Rule) -> int:
        """How much is written where this rule is, or at the largest of several places.

        By that, of two equal lists of peers or services all of the later one goes, and not some of either.
        """
        return max(self._weigh(place) for place in self._places(rule))

    def _places(self, rule: Rule) -> list[Span]:
        return self._again.get(rule.key) or [_place(rule)]

    def _weigh(self, place: Span) -> int:
        if place not in self._weights:
            rectangles = self._by_place[place]
            if len(rectangles) <= _MOST_ADDED_UP:
                slabs = Traffic.of(rectangles).slabs
                rectangles = [Rectangle(kinds, each) for kinds, held in slabs for each in held]
            self._weights[place] = sum(_size(kinds) * _size(addresses) for kinds, addresses in rectangles)
        return self._weights[place]

    @cached_property
    def _by_place(self) -> dict[Span, list[Rectangle]]:
        found: dict[Span, list[Rectangle]] = defaultdict(list)
        apart: dict[str, Interval] = {}  # members of groups and of lists are somewhere that is no address
        for rule in self._rules:
            name = rule.peer.name
            blocks = self._blocks[name] or (apart.setdefault(name, (-2 * len(apart) - 2, -2 * len(apart) - 2)),)
            for place in self._places(rule):
                found[place] += [Rectangle(_kinds(rule), each) for each in blocks]
        return found


def _place(rule: Rule) -> Span:
    return rule.origin.span if rule.origin is not None else _NOWHERE


def _size(each: Interval) -> int:
    return each[1] - each[0] + 1


def _kinds(rule: Rule) -> Interval:
    return service_interval(rule.protocol, rule.from_port, rule.to_port)


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

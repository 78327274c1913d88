"""How much of a template each thing takes: resources, outputs, and bytes that no syntax exceeds.

Bounds are taken from JSON, indented, which is the longer syntax, with imports where an id may be one. They depend on
neither the syntax nor the template that something ends up in, so that what is where does not either. A test holds them
to the texts. Must not know what makes the texts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from json.encoder import encode_basestring_ascii as encoded  # type: ignore[attr-defined,unused-ignore]
from typing import Any

from sgstrat.formats.cloudformation.ids import export_name
from sgstrat.formats.cloudformation.inputs import Input
from sgstrat.formats.cloudformation.scanners import scanner_metadata
from sgstrat.formats.suppress import Suppression, Suppressions
from sgstrat.formats.units import GroupRules
from sgstrat.rulebook.model import Direction, Group, Peer, PrefixList, Rule, Rulebook, Workload
from sgstrat.solve.assignment import Weights

BYTES = 128
"""The unit of weighed bytes: a few sizes for very many rules are placed sooner than very many sizes."""

_HEAD = 4_000  # sections, descriptions, and what a template says about itself, without its sources
_PARAMETER = 300
_ID = 130  # an intrinsic function around a name, in lines
_RULE = 110  # a resource of its own, without ids and texts
_INLINE = 190  # a rule inside of a group
_GROUP = 740  # with its output, the rule to nowhere, and the tags that every group has
_LIST = 280
_ENTRY = 120
_OUTPUT = 160
_TAG = 80
_LINT = 240  # what cfn-lint is told of some ICMPv6 rules


def in_units(count: int) -> int:
    """Bytes in units, rounded up."""
    return -(-count // BYTES)


class Weigher:
    """Weighs what a target consists of, in units of :data:`BYTES`."""

    def __init__(self, book: Rulebook, suppressions: Suppressions) -> None:
        self._suppressions = suppressions
        self._place = (book.strategy, book.environment, book.vpc.name)
        names = {each.key: each.identity for each in book.groups}
        names.update({each.key: each.identity for each in book.prefix_lists})
        self._ids = {key: self._own(identity) for key, identity in names.items()}
        for other in book.references:
            export = export_name(other.strategy, other.environment, other.vpc, other.identity)
            self._ids[other.key] = _ID + max(len(export), 2 * len(other.key)) + 60  # 60: its account
        self._tags = sum(len(encoded(text)) + 40 for text in self._place)

    def _own(self, identity: str) -> int:
        return _ID + max(len(export_name(*self._place, identity)) + 12, 2 * len(identity) + 40)

    def _id(self, key: str) -> int:
        """The bytes of an id: a function, or a literal, which is shorter."""
        known = self._ids.get(key)
        if known is None:  # an existing group: a parameter, and its account
            known = self._ids[key] = _ID + 2 * len(key) + 80
        return known

    def head(self, inputs: Iterable[Input], sources: Iterable[str]) -> int:
        """The bytes of every template of a unit, at most: as if each had all of its parameters."""
        parameters = (
            _PARAMETER + sum(len(encoded(text)) for text in (each.id, each.type, each.description, each.default or ""))
            for each in inputs
        )
        texts = sum(2 * len(encoded(source)) + 40 for source in sources)
        return _HEAD + texts + 4 * sum(map(len, self._place)) + sum(parameters)

    def group(self, part: GroupRules, inline: Iterable[tuple[Direction, Rule]]) -> Weights:
        """A group with the rules inside of it, and the output with its id."""
        group, rules = part.group, tuple(inline)
        size = _GROUP + self._tags + 2 * self._own(group.identity) + self._tagged(group.tags)
        size += sum(len(encoded(text)) for text in (group.key, group.name, group.name, group.description))
        size += sum(map(self._inline, (rule for _, rule in rules)))
        if self._suppressions.verdicts:
            size += self._suppressed(part, rules)
        return (1, 1, in_units(size))

    def _inline(self, rule: Rule) -> int:
        return _INLINE + len(rule.description) + self._peer(rule.peer) + (_LINT if rule.protocol == "icmpv6" else 0)

    def _peer(self, peer: Peer) -> int:
        return len(peer.name) if peer.kind == "cidr" else self._id(peer.name)

    def rule(self, group: Group, direction: Direction, rule: Rule) -> Weights:
        """A rule that is a resource of its own."""
        size = _RULE + 2 * (len(group.identity) + len(rule.identity)) + len(rule.description)
        size += self._id(group.key) + self._peer(rule.peer) + (_LINT if rule.protocol == "icmpv6" else 0)
        if self._suppressions.verdicts:
            ends = ((rule,), ()) if direction == "ingress" else ((), (rule,))
            size += _metadata(self._suppressions.of(group.key, *ends))
        return (1, 0, in_units(size))

    def prefix_list(self, item: PrefixList) -> Weights:
        """An own prefix list, and the output with its id that another template may import."""
        size = _LIST + self._tags + 3 * self._own(item.identity) + self._tagged(item.tags)
        size += 3 * len(encoded(item.name or item.key))
        size += sum(_ENTRY + len(entry.cidr) + len(encoded(entry.description)) for entry in item.entries)
        return (1, 1, in_units(size))

    def workload(self, item: Workload) -> Weights:
        """The output with a workload's list."""
        return (0, 1, in_units(_OUTPUT + 3 * len(item.key) + sum(map(self._id, item.groups))))

    def _tagged(self, tags: Iterable[tuple[str, str]]) -> int:
        return sum(_TAG + len(encoded(key)) + len(encoded(value)) for key, value in tags)

    def _suppressed(self, part: GroupRules, inline: Iterable[tuple[Direction, Rule]]) -> int:
        """The metadata of a group. Rules elsewhere may raise its alarms too: with and without them is one of two."""
        sides: dict[Direction, list[Rule]] = {"ingress": [], "egress": []}
        for direction, rule in inline:
            sides[direction].append(rule)
        every = {"ingress": part.ingress, "egress": part.egress}
        of = self._suppressions.of
        key = part.group.key
        return max(
            _metadata(of(key, sides["ingress"], sides["egress"])),
            _metadata(of(key, sides["ingress"], sides["egress"], every)),  # type: ignore[arg-type]
        )


def _metadata(found: tuple[Suppression, ...]) -> int:
    if not found:
        return 0
    data: Any = scanner_metadata(found)
    text = json.dumps(data, indent=2)
    return len(text) + 10 * text.count("\n") + 60

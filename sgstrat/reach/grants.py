"""The rules of groups in the form in which reachability asks for them: kinds of packets, and whom they meet.

Knows groups one by one, not what carries them.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from sgstrat.net.cidr import Family
from sgstrat.net.interval import Interval
from sgstrat.net.service import service_interval
from sgstrat.reach.hosts import Place, Token, block, id_token
from sgstrat.rulebook.model import Direction, IdSource, ListEntry, Peer, PrefixList, Rule, Rulebook
from sgstrat.rulebook.workspace import Workspace


class Grant(NamedTuple):
    """One rule. It meets who carries ``reference``, or who is at ``addresses``, or in ``unknown_list``.

    ``addresses`` are ranges on the line of ``net.traffic``. ``is_aws`` is whether the unknown list, of
    this ``family``, is AWS-managed: it holds public addresses of one AWS service.
    """

    place: Place
    rule: Rule
    kinds: Interval
    reference: Token | None = None
    addresses: tuple[Interval, ...] = ()
    unknown_list: Token | None = None
    is_aws: bool = False
    family: Family = "ipv4"


def group_token(place: Place) -> Token:
    """What a group of the workspace is known by."""
    return (str(place[0]), place[1])


def list_token(book: Rulebook, each: PrefixList) -> Token:
    """What a prefix list of unknown content is known by."""
    if each.origin == "aws":
        return ("prefix-list", each.aws or each.key)
    return _id_token("prefix-list", book, each.key, each.id)


def _id_token(what: str, book: Rulebook, key: str, source: IdSource) -> Token:
    return id_token(what, book.strategy, book.environment, book.account, book.region, key, source)


class GrantIndex:
    """Every group's grants, made when first asked for."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._made: dict[tuple[Place, Direction], tuple[Grant, ...]] = {}
        self._by_target = {name: _Book(workspace, book) for name, book in workspace.rulebooks.items()}

    def token(self, book: Rulebook, key: str) -> Token:
        """What a group is known by that ``book`` names ``key``: own, ``OTHER/NAME`` or existing."""
        return self._by_target[book.target].token(key)

    def grants(self, place: Place, direction: Direction) -> tuple[Grant, ...]:
        """The rules of a group in one direction."""
        known = self._made.get((place, direction))
        if known is None:
            book = self._by_target[place[0]]
            rules = self._workspace.groups[place].rules(direction)
            known = self._made[place, direction] = tuple(book.grant(place, rule) for rule in rules)
        return known


class _Ends(NamedTuple):
    """Whom a rule meets: what a :class:`Grant` has of its rule's peer alone."""

    reference: Token | None = None
    addresses: tuple[Interval, ...] = ()
    unknown_list: Token | None = None
    is_aws: bool = False
    family: Family = "ipv4"


class _Book:
    """One rulebook's names. Rules by the hundred have the same peer, so whom it stands for is found once."""

    def __init__(self, workspace: Workspace, book: Rulebook) -> None:
        self._workspace = workspace
        self._book = book
        self._tokens: dict[str, Token] = {}
        self._ends: dict[Peer, _Ends] = {}

    @cached_property
    def _lists(self) -> dict[str, PrefixList]:
        return {each.key: each for each in self._book.prefix_lists}

    def token(self, key: str) -> Token:
        known = self._tokens.get(key)
        if known is None:
            place = self._workspace.locate(self._book, key)
            known = self._tokens[key] = self._existing(key) if place is None else group_token(place)
        return known

    def _existing(self, key: str) -> Token:
        source = next((each.id for each in self._book.existing if each.key == key), IdSource())
        return _id_token("group", self._book, key, source)

    def grant(self, place: Place, rule: Rule) -> Grant:
        ends = self._ends.get(rule.peer)
        if ends is None:
            ends = self._ends[rule.peer] = self._met(rule.peer)
        kinds = service_interval(rule.protocol, rule.from_port, rule.to_port)
        return tuple.__new__(Grant, (place, rule, kinds, *ends))  # its constructor costs three times as much

    def _met(self, peer: Peer) -> _Ends:
        kind, name = peer
        if kind == "cidr":
            return _Ends(addresses=(block(name),))
        if kind == "group":
            return _Ends(reference=self.token(name))
        known = self._lists.get(name)
        entries = self._entries(name, known)
        if entries is not None:
            return _Ends(addresses=tuple(block(each.cidr) for each in entries))
        token = ("prefix-list", name) if known is None else list_token(self._book, known)
        is_aws = known is not None and known.origin == "aws"
        return _Ends(unknown_list=token, is_aws=is_aws, family="ipv4" if known is None else known.family)

    def _entries(self, name: str, known: PrefixList | None) -> tuple[ListEntry, ...] | None:
        """What a list holds; None where nobody here knows, as where the strategy that makes it is not at hand."""
        if known is None or known.origin == "own":
            return None if known is None else known.entries
        for reference in self._book.references:
            if known.origin == "foreign" and (reference.kind, reference.key) == ("prefix_list", name):
                owner = self._workspace.rulebooks.get(reference.target)
                lists = owner.prefix_lists if owner is not None else ()
                return next((each.entries for each in lists if each.key == reference.own_key), None)
        return None

"""Answers to "may FROM reach TO?" in one environment: yes, no or partly, with the rules that say so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from sgstrat.net.cidr import FAMILIES
from sgstrat.net.interval import Intervals, covers, difference, intersection, union
from sgstrat.reach.ends import Party, between
from sgstrat.reach.hosts import Host
from sgstrat.reach.relation import Relation, Verdict, meeting
from sgstrat.rulebook.model import Direction, Rule, TargetName

Word = Literal["yes", "partly", "no"]


class Evidence(NamedTuple):
    """One rule that lets (a part of) it through on one side.

    ``is_unknown``: by a list whose content nobody here knows.
    """

    direction: Direction
    target: TargetName
    group: str
    rule: Rule
    is_unknown: bool


class Answer(NamedTuple):
    """What is open between two ends.

    ``word``: ``yes`` where all that was asked for passes for certain (where nothing special was asked for: anything
    does), ``no`` where nothing passes. ``sends`` and ``takes`` are what each side alone lets through.
    ``unknown_groups`` are existing groups at either end. ``unguarded``: no group of the workspace is at either end.
    """

    word: Word
    verdict: Verdict
    sends: Intervals
    takes: Intervals
    rules: tuple[Evidence, ...]
    unknown_groups: tuple[str, ...]
    unguarded: bool


def answer(relation: Relation, source: Party, destination: Party, asked: Intervals | None) -> Answer:
    """Whether ``source`` may begin to send to ``destination``; ``asked`` None: what is open."""
    whole = between(relation, source, destination)
    verdict = whole if asked is None else whole.limited(asked)
    senders, receivers = _hosts(source), _hosts(destination)
    kinds = union((*verdict.possible, *verdict.unknown))
    rules = dict.fromkeys(
        (
            *_evidence(relation, senders, "egress", receivers, kinds),
            *_evidence(relation, receivers, "ingress", senders, kinds),
        )
    )
    return Answer(
        _word(whole, asked),
        verdict,
        _one_side(relation, source.proper, "egress", destination.proper),
        _one_side(relation, destination.proper, "ingress", source.proper),
        tuple(rules),
        tuple(dict.fromkeys(name for host in (*senders, *receivers) for name in host.unknown)),
        all(host.is_outside for host in (*senders, *receivers)),
    )


def _word(verdict: Verdict, asked: Intervals | None) -> Word:
    anything = union((*verdict.possible, *verdict.unknown))
    if asked is None:
        return "yes" if verdict.certain else "partly" if anything else "no"
    needed = intersection(asked, verdict.needed) or asked
    if covers(verdict.certain, needed):
        return "yes"
    return "partly" if intersection(anything, asked) else "no"


def _hosts(end: Party) -> tuple[Host, ...]:
    return end.proper + end.located + end.inside + end.perhaps


def _evidence(
    relation: Relation, hosts: tuple[Host, ...], direction: Direction, others: tuple[Host, ...], kinds: Intervals
) -> Iterator[Evidence]:
    for host in hosts:
        for other in others:
            pair = (host, other) if direction == "egress" else (other, host)
            verdict = relation.verdict(*pair)
            passing = intersection(union((*verdict.possible, *verdict.unknown)), kinds)
            if not passing:
                continue
            for grant in meeting(relation, host, direction, other, passing):
                yield Evidence(
                    direction,
                    grant.place[0],
                    grant.place[1],
                    grant.rule,
                    grant.unknown_list is not None and grant.unknown_list not in other.lists,
                )


def _one_side(relation: Relation, hosts: tuple[Host, ...], direction: Direction, others: tuple[Host, ...]) -> Intervals:
    sides = [
        relation.side(host, direction, other, family).some
        for host in hosts
        for other in others
        for family in FAMILIES
        if host.of(family) and other.of(family)
    ]
    return union(part for side in sides for part in side)


def doubtful(verdict: Verdict) -> Intervals:
    """What is possible and not certain."""
    return difference(verdict.possible, verdict.certain)

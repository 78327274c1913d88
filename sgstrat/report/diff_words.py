"""The words for a difference that all of its forms share. Makes nothing safe for a medium: the forms do that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from sgstrat.reach.diff_model import EFFECTS, Change, Difference, Interfaces, Outside, ResourceChange

MOST_NAMES = 4


class Labels(NamedTuple):
    """What the two sides are called, and sentences about them that the reader should know."""

    old: str
    new: str
    notes: tuple[str, ...] = ()


def headline(difference: Difference) -> str:
    """``2 broadenings (1 from the internet), 1 narrowing; 1 group replaced``, or that nothing differs."""
    if difference.is_empty:
        return "no difference"
    gained, lost = difference.gained, difference.lost
    world = [each for each in gained if each.risk == "internet"]
    traffic = [_count(len(gained), "broadening") + _world(world), _count(len(lost), "narrowing")]
    if not gained and not lost:
        traffic = ["the same traffic"]
    kinds = Counter((each.effect, each.kind) for each, _ in joined_resources(difference.resources))
    order = sorted(kinds, key=lambda pair: (EFFECTS.index(pair[0]), pair[1]))
    resources = [f"{_count(kinds[effect, kind], kind)} {effect}" for effect, kind in order]
    return "; ".join((", ".join(traffic), *([", ".join(resources)] if resources else ())))


def _world(changes: list[Change]) -> str:
    into = sum(each.way == "ingress" for each in changes)
    counts = ((into, "from the internet"), (len(changes) - into, "to the internet"))
    told = [f"{count} {words}" for count, words in counts if count]
    return f" ({', '.join(told)})" if told else ""


def _count(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'s' * (number != 1)}"


def end_names(end: Interfaces | Outside, most: int = MOST_NAMES) -> tuple[tuple[str, ...], str]:
    """An end as a few names, and words about the rest: ``(("shop/web", ...), "and 3 more")``."""
    if isinstance(end, Interfaces):
        if end.carrying is not None:
            return (end.carrying,), f"on all {len(end.names)} that carry it"
        names: Iterable[str] = (f"{each.strategy}/{each.name}" for each in end.names)
    else:
        names = end.names
    shown = tuple(dict.fromkeys(names))
    rest = len(shown) - most
    words = f"and {rest} more" if rest > 0 else _outside_words(end)
    return shown[:most], words


def _outside_words(end: Interfaces | Outside) -> str:
    if isinstance(end, Outside) and end.kind == "prefix_list":
        return "(prefix list)"
    return "(managed elsewhere)" if isinstance(end, Outside) and end.kind == "group" else ""


def services_shown(change: Change) -> tuple[tuple[str, ...], str]:
    """A few services, and words about the rest."""
    rest = len(change.services) - MOST_NAMES
    return change.services[:MOST_NAMES], f"and {rest} more" if rest > 0 else ""


def certainty(change: Change) -> str:
    """What is to be said of traffic that holds for some addresses only."""
    return "" if change.is_certain else "possibly"


def resource_place(change: ResourceChange) -> str:
    """A resource's kind and name with its target: ``group web-servers of shop/prod/main``."""
    if change.kind == "target":
        return f"target {change.target}"
    return f"{change.kind} {change.key} of {change.target}"


def joined_resources(changes: Iterable[ResourceChange]) -> list[tuple[ResourceChange, tuple[str, ...]]]:
    """Resource changes, those that differ only in environment made one, with the environments."""
    found: dict[tuple[object, ...], tuple[ResourceChange, list[str]]] = {}
    for each in changes:
        strategy, environment, vpc = each.target
        key = (each.effect, each.kind, strategy, vpc, each.key, each.details, each.workloads)
        found.setdefault(key if each.kind != "target" else (*key, environment), (each, []))[1].append(environment)
    return [(each, tuple(environments)) for each, environments in found.values()]

"""SG423: prefix lists with far more room than entries, since the room is what counts against the rules quota.

Source: Amazon VPC user guide, prefix lists: a reference to a list counts as its maximum number of entries.
"""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from sgstrat.checks.context import Context
from sgstrat.diagnostics.finding import Findings
from sgstrat.rulebook.model import PrefixList, Rulebook

# Room for growth is what max_entries is for: so much of it is never too much.
_ROOM_TO_GROW = 10
_Key = tuple[str, str]  # a strategy and a list of it


class _Use(NamedTuple):
    """An own list as it is in one target."""

    book: Rulebook
    each: PrefixList


def check_list_sizes(context: Context, findings: Findings) -> None:
    """Report each list that is less than half full, and by more than ten entries, wherever it is made."""
    made: dict[_Key, list[_Use]] = defaultdict(list)
    for book in context.rulebooks.values():
        for each in book.prefix_lists:
            if each.origin == "own":
                made[book.strategy, each.key].append(_Use(book, each))
    roomy = {key: uses for key, uses in made.items() if all(_is_roomy(use.each) for use in uses)}
    if not roomy:
        return
    rules = _rules(context, set(roomy))
    for key, uses in roomy.items():
        _report(context, uses, rules[key], findings)


def _is_roomy(each: PrefixList) -> bool:
    most, held = each.weight, len(each.entries)
    return most - held > _ROOM_TO_GROW and held * 2 < most


def _rules(context: Context, keys: set[_Key]) -> dict[_Key, int]:
    """The most rules in one group and direction that name each list: what is counted together."""
    found = dict.fromkeys(keys, 0)
    for book in context.rulebooks.values():
        names = {each.key: _key(book, each) for each in book.prefix_lists if _key(book, each) in keys}
        for group in book.groups if names else ():
            for rules in (group.ingress, group.egress):
                count: dict[_Key, int] = defaultdict(int)
                for rule in rules:
                    if rule.peer.kind == "prefix_list" and rule.peer.name in names:
                        count[names[rule.peer.name]] += 1
                for key, number in count.items():
                    found[key] = max(found[key], number)
    return found


def _key(book: Rulebook, each: PrefixList) -> _Key:
    strategy, _, name = each.key.partition("/")
    return (strategy, name) if each.origin == "foreign" else (book.strategy, each.key)


def _report(context: Context, uses: list[_Use], rules: int, findings: Findings) -> None:
    book, each = max(uses, key=lambda use: len(use.each.entries))
    held, most = max(len(each.entries), 1), each.weight
    view = context.view(book)
    written = view.lists[each.key][1].max_entries if view is not None else None
    who = f"the {rules} rules of one group that name it count" if rules > 1 else "a rule that names it counts"
    rules = max(rules, 1)
    findings.add(
        "SG423",
        f"prefix list {each.key} has room for {most} entries and holds {len(each.entries)}: "
        f"{who} {rules * most}, and would count {rules * held} with max_entries: {held}",
        written.span if written is not None else each.span,
        help="lower max_entries to what the list will need soon; raising it later replaces nothing",
        paths=(f"prefix_lists.{each.key}",),
    )

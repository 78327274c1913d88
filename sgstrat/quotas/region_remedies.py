"""What would make room in an account and region with too many groups or prefix lists."""

from __future__ import annotations

from collections.abc import Iterator

from sgstrat.quotas.estate import Estate
from sgstrat.quotas.regions import NOUNS, Regional, plural
from sgstrat.quotas.use import GROUPS_PER_REGION, LISTS_PER_REGION, Remedy, raised
from sgstrat.rulebook.model import Rulebook

_MOST_NAMED = 3


def regional_remedies(estate: Estate, regional: Regional) -> tuple[Remedy, ...]:
    """All that helps: what nothing uses, and a raised quota."""
    limit, used, most = regional.use.limit, regional.use.used, regional.use.most
    unused = {
        GROUPS_PER_REGION: _unused_groups,
        LISTS_PER_REGION: _unused_lists,
    }[limit]
    names = [f"{key} of {book.target}" for book, _ in regional.made for key in unused(estate, book)]
    found = []
    if names:
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        what = f"{len(names)} {plural(len(names), NOUNS[limit])}"
        text = f"without {what} that nothing uses: {', '.join(names[:_MOST_NAMED])}{more}"
        found.append(Remedy("unused", text, used - len(names), most))
    return (*found, raised(limit, used, most, None))


def _unused_groups(estate: Estate, book: Rulebook) -> Iterator[str]:
    """Groups that no workload carries and no rule of another group names, where the target has workloads."""
    if not book.workloads:
        return
    named = estate.named_groups
    for group in book.groups:
        place = (book.target, group.key)
        if group.kind != "baseline" and place not in estate.carriers and place not in named:
            yield group.key


def _unused_lists(estate: Estate, book: Rulebook) -> Iterator[str]:
    for each in book.prefix_lists:
        if each.origin == "own" and (book.target, each.key) not in estate.named_lists:
            yield each.key

"""Use and headroom of every limit as tables for people, the tightest first.

Everything that comes from a file is made safe for a terminal (``report.inert``), and no line begins with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from sgstrat.quotas.counting import ListUse
from sgstrat.quotas.survey import Counted, Survey
from sgstrat.quotas.use import (
    ENTRIES_PER_LIST,
    GROUPS_PER_ENI,
    GROUPS_PER_REGION,
    LISTS_PER_REGION,
    RULES_PER_ENI,
    RULES_PER_GROUP,
    Contributor,
    Remedy,
    Use,
)
from sgstrat.report.inert import safe

MOST_SHOWN = 5
_MOST_TARGETS = 2
_MOST_CONTRIBUTORS = 3
_MOST_EXPLAINED = 20
_MOST_LIKE = 16  # as many as a network interface may carry
_TEMPLATES = "cloudformation_"
_SECTIONS = (
    (RULES_PER_GROUP, "Rules per security group, direction and address family"),
    (GROUPS_PER_ENI, "Security groups per network interface"),
    (RULES_PER_ENI, "Rules in force per network interface, direction and address family"),
    (GROUPS_PER_REGION, "Security groups per account and region"),
    (LISTS_PER_REGION, "Prefix lists per account and region"),
    (ENTRIES_PER_LIST, "Entries per prefix list, as reserved by max_entries"),
    (_TEMPLATES, "CloudFormation"),
)
_HEAD = ("", "used", "of", "left", "name", "what", "where", "sum")
_LIST_HEAD = ("", "cost", "rules", "weight", "entries", "name", "", "where")
_NUMBERS = 4
_COLOURS = {"over": "31", "near": "33"}


class Shown(NamedTuple):
    """How tables are drawn. ``width`` None: lines are as long as they are; ``everything``: no row is left out."""

    everything: bool = False
    width: int | None = None
    colour: bool = False


class _Row(NamedTuple):
    """Uses that differ in their target only."""

    counted: Counted
    targets: tuple[str, ...]

    @property
    def use(self) -> Use:
        return self.counted.use


def quotas_lines(survey: Survey, shown: Shown) -> Iterator[str]:
    """A table for each kind of limit, what would help where one is tight, and a count at the end."""
    for limit, title in _SECTIONS:
        rows = _joined(each for each in survey.counted if each.use.limit.startswith(limit))
        kept = _kept(rows, everything=shown.everything)
        if kept:
            yield from _table(title, _HEAD, [_cells(row) for row in kept], shown)
            yield from _rest(len(rows) - len(kept))
            yield from _explanations(kept, everything=shown.everything)
            yield ""
    yield from _lists(survey.lists, shown)
    every = _joined(survey.counted)
    over, near = sum(row.use.is_over for row in every), sum(row.use.is_near for row in every)
    yield f"{over or 'no'} limit{'s' * (over != 1)} exceeded, {near} near"


def _joined(counted: Iterable[Counted]) -> list[_Row]:
    """One row for what is alike in several targets of a strategy."""
    found: dict[tuple[object, ...], list[Counted]] = {}
    for each in counted:
        use = each.use
        alike = use._replace(target=None, span=None, account=None, region=None)
        owner = (use.target.strategy,) if use.target is not None else (use.account, use.region)
        found.setdefault((owner, alike, each.contributors, each.remedies), []).append(each)
    return [_Row(same[0], tuple(str(each.use.target) for each in same if each.use.target)) for same in found.values()]


def _kept(rows: list[_Row], *, everything: bool) -> list[_Row]:
    """The tightest rows and all that are over, in their order; those of nothing at all only with everything."""
    if everything:
        return rows
    used = [row for row in rows if row.use.used]
    return [row for at, row in enumerate(used) if at < MOST_SHOWN or row.use.is_over]


def _cells(row: _Row) -> tuple[str, ...]:
    use = row.use
    what = use.limit.removeprefix(_TEMPLATES).replace("_", " ") if use.limit.startswith(_TEMPLATES) else use.way
    total = " + ".join(each.said for each in use.parts) if len(use.parts) > 1 or use.family else ""
    if use.unknown:
        total += f"{' + ' if total else ''}what {use.unknown} group{'s' * (use.unknown > 1)} of others allow"
    return (_mark(use), str(use.used), str(use.most), str(use.headroom), use.name, what, _places(row.targets), total)


def _mark(use: Use) -> str:
    return "over" if use.is_over else "near" if use.is_near else ""


def _places(targets: Sequence[str]) -> str:
    more = f" and {len(targets) - _MOST_TARGETS} more" if len(targets) > _MOST_TARGETS else ""
    return ", ".join(targets[:_MOST_TARGETS]) + more


def _table(title: str, head: tuple[str, ...], rows: list[tuple[str, ...]], shown: Shown) -> Iterator[str]:
    cells = [tuple(map(safe, row)) for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    # a column that says nothing in any row is left out; the first tells what is over, and stays
    kept = [at for at in range(len(head)) if at == 0 or any(row[at] for row in cells[1:])]
    yield title
    for row in cells:
        texts = [row[at].rjust(widths[at]) if 0 < at < _NUMBERS else row[at].ljust(widths[at]) for at in kept]
        yield _line(texts, row[0], shown)


def _line(texts: list[str], mark: str, shown: Shown) -> str:
    line = "  " + "  ".join(texts).rstrip() if texts[0] else "  " + "  ".join(texts[1:]).rstrip()
    if shown.width is not None and len(line) > shown.width:
        line = line[: max(shown.width - 3, 0)] + "..."
    if shown.colour and mark:
        line = line.replace(mark, f"\033[{_COLOURS[mark]};1m{mark}\033[0m", 1)
    return line


def _rest(count: int) -> Iterator[str]:
    if count > 0:
        yield f"  ... and {count} more (--all shows them)"


def _explanations(rows: list[_Row], *, everything: bool) -> Iterator[str]:
    tight = [row for row in rows if row.counted.contributors or row.counted.remedies]
    kept = tight if everything else tight[:_MOST_EXPLAINED]
    for row in kept:
        yield from _explained(row)
    if len(kept) < len(tight):
        yield f"  ... and what would help with {len(tight) - len(kept)} more (--all shows it)"


def _explained(row: _Row) -> Iterator[str]:
    """Who uses most of a tight limit, and what would help."""
    use, counted = row.use, row.counted
    yield f"  {_mark(use)}: {safe(use.name)}{' ' * bool(use.way)}{use.way}{_room(use)}"
    yield from _contributors(counted.contributors)
    for remedy in counted.remedies:
        yield f"    {_promise(use, remedy)}: {safe(remedy.text)}{_then(remedy)}"


def _contributors(found: tuple[Contributor, ...]) -> Iterator[str]:
    if found and len(found) <= _MOST_LIKE and all(each.weight == 1 for each in found):
        yield f"    made of: {safe(', '.join(each.name for each in found))}"
    elif found:
        yield f"    most: {safe('; '.join(f'{each.name} ({each.weight})' for each in found[:_MOST_CONTRIBUTORS]))}"


def _room(use: Use) -> str:
    return f", {-use.headroom} too many" if use.is_over else f", {use.headroom or 'no'} left"


def _promise(use: Use, remedy: Remedy) -> str:
    if remedy.fits:
        return "fits with" if use.is_over else "room with"
    return "not enough" if use.is_over and remedy.holds else "not possible"


def _then(remedy: Remedy) -> str:
    return "" if remedy.kind == "raise" else f" (then {remedy.used} of {remedy.most})"


def _lists(lists: tuple[ListUse, ...], shown: Shown) -> Iterator[str]:
    named = lists if shown.everything else tuple(each for each in lists if each.rules)
    kept = named if shown.everything else named[:MOST_SHOWN]
    if kept:
        yield from _table("Prefix lists in rules: weight x rules", _LIST_HEAD, [_list(each) for each in kept], shown)
        yield from _rest(len(named) - len(kept))
        yield ""


def _list(each: ListUse) -> tuple[str, ...]:
    entries = "unknown" if each.entries is None else str(each.entries)
    return ("", str(each.cost), str(each.rules), str(each.weight), entries, each.name, "", str(each.target))

"""A difference as Markdown for a pull request: one line that says it all, broadenings in a table, the rest folded away.

Every name and text of the strategies is shown as code, in which nothing is markup (``report.markdown``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sgstrat.reach.diff_model import Change, Difference, Evidence, Interfaces, Outside, ResourceChange
from sgstrat.report.diff_words import Labels, certainty, end_names, headline, joined_resources, services_shown
from sgstrat.report.markdown import code

LONGEST_COMMENT = 60_000
"""Characters of the whole at most: GitHub takes 65 536 in a comment, GitLab more."""
_SIZES = (100, 50, 25, 10, 5, 1)


def diff_markdown(difference: Difference, labels: Labels) -> str:
    """The comment's text. Tables are shortened until it fits a comment; what is left out is counted."""
    text = ""
    for most in _SIZES:
        text = "\n".join(_document(difference, labels, most)) + "\n"
        if len(text) <= LONGEST_COMMENT:
            break
    return text


def _document(difference: Difference, labels: Labels, most: int) -> Iterator[str]:
    yield f"### Security groups: {headline(difference)}"
    yield from ("", f"{code(labels.old)} → {code(labels.new)}")
    for note in labels.notes:
        yield from ("", f"> {code(note)}")
    if difference.gained:
        yield from ("", "**Becomes reachable**", "")
        yield from _changes(difference.gained, most)
    if difference.lost:
        yield from _folded(f"No longer reachable ({len(difference.lost)})", _changes(difference.lost, most))
    resources = joined_resources(difference.resources)
    if resources:
        replaced = [each for each in resources if each[0].effect == "replaced"]
        if replaced:
            yield from ("", "**Replaced in AWS**: what carries these is interrupted, or the update fails", "")
            yield from _resources(replaced, most)
        others = [each for each in resources if each[0].effect != "replaced"]
        if others:
            yield from _folded(f"Resources ({len(others)})", _resources(others, most))


def _folded(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield from ("", f"<details><summary>{title}</summary>", "")
    yield from lines
    yield from ("", "</details>")


def _changes(changes: tuple[Change, ...], most: int) -> Iterator[str]:
    has_places = any(change.environments != ("default",) for change in changes)
    head = ["risk", "from", "to", "services", *(["environments"] if has_places else []), "rule"]
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for change in changes[:most]:
        places = [_codes(change.environments)] if has_places else []
        cells = [
            _risk(change),
            _end(change.source),
            _end(change.destination),
            _services(change),
            *places,
            _rules(change.evidence),
        ]
        yield f"| {' | '.join(cells)} |"
    if len(changes) > most:
        yield from ("", f"... and {len(changes) - most} more.")


def _risk(change: Change) -> str:
    return f"**{change.risk}**" if change.risk == "internet" else change.risk


def _end(end: Interfaces | Outside) -> str:
    names, more = end_names(end)
    return " ".join(part for part in (_codes(names), more) if part)


def _services(change: Change) -> str:
    services, more = services_shown(change)
    return " ".join(part for part in (certainty(change), _codes(services), more) if part)


def _codes(texts: Iterable[str]) -> str:
    return ", ".join(map(code, texts))


def _rules(evidence: tuple[Evidence, ...]) -> str:
    return "<br>".join(dict.fromkeys(f"{code(each.source)}: {code(each.why)}" for each in evidence))


def _resources(changes: list[tuple[ResourceChange, tuple[str, ...]]], most: int) -> Iterator[str]:
    yield "| change | resource | where | details |"
    yield "| --- | --- | --- | --- |"
    for change, environments in changes[:most]:
        details = [code(detail) for detail in change.details]
        if change.workloads:
            details.append(f"workloads that carry it: {_codes(change.workloads)}")
        where = _codes(f"{change.target.strategy}/{each}/{change.target.vpc}" for each in environments)
        name = "" if change.kind == "target" else f" {code(change.key)}"
        yield f"| {change.effect} | {change.kind}{name} | {where} | {'<br>'.join(details)} |"
    if len(changes) > most:
        yield from ("", f"... and {len(changes) - most} more.")

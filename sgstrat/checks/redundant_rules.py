"""SG418 and SG429: rules and flows without which the same would be allowed.

Said of what was written: of a rule or flow all of whose rules, in every group and environment, others let through. What
expires covers nothing and is no fault: it is gone some day. A rule of a group and a flow that agree, for different
reasons, are two reasons, and both stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sgstrat.checks.context import Context
from sgstrat.checks.covering import Covering
from sgstrat.diagnostics.codes import Severity
from sgstrat.diagnostics.finding import Findings, Related
from sgstrat.language.names import groups_of
from sgstrat.language.services import ServicePart
from sgstrat.net.interval import Interval
from sgstrat.rulebook.model import DIRECTIONS, Direction, Origin, Repeat, Rule, Rulebook
from sgstrat.source.span import Span

_MOST_SHOWN = 3


class _Piece(NamedTuple):
    """One rule of a group that others let through too, and some of those others."""

    environment: str
    group: str
    direction: Direction
    rule: Rule
    others: tuple[Rule, ...]
    repeat: Repeat | None = None

    @property
    def service(self) -> str:
        return str(ServicePart(self.rule.protocol, self.rule.from_port, self.rule.to_port, ""))

    def __str__(self) -> str:
        peer = self.rule.peer.name
        ends = (peer, self.group) if self.direction == "ingress" else (self.group, peer)
        return f"{self.service} from {ends[0]} to {ends[1]}"


_Places = dict[Span, tuple[Origin, list[_Piece]]]


def check_redundant_rules(context: Context, findings: Findings) -> None:
    """Report what was written twice (SG429), and what wider rules cover: all of it, or, as a note, a part (SG418)."""
    temporary = _temporary(context)
    covered, repeated = _covered(context, temporary), _repeated(context)
    reasoned = {span for span, (_, pieces) in repeated.items() if any(_is_reasoned(each, temporary) for each in pieces)}
    standing = _standing(context.rulebooks.values(), covered.keys() | repeated.keys())
    for span, (origin, pieces) in covered.items():
        is_whole = len(pieces) == standing[span] and span not in reasoned
        again = repeated[span][1] if is_whole and span in repeated else []
        _report_covered(origin, [*pieces, *again], findings, is_whole=is_whole)
    for span, (origin, pieces) in repeated.items():
        if not standing[span] and span not in reasoned | temporary:
            _report_repeated(origin, pieces, findings)


def _temporary(context: Context) -> frozenset[Span]:
    """Where rules and flows stand that will be gone some day."""
    found: list[Span] = []
    for unit in context.units:
        strategy = unit.names.strategy
        found += [flow.span for flow in strategy.flows if flow.expires is not None]
        for _, _, group in groups_of(strategy):
            found += [rule.span for rule in group.ingress if rule.expires is not None]
            found += [rule.span for rule in group.egress if rule.expires is not None]
    return frozenset(found)


def _covered(context: Context, temporary: frozenset[Span]) -> _Places:
    """What others cover, by the place where it was written."""
    found: _Places = {}
    cidrs: dict[str, tuple[Interval, ...]] = {}
    for book in context.rulebooks.values():
        covering = Covering(context, book, temporary, cidrs)
        for group in book.groups:
            for direction in DIRECTIONS:
                for rule, others in covering.covered(group.rules(direction)):
                    if rule.origin is not None:
                        piece = _Piece(book.environment, group.key, direction, rule, others)
                        found.setdefault(rule.origin.span, (rule.origin, []))[1].append(piece)
    return found


def _repeated(context: Context) -> _Places:
    """What was written before, by the place where it was written again."""
    found: _Places = {}
    for book in context.rulebooks.values():
        if not book.repeats:
            continue
        groups = {group.key: group for group in book.groups}
        tables: dict[tuple[str, Direction], dict[str, Rule]] = {}
        for repeat in book.repeats:
            place = (repeat.group, repeat.direction)
            if place not in tables:
                tables[place] = {rule.key: rule for rule in groups[repeat.group].rules(repeat.direction)}
            first = tables[place][repeat.key]
            piece = _Piece(book.environment, repeat.group, repeat.direction, first, (first,), repeat)
            found.setdefault(repeat.origin.span, (repeat.origin, []))[1].append(piece)
    return found


def _is_reasoned(piece: _Piece, temporary: frozenset[Span]) -> bool:
    """Whether what is written again has a reason to be there.

    The first will expire, or the one is a rule of a group and the other a flow, and they say different reasons.
    """
    first, repeat = piece.rule, piece.repeat
    if repeat is None or first.origin is None or first.origin.span in temporary:
        return True
    return _noun(repeat.origin) != _noun(first.origin) and repeat.why != first.description


def _standing(books: Iterable[Rulebook], spans: Iterable[Span]) -> dict[Span, int]:
    """How many rules of all groups come from each of these places."""
    count = dict.fromkeys(spans, 0)
    for rule in _rules(books) if count else ():
        if rule.origin is not None and rule.origin.span in count:
            count[rule.origin.span] += 1
    return count


def _rules(books: Iterable[Rulebook]) -> Iterator[Rule]:
    for book in books:
        for group in book.groups:
            yield from group.ingress
            yield from group.egress


def _report_covered(origin: Origin, pieces: list[_Piece], findings: Findings, *, is_whole: bool) -> None:
    noun = _noun(origin)
    if is_whole:
        message, advice = f"other rules allow all that this {noun} does", "remove it: what is allowed stays the same"
    else:
        message, advice = f"other rules allow a part of what this {noun} does", "leave that part out"
    severity = None if is_whole else Severity.NOTE
    _report("SG418", f"{message}: {_shown(pieces)}", advice, origin, pieces, findings, severity)


def _report_repeated(origin: Origin, pieces: list[_Piece], findings: Findings) -> None:
    firsts = dict.fromkeys(_path(piece.rule) for piece in pieces)
    places = ", ".join(list(firsts)[:_MOST_SHOWN]) + (", ..." if len(firsts) > _MOST_SHOWN else "")
    message = f"this {_noun(origin)} is written before, as {places}: {_shown(pieces)}"
    _report("SG429", message, "remove it: what is allowed stays the same", origin, pieces, findings, None)


def _report(
    code: str,
    message: str,
    advice: str,
    origin: Origin,
    pieces: list[_Piece],
    findings: Findings,
    severity: Severity | None,
) -> None:
    related = {
        other.origin.span: Related(other.origin.span, f"{_path(other)} allows it")
        for piece in pieces
        for other in piece.others
        if other.origin is not None and other.origin.span != origin.span
    }
    for environment in dict.fromkeys(piece.environment for piece in pieces):
        findings.add(
            code,
            message,
            origin.span,
            help=advice,
            related=[related[span] for span in sorted(related)[:_MOST_SHOWN]],
            paths=origin.paths,
            services=sorted({piece.service for piece in pieces}),
            environment=environment,
            severity=severity,
        )


def _shown(pieces: list[_Piece]) -> str:
    texts = list(dict.fromkeys(map(str, pieces)))
    return ", ".join(texts[:_MOST_SHOWN]) + (f", ... ({len(texts)} in all)" if len(texts) > _MOST_SHOWN else "")


def _noun(origin: Origin) -> str:
    return "flow" if origin.paths and origin.paths[0].startswith("flows") else "rule"


def _path(rule: Rule) -> str:
    return rule.origin.paths[0] if rule.origin is not None and rule.origin.paths else rule.key

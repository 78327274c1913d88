"""SG418 and SG429: rules and flows without which the same would be allowed.

Said of what was written: of a rule or flow all of whose rules, in every group and environment, others let through. What
expires covers nothing and is no fault: it is gone some day. A rule of a group and a flow that agree, for different
reasons, are two reasons, and both stay. All that is reported can go together.
"""

from __future__ import annotations

from collections.abc import Mapping

from sgstrat.checks.context import Context
from sgstrat.checks.covering import Covering
from sgstrat.checks.making import Again, Maker, Piece, RuleId, pieces, repeated, temporary_places
from sgstrat.diagnostics.codes import Severity
from sgstrat.diagnostics.finding import Findings, Related
from sgstrat.diagnostics.remedy import removal
from sgstrat.diagnostics.suggest import shortened
from sgstrat.net.interval import Interval
from sgstrat.rulebook.model import DIRECTIONS, Origin, Rule
from sgstrat.source.span import Span

_MOST_SHOWN = 3
_REMOVE = "remove it: what is allowed stays the same"


def check_redundant_rules(context: Context, findings: Findings) -> None:
    """Report what was written twice (SG429), and what wider rules cover: all of it, or, as a note, a part (SG418)."""
    temporary = temporary_places(context)
    again = repeated(context)
    covered = _covered(context, temporary, again)
    places = {rules[0].origin.span for rules in covered.values() if rules[0].origin is not None}
    places.update(maker.origin.span for makers in again.values() for maker in makers)
    written = pieces(context, places - temporary, again)
    leaving = _Leaving(written, covered, again, temporary)
    for place, made in written.items():
        if place in leaving.twice:
            _report_twice(made, leaving, findings)
        elif place in leaving.gone:
            _report_covered(made, leaving, findings)
        elif parts := [each for each in made if each.is_first and each.id in covered]:
            _report_part(parts, leaving, findings)


def _covered(context: Context, temporary: frozenset[Span], again: Again) -> dict[RuleId, tuple[Rule, ...]]:
    """The rules that wider ones cover: each with itself first, then those."""
    found: dict[RuleId, tuple[Rule, ...]] = {}
    cidrs: dict[str, tuple[Interval, ...]] = {}
    for name, book in context.rulebooks.items():
        covering = Covering(context, book, temporary, again, cidrs)
        for group in book.groups:
            for direction in DIRECTIONS:
                for rule, others in covering.covered(group, direction):
                    found[RuleId(name, group.key, direction, rule.key)] = (rule, *others)
    return found


class _Leaving:
    """What of the written rules and flows can go: those written ``twice``, and all that are ``gone``."""

    def __init__(
        self,
        written: Mapping[Span, list[Piece]],
        covered: Mapping[RuleId, tuple[Rule, ...]],
        again: Again,
        temporary: frozenset[Span],
    ) -> None:
        self._covered = covered
        self._again = again
        self._temporary = temporary
        self.gone: set[Span] = set()
        self.twice = {place for place, made in written.items() if made and all(map(self._is_before, made))}
        self.gone |= self.twice
        # a rule within a larger one goes, and of equal ones the later; what is covered makes none larger
        size = {place: sum(each.id not in covered for each in made) for place, made in written.items()}
        left = sorted((place for place in written if place not in self.gone), reverse=True)
        for place in sorted(left, key=lambda each: size[each]):
            if written[place] and all(each.id in covered or self._others(each) for each in written[place]):
                self.gone.add(place)

    def _is_before(self, piece: Piece) -> bool:
        """Whether a rule is written before it is written here, for good and for a reason that will do."""
        return self.first(piece) is not None

    def first(self, piece: Piece) -> Maker | None:
        """Who writes the same before it is written here; the very first is as good as any that follows."""
        here = piece.maker.origin.span
        for maker in self._again.get(piece.id, ()):
            if maker.origin.span >= here:
                return None
            if self._can_stand(maker, piece):
                return maker
        return None

    def _can_stand(self, maker: Maker, piece: Piece) -> bool:
        return maker.origin.span not in self._temporary and maker.may_stand_for(piece.maker)

    def _others(self, piece: Piece) -> list[Maker]:
        """Who else writes the same, and stays."""
        here = piece.maker.origin.span
        makers = (maker for maker in self._again.get(piece.id, ()) if maker.origin.span != here)
        return [each for each in makers if each.origin.span not in self.gone and self._can_stand(each, piece)]

    def origins(self, made: list[Piece]) -> list[Origin]:
        """Where it is written that what goes is allowed all the same."""
        found: list[Origin] = []
        for piece in made:
            wider = [rule.origin for rule in self._covered.get(piece.id, ())[1:] if rule.origin is not None]
            found += wider or [maker.origin for maker in self._others(piece)]
        return found


def _report_twice(made: list[Piece], leaving: _Leaving, findings: Findings) -> None:
    firsts = [maker.origin for each in made if (maker := leaving.first(each)) is not None]
    paths = [origin.paths[0] for origin in sorted(set(firsts))]
    places = ", ".join(paths[:_MOST_SHOWN]) + (", ..." if len(paths) > _MOST_SHOWN else "")
    _report("SG429", f"this {made[0].maker.noun} is written before, as {places}", _REMOVE, made, firsts, findings)


def _report_covered(made: list[Piece], leaving: _Leaving, findings: Findings) -> None:
    message = f"other rules allow all that this {made[0].maker.noun} does"
    _report("SG418", message, _REMOVE, made, leaving.origins(made), findings)


def _report_part(made: list[Piece], leaving: _Leaving, findings: Findings) -> None:
    message = f"other rules allow a part of what this {made[0].maker.noun} does"
    _report("SG418", message, "leave that part out", made, leaving.origins(made), findings, Severity.NOTE)


def _report(
    code: str,
    message: str,
    advice: str,
    made: list[Piece],
    allowing: list[Origin],
    findings: Findings,
    severity: Severity | None = None,
) -> None:
    origin = made[0].maker.origin
    texts = list(dict.fromkeys(map(str, made)))
    shown = shortened(texts, _MOST_SHOWN)
    others = {other.span: other for other in allowing if other.span != origin.span}
    for environment in dict.fromkeys(each.id.target.environment for each in made):
        findings.add(
            code,
            f"{message}: {shown}",
            origin.span,
            help=advice,
            related=[Related(span, f"{others[span].paths[0]} allows it") for span in sorted(others)[:_MOST_SHOWN]],
            paths=origin.paths,
            services=sorted({each.service for each in made}),
            environment=environment,
            severity=severity,
            # a note is about a part of what is written, and the rest is needed
            fix=None if severity is Severity.NOTE else removal(origin.span, "remove what other rules allow"),
        )

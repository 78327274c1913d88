"""What sgstrat.yaml says about codes: their severities, and who may waive them; and whether waivers keep to it.

Knows the codes of the compiler and those of an organisation's own checks, not what their findings are about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sgstrat.diagnostics.codes import Code, Severity, is_own_code
from sgstrat.diagnostics.finding import Findings, Related
from sgstrat.diagnostics.grading import Grades
from sgstrat.diagnostics.suggest import did_you_mean, listed
from sgstrat.language.decode import Unit
from sgstrat.language.fields.guardrails import EVERY_CODE
from sgstrat.language.model import Settings, Waiver, Word
from sgstrat.source.span import Span

_OFF = "off"


class Codes:
    """Every code that a finding of this workspace may have.

    Unless ``is_whole`` a check could not be loaded, and nobody knows which codes it would have had.
    """

    def __init__(self, codes: Mapping[str, Code], is_whole: bool = True) -> None:
        self._codes = codes
        self._is_whole = is_whole

    def get(self, code: str) -> Code | None:
        return self._codes.get(code)

    def is_unknown(self, code: str) -> bool:
        """Whether nothing can give a finding of this code."""
        return code not in self._codes and (self._is_whole or not is_own_code(code))

    @property
    def waivable(self) -> list[str]:
        return [each.code for each in self._codes.values() if each.waivable]

    def hint(self, code: str) -> str:
        """What a code that does not exist was probably meant to be."""
        return did_you_mean(code, self._codes) or "sgstrat explain lists all codes"


def grades_of(settings: Settings | None, codes: Codes) -> Grades:
    """The severities that sgstrat.yaml sets by code, as far as it may; None for those that are off."""
    return {known.code: severity for _, known, severity in _graded(settings, codes) if known.may_become(severity)}


def check_guardrails(settings: Settings | None, units: Iterable[Unit], codes: Codes, findings: Findings) -> None:
    """Report what is wrong with the codes that sgstrat.yaml and the waivers name."""
    laid_down = settings.guardrails if settings is not None else None
    if laid_down is not None:
        for word, _ in laid_down.severity:
            _check_exists(word, codes, findings)
        for value, known, severity in _graded(settings, codes):
            if not known.may_become(severity):
                _refuse_grade(value, known, findings)
        for word, _ in laid_down.waive:
            if word.text != EVERY_CODE and _check_exists(word, codes, findings):
                _check_waivable(word, codes, "SG113", findings)
    rights = _Rights(settings)
    for unit in units:
        for waiver in unit.names.strategy.waivers:
            if _check_code(waiver, codes, findings):
                rights.check(unit.names.name, waiver, findings)


def _graded(settings: Settings | None, codes: Codes) -> Iterator[tuple[Word, Code, Severity | None]]:
    laid_down = settings.guardrails if settings is not None else None
    for word, value in laid_down.severity if laid_down is not None else ():
        known = codes.get(word.text)
        if known is not None:
            yield value, known, None if value.text == _OFF else Severity(value.text)


def _check_exists(word: Word, codes: Codes, findings: Findings) -> bool:
    if codes.is_unknown(word.text):
        findings.add("SG113", f"no finding has the code {word.text}", word.span, help=codes.hint(word.text))
        return False
    return True


def _refuse_grade(value: Word, known: Code, findings: Findings) -> None:
    findings.add(
        "SG113",
        f"{known.code} ({known.title}) is an error and cannot become {_noun(value.text)}",
        value.span,
        help="it says that the result would be wrong or that AWS would refuse it, which no setting changes; "
        "errors of the families 4xx and 5xx that can be waived can be lowered",
    )


def _noun(grade: str) -> str:
    return grade if grade == _OFF else f"a {grade}"


def _check_code(waiver: Waiver, codes: Codes, findings: Findings) -> bool:
    code = waiver.code
    if not code.text:
        return False  # a finding of the decoder
    if codes.is_unknown(code.text):
        findings.add(
            "SG228",
            f"no finding has the code {code.text}",
            code.span,
            help=did_you_mean(code.text, codes.waivable) or f"codes that can be waived: {listed(codes.waivable, 40)}",
        )
        return False
    return _check_waivable(code, codes, "SG228", findings)


def _check_waivable(word: Word, codes: Codes, code: str, findings: Findings) -> bool:
    known = codes.get(word.text)
    if known is None or known.waivable:
        return True
    findings.add(
        code,
        f"{word.text} ({known.title}) cannot be waived",
        word.span,
        help="only findings of the 4xx and 5xx families can be; mend the cause",
    )
    return False


class _Rights:
    """Who may waive what."""

    def __init__(self, settings: Settings | None) -> None:
        laid_down = settings.guardrails if settings is not None else None
        self._allowed: dict[str, tuple[Span, frozenset[str]]] = {
            word.text: (word.span, frozenset(each.text for each in strategies))
            for word, strategies in (laid_down.waive if laid_down is not None else ())
        }

    def check(self, strategy: str, waiver: Waiver, findings: Findings) -> None:
        """SG230 for a waiver by a strategy that may not."""
        code = waiver.code.text
        found = self._allowed.get(code, self._allowed.get(EVERY_CODE))
        if found is None or strategy in found[1]:
            return
        place, allowed = found
        findings.add(
            "SG230",
            f"strategy {strategy} may not waive {code}",
            waiver.code.span,
            help="mend the finding, or ask for the right: guardrails.waive of sgstrat.yaml gives it to "
            + (listed(allowed) or "nobody"),
            related=(Related(place, "who may is laid down here"),),
        )

"""What sgstrat.yaml lays down for all strategies: the names in it are checked, and its services expanded.

A service there means what sgstrat.yaml or the catalogue says of it, and in every environment: no strategy can change
what the organisation forbids. Knows neither codes of findings nor checks.
"""

from __future__ import annotations

from collections.abc import Iterable

from sgstrat.diagnostics.finding import Findings
from sgstrat.diagnostics.remedy import rewriting
from sgstrat.diagnostics.suggest import did_you_mean, listed, only_close
from sgstrat.facts.services import catalogue
from sgstrat.language.fields import STRATEGY
from sgstrat.language.model import Names, Settings, Word
from sgstrat.language.names import Namespace
from sgstrat.language.services import ServicePart, is_literal, parse_service
from sgstrat.language.tags import check_tag_key
from sgstrat.syntax.scalars import show


def check_settings(settings: Settings, strategies: Iterable[str], findings: Findings, is_whole: bool = True) -> None:
    """Report names in sgstrat.yaml that nothing has.

    Unless ``is_whole`` a part of the file could not be read, and may declare the services that seem to be missing.
    """
    laid_down = settings.guardrails
    if laid_down is None:
        return
    known = set(strategies)
    for words in (laid_down.may_enforce or (), *(words for _, words in laid_down.waive)):
        _strategies(words, known, findings)
    for word in laid_down.required_tags:
        check_tag_key(word, findings)
    _Services(settings, findings, is_whole).parts(laid_down.never_open)


def never_open(settings: Settings) -> tuple[ServicePart, ...]:
    """What may never be open to the internet, each part once; what names nothing is left out."""
    laid_down = settings.guardrails
    return () if laid_down is None else _Services(settings, Findings()).parts(laid_down.never_open)


def _strategies(words: Names, known: set[str], findings: Findings) -> None:
    for word in words:
        if word.text not in known:
            findings.add(
                "SG203",
                f"no strategy {show(word.text)} in this workspace",
                word.span,
                help=did_you_mean(word.text, known) or f"strategies: {listed(known)}",
                fix=rewriting(word.span, word.text, only_close(word.text, known)),
            )


class _Services:
    """The services of sgstrat.yaml and of the catalogue."""

    def __init__(self, settings: Settings, findings: Findings, is_whole: bool = True) -> None:
        alone = STRATEGY.empty(settings.span)._replace(services=settings.services)
        self._names = Namespace(alone, Findings(), is_whole)
        self._findings = findings
        self._done: set[str] = set()

    def parts(self, words: Names) -> tuple[ServicePart, ...]:
        """All parts of some services, reporting what names nothing."""
        found: dict[ServicePart, None] = {}
        for word in words:
            self._collect(word, (), found)
        return tuple(found)

    def _collect(self, word: Word, trail: tuple[str, ...], found: dict[ServicePart, None]) -> None:
        text = word.text
        if text in trail:
            self._cycle((*trail[trail.index(text) :], text))
        elif text not in self._done and self._is_known(word):
            own = self._names.services.get(text)
            if own is None:
                literals = catalogue()[text].parts if text in catalogue() else (text,)
                found.update(dict.fromkeys(map(parse_service, literals)))
            else:
                for part in own.parts:
                    self._collect(part, (*trail, text), found)
            self._done.add(text)

    def _is_known(self, word: Word) -> bool:
        if "/" in word.text and not is_literal(word.text):
            self._findings.add(
                "SG202",
                f"{show(word.text)} is a service of one strategy, which cannot stand in sgstrat.yaml",
                word.span,
                help="define it under services: in sgstrat.yaml, or write protocol and port, such as tcp/8080",
            )
            return False
        return self._names.find_service(word, self._findings) is not None

    def _cycle(self, names: tuple[str, ...]) -> None:
        if any(item.code == "SG210" for item in self._findings.raw()):
            return  # every strategy inherits these services, and has had the finding
        span = next(word.span for word, _ in self._names.strategy.services if word.text == names[0])
        said = "services are defined by each other: " + " -> ".join(names)
        self._findings.add("SG210", said, span, help="break the cycle")

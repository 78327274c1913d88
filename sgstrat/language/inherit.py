"""What sgstrat.yaml lends to every strategy, and the defaults of a strategy without environments or VPCs."""

from __future__ import annotations

from typing import TypeVar

from sgstrat.diagnostics.finding import Findings, Related
from sgstrat.language.model import Environment, Flag, Naming, Settings, Strategy, Vpc, Word

T = TypeVar("T")
One = TypeVar("One", Word, Flag)
Pairs = tuple[tuple[Word, T], ...]

DEFAULT_ENVIRONMENT = "default"
DEFAULT_VPC = "main"
DEFAULT_PATTERN = "{strategy}-{environment}-{vpc}-{name}"


def inherit(strategy: Strategy, settings: Settings | None, findings: Findings) -> Strategy:
    """The strategy with everything it inherits. Its own definition wins, which a note says."""
    if settings is not None:
        strategy = strategy._replace(
            environments=_lend(strategy.environments, settings.environments, "environment", findings),
            vpcs=_lend(strategy.vpcs, settings.vpcs, "VPC", findings),
            networks=_lend(strategy.networks, settings.networks, "network", findings, _own_peers(strategy)),
            services=_lend(strategy.services, settings.services, "service", findings),
            tags=_lend(strategy.tags, settings.tags, "tag", findings),
            naming=_lend_naming(strategy.naming, settings.naming, findings),
            overflow=_lend_one("overflow", strategy.overflow, settings.overflow, findings),
            optimize=_lend_one("optimize", strategy.optimize, settings.optimize, findings),
            pack=_lend_one("pack", strategy.pack, settings.pack, findings),
        )
    home = strategy.strategy.span
    if not strategy.environments:
        nothing = Environment(None, None, (), (), (), (), None, home)
        strategy = strategy._replace(environments=((Word(DEFAULT_ENVIRONMENT, home), nothing),))
    if not strategy.vpcs:
        strategy = strategy._replace(vpcs=((Word(DEFAULT_VPC, home), Vpc(None, None, None, None, True, None, home)),))
    return strategy


def _own_peers(strategy: Strategy) -> tuple[Word, ...]:
    """What else of the strategy's own has a name in the namespace of networks."""
    tables = (*strategy.groups[:4], strategy.existing, strategy.prefix_lists)
    return tuple(word for table in tables for word, _ in table)


def _lend(own: Pairs[T], lent: Pairs[T], what: str, findings: Findings, others: tuple[Word, ...] = ()) -> Pairs[T]:
    mine = {word.text: word for word in (*others, *(word for word, _ in own))}
    taken = list(own)
    for word, value in lent:
        if word.text in mine:
            _note(what, mine[word.text], word, findings)
        else:
            taken.append((word, value))
    return tuple(taken)


def _lend_naming(own: Naming | None, lent: Naming | None, findings: Findings) -> Naming | None:
    if own is None or lent is None:
        return own or lent
    for mine, theirs in ((own.group, lent.group), (own.prefix_list, lent.prefix_list)):
        if mine is not None and theirs is not None:
            _note("naming pattern", mine, theirs, findings)
    return Naming(own.group or lent.group, own.prefix_list or lent.prefix_list, own.span)


def _lend_one(key: str, own: One | None, lent: One | None, findings: Findings) -> One | None:
    """A single value; where the strategy's own says the same there is nothing to tell."""
    if own is None or lent is None:
        return own or lent
    if own[0] != lent[0]:
        findings.add(
            "SG209",
            f"{key}: {_shown(own)} replaces {key}: {_shown(lent)} of sgstrat.yaml",
            own.span,
            related=(Related(lent.span, "the inherited one is here"),),
        )
    return own


def _shown(one: Word | Flag) -> str:
    if isinstance(one, Flag):
        return "true" if one.value else "false"
    return one.text


def _note(what: str, own: Word, lent: Word, findings: Findings) -> None:
    findings.add(
        "SG209",
        f"{own.text} replaces the {what} of sgstrat.yaml",
        own.span,
        related=(Related(lent.span, "the inherited one is here"),),
    )

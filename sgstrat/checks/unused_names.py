"""SG420, SG421, SG422 and SG435: what a strategy declares and nothing in the workspace names.

Asked of the strategies as written, since a rulebook has only what is used. What sgstrat.yaml lends to every strategy is
none's to remove, and what stands in a fragment of several strategies is used when one of them uses it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sgstrat.checks.context import Context
from sgstrat.diagnostics.finding import Findings
from sgstrat.diagnostics.remedy import removal
from sgstrat.language.decode import Unit
from sgstrat.language.model import Names, Strategy, Word
from sgstrat.language.names import groups_of
from sgstrat.source.span import Span

_Key = tuple[str, str]  # a strategy and a name of it


class _Kind(NamedTuple):
    """What may be unused: the code, what it is called, and the table of the strategy in which it stands."""

    code: str
    noun: str
    table: str
    place: str


_PEERS = (
    _Kind("SG420", "network", "networks", "rules, flows, workloads or assertions"),
    _Kind("SG422", "prefix list", "prefix_lists", "rules, flows or assertions"),
    _Kind("SG435", "existing group", "existing", "rules, flows, workloads or assertions"),
)
_SERVICES = _Kind("SG421", "service", "services", "rules, flows, assertions or other services")


def check_unused_names(context: Context, findings: Findings) -> None:
    """Report each network, prefix list, existing group and service that nothing names."""
    peers: set[_Key] = set()
    services: set[_Key] = set()
    for unit in context.units:
        strategy = unit.names.strategy
        peers.update(_keys(unit, _named(_peer_names(strategy))))
        services.update(_keys(unit, _named(_service_names(strategy))))
    for kind in _PEERS:
        _report_unused(context.units, kind, peers, findings)
    _report_unused(context.units, _SERVICES, services, findings)


def _named(lists: Iterable[Names]) -> set[str]:
    return {word.text for words in lists for word in words}


def _peer_names(strategy: Strategy) -> Iterator[Names]:
    for _, _, group in groups_of(strategy):
        for rule in (*group.ingress, *group.egress):
            yield rule.peers
    for flow in strategy.flows:
        yield flow.sources
        yield flow.destinations
    for _, workload in strategy.workloads:
        yield workload.groups
        yield workload.networks
    for assertion in strategy.assertions:
        for ends in (assertion.deny, assertion.allow, assertion.only):
            if ends is not None:
                yield ends.sources
                yield ends.destinations


def _service_names(strategy: Strategy) -> Iterator[Names]:
    for _, _, group in groups_of(strategy):
        for rule in (*group.ingress, *group.egress):
            yield rule.services
    for flow in strategy.flows:
        yield flow.services
    for name, service in strategy.services:
        # of its own name a service is no user
        yield tuple(word for word in service.parts if word.text != name.text)
    for assertion in strategy.assertions:
        for ends in (assertion.deny, assertion.allow, assertion.only):
            if ends is not None:
                yield ends.services
    for waiver in strategy.waivers:
        yield waiver.services


def _keys(unit: Unit, texts: Iterable[str]) -> Iterator[_Key]:
    """What a strategy's texts mean, where they are names: its own, or as ``OTHER/NAME`` those of one that it uses."""
    own, uses = unit.names.name, unit.names.uses
    for text in texts:
        head, slash, rest = text.partition("/")
        yield (head, rest) if slash and head in uses else (own, text)


def _report_unused(units: Iterable[Unit], kind: _Kind, used: set[_Key], findings: Findings) -> None:
    declared: dict[Span, list[tuple[Unit, Word]]] = defaultdict(list)
    for unit in units:
        for word, _ in getattr(unit.names.strategy, kind.table):
            if word.span.file in unit.files:
                declared[word.span].append((unit, word))
    for span, places in declared.items():
        if all((unit.names.name, word.text) not in used for unit, word in places):
            name = places[0][1].text
            findings.add(
                kind.code,
                f"nothing uses {kind.noun} {name}",
                span,
                help=f"remove it, or name it in {kind.place}",
                paths=(f"{kind.table}.{name}",),
                # it may be there for what is written next, which is for a person to say
                fix=removal(span, f"remove {name}", is_safe=False),
            )

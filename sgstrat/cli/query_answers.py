"""Answers to questions about reachability, as lines of text and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sgstrat.diagnostics.suggest import listed
from sgstrat.net.interval import Intervals, covers
from sgstrat.net.kinds import service_texts
from sgstrat.reach.hosts import End
from sgstrat.reach.matrix import Edge
from sgstrat.reach.query import Answer, Evidence, doubtful
from sgstrat.reach.relation import Verdict


def answer_lines(environment: str, source: End, destination: End, service: str | None, found: Answer) -> Iterator[str]:
    """The answer for one environment, and the rules that say so."""
    where = "" if environment == "default" else f"{environment}: "
    asked = f" on {service}" if service else ""
    yield f"{where}{found.word}: {source} {_VERBS[found.word]} {destination}{asked}"
    yield from _verdict_lines(found)
    if found.word == "no":
        yield from _refusal(source, destination, found)
    for each in found.rules:
        yield (
            f"  {_WAYS[each.direction]}: {_place(each)}: {each.target.strategy}/{each.group} {each.rule.key}"
            + (" (by a list whose content is not known here)" if each.is_unknown else "")
        )


_WAYS: dict[str, str] = {"egress": "out", "ingress": "in"}
_VERBS = {"yes": "reaches", "partly": "reaches in part", "no": "does not reach"}


def _verdict_lines(found: Answer) -> Iterator[str]:
    verdict = found.verdict
    if verdict.certain:
        yield f"  open: {_services(verdict.certain)}"
    if doubtful(verdict):
        yield f"  possible, for some of their addresses: {_services(doubtful(verdict))}"
    if verdict.unknown:
        yield f"  not known here: {_services(verdict.unknown)}"
    if found.unknown_groups:
        yield f"  the rules of {listed(found.unknown_groups)} are not known here; what they send counts as possible"


def _refusal(source: End, destination: End, found: Answer) -> Iterator[str]:
    if found.unguarded:
        yield "  no group of the workspace is at either end"
        return
    yield f"  {source} may send there: {_services(found.sends) or 'nothing'}"
    yield f"  {destination} lets in from there: {_services(found.takes) or 'nothing'}"


def _services(kinds: Intervals) -> str:
    return ", ".join(service_texts(kinds))


def _place(each: Evidence) -> str:
    return str(each.rule.origin.span) if each.rule.origin is not None else each.rule.source


def answer_json(environment: str, found: Answer) -> dict[str, Any]:
    """The same for programs."""
    return {
        "environment": environment,
        "answer": found.word,
        **_verdict_json(found.verdict),
        "unknown_groups": list(found.unknown_groups),
        "rules": [_rule_json(each) for each in found.rules],
    }


def _verdict_json(verdict: Verdict) -> dict[str, list[str]]:
    parts = {"certain": verdict.certain, "possible": doubtful(verdict), "unknown": verdict.unknown}
    return {name: list(service_texts(kinds)) for name, kinds in parts.items()}


def _rule_json(each: Evidence) -> dict[str, Any]:
    span = each.rule.origin.span if each.rule.origin is not None else None
    return {
        "direction": each.direction,
        "target": str(each.target),
        "group": each.group,
        "key": each.rule.key,
        "source": each.rule.source,
        "file": span.file if span else None,
        "line": span.line if span else None,
        "known": not each.is_unknown,
    }


_TITLES = {
    "edges": "who reaches whom",
    "reached_by_internet": "what the internet reaches",
    "reaches_internet": "what reaches the internet",
}


def edge_lines(environment: str, key: str, edges: Iterable[Edge]) -> Iterator[str]:
    """One list of edges under its title."""
    yield f"{environment}: {_TITLES[key]}"
    lines = [f"  {edge.source} -> {edge.destination}: {passes(edge.verdict)}" for edge in edges]
    yield from lines or ["  nothing"]


def passes(verdict: Verdict) -> str:
    """What passes between two ends, in one line."""
    parts = [_services(verdict.certain)] if verdict.certain else []
    if doubtful(verdict):
        parts.append(f"possibly {_services(doubtful(verdict))}")
    if verdict.unknown and not covers(verdict.possible, verdict.unknown):
        parts.append(f"not known here: {_services(verdict.unknown)}")
    return "; ".join(parts)


def edge_json(edge: Edge) -> dict[str, Any]:
    """One edge for programs."""
    return {"from": str(edge.source), "to": str(edge.destination), **_verdict_json(edge.verdict)}

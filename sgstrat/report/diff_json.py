"""A difference as JSON, for programs: everything, exactly. Version 1; keys are only ever added."""

from __future__ import annotations

from typing import Any

from sgstrat.reach.diff_model import Change, Difference, Interfaces, Outside, ResourceChange
from sgstrat.report.diff_words import Labels
from sgstrat.report.json_text import json_text

VERSION = 1
_Json = dict[str, Any]


def diff_json(difference: Difference, labels: Labels, commits: tuple[str | None, str | None]) -> str:
    """The text, with a newline at its end. ``commits`` are the full hashes where the sides are revisions."""
    data = {
        "diff": VERSION,
        "old": {"name": labels.old, "commit": commits[0]},
        "new": {"name": labels.new, "commit": commits[1]},
        "notes": list(labels.notes),
        "gained": [_change(each) for each in difference.gained],
        "lost": [_change(each) for each in difference.lost],
        "resources": [_resource(each) for each in difference.resources],
    }
    return json_text(data)


def _change(change: Change) -> _Json:
    return {
        "risk": change.risk,
        "way": change.way,
        "from": _end(change.source),
        "to": _end(change.destination),
        "services": list(change.services),
        "environments": list(change.environments),
        "certain": change.is_certain,
        "rules": [{"group": each.group, "source": each.source, "why": each.why} for each in change.evidence],
    }


def _end(end: Interfaces | Outside) -> _Json:
    if isinstance(end, Outside):
        return {"kind": end.kind, "names": list(end.names), "cidrs": list(end.cidrs)}
    names = [{"kind": each.kind, "strategy": each.strategy, "vpc": each.vpc, "name": each.name} for each in end.names]
    return {"kind": "interfaces", "interfaces": names, "carrying": end.carrying}


def _resource(change: ResourceChange) -> _Json:
    strategy, environment, vpc = change.target
    return {
        "effect": change.effect,
        "kind": change.kind,
        "strategy": strategy,
        "environment": environment,
        "vpc": vpc,
        "key": change.key,
        "details": list(change.details),
        "workloads": list(change.workloads),
    }

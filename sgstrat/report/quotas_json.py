"""Use and headroom of every limit as JSON, for programs. Version 1; keys are only ever added.

``quotas_schema`` has the form, key by key.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sgstrat import __version__
from sgstrat.quotas.counting import ListUse
from sgstrat.quotas.survey import Counted, Survey
from sgstrat.quotas.use import Use
from sgstrat.report.json_text import json_text
from sgstrat.rulebook.model import TargetName

VERSION = 1
_Json = dict[str, Any]


def quotas_json(survey: Survey, as_of: date) -> str:
    """All of it, the tightest first; the text has a newline at its end."""
    data = {
        "quotas": VERSION,
        "tool": {"name": "sgstrat", "version": __version__},
        "as_of": as_of.isoformat(),
        "exceeded": sum(each.use.is_over for each in survey.counted),
        "limits": [_counted(each) for each in survey.counted],
        "prefix_lists": [_list(each) for each in survey.lists],
    }
    return json_text(data)


def _counted(counted: Counted) -> _Json:
    use = counted.use
    return {
        "limit": use.limit,
        "name": use.name,
        "target": _target(use.target),
        "account": use.account,
        "region": use.region,
        "direction": use.direction,
        "family": use.family,
        "used": use.used,
        "most": use.most,
        "headroom": use.headroom,
        "exceeded": use.is_over,
        "near": use.is_near,
        "filled": use.is_filled,
        "unknown_groups": use.unknown,
        "parts": [{"what": each.what, "count": each.number, "weight": each.weight} for each in use.parts],
        "contributors": [{"name": each.name, "weight": each.weight} for each in counted.contributors],
        "remedies": [
            {"kind": each.kind, "text": each.text, "used": each.used, "most": each.most, "fits": each.fits}
            for each in counted.remedies
        ],
        **_place(use),
    }


def _place(use: Use) -> _Json:
    if use.span is None:
        return {"file": None, "line": None}
    return {"file": use.span.file, "line": use.span.line}


def _list(each: ListUse) -> _Json:
    return {
        "name": each.name,
        "target": _target(each.target),
        "origin": each.origin,
        "weight": each.weight,
        "entries": each.entries,
        "rules": each.rules,
        "groups": each.groups,
        "cost": each.cost,
    }


def _target(target: TargetName | None) -> _Json | None:
    return None if target is None else target._asdict()

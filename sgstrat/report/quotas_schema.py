"""The JSON Schema of quotas as JSON, version 1."""

from __future__ import annotations

from typing import Any, get_args

from sgstrat.net.cidr import FAMILIES
from sgstrat.report.quotas_json import VERSION
from sgstrat.rulebook.model import DIRECTIONS, PrefixListOrigin

JsonSchema = dict[str, Any]
_TEXT: JsonSchema = {"type": "string"}


def quotas_schema() -> JsonSchema:
    """The schema of what ``sgstrat quotas --output-format json`` prints."""
    definitions = {
        "limit": _object(_limit()),
        "part": _object({"what": _TEXT, "count": _number(0), "weight": _number(0, "What each of them counts.")}),
        "contributor": _object({"name": _said("Where it is written, or what it is called."), "weight": _number(0)}),
        "remedy": _remedy(),
        "prefix_list": _object(_prefix_list()),
        "target": _object({"strategy": _TEXT, "environment": _TEXT, "vpc": _TEXT}),
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "sgstrat quotas",
        **_object(_document()),
        "$defs": dict(sorted(definitions.items())),
    }


def _document() -> JsonSchema:
    return {
        "quotas": {"type": "integer", "enum": [VERSION], "description": "Version of this format."},
        "tool": _object({"name": _TEXT, "version": _TEXT}),
        "as_of": {"type": "string", "format": "date", "description": "The day for which the strategies were compiled."},
        "exceeded": _number(0, "How many limits are exceeded."),
        "limits": _array("limit", "Every limit in every place, the tightest first."),
        "prefix_lists": _array("prefix_list", "Every list that a target makes or names, the costliest first."),
    }


def _limit() -> JsonSchema:
    return {
        "limit": _said("Its name, such as rules_per_group or cloudformation_resources."),
        "name": _said("The group, workload, prefix list or template that it is about, or the account and region."),
        "target": {"anyOf": [_ref("target"), {"type": "null"}]},
        "account": _maybe("string", "For limits of an account and region, where it is known."),
        "region": _maybe("string", "For limits of an account and region, where it is known."),
        "direction": _one_of(DIRECTIONS, "For rules."),
        "family": _one_of(FAMILIES, "For rules."),
        "used": _number(0),
        "most": _number(0, "The limit in force."),
        "headroom": {"type": "integer", "description": "How many more fit; below zero: how many are too many."},
        "exceeded": {"type": "boolean"},
        "near": {"type": "boolean", "description": "Whether more than 5 of 6 are used."},
        "filled": {
            "type": "boolean",
            "description": "Whether it is filled on purpose: part of a divided group, composite, template of several.",
        },
        "unknown_groups": _number(0, "Groups on the network interface whose rules nobody here knows."),
        "parts": _array("part", "What the sum is made of."),
        "contributors": _array("contributor", "What uses most, where it is exceeded or near."),
        "remedies": _array("remedy", "What helps, where it is exceeded or near; each by itself."),
        "file": _maybe("string", "Where it is declared, relative to the workspace."),
        "line": _maybe("integer", "The line there, from 1."),
    }


def _remedy() -> JsonSchema:
    return _object(
        {
            "kind": _said("Such as max_entries, optimize, reference, split, afresh, fuse, baseline, unused or raise."),
            "text": _said("What to write."),
            "used": _number(0, "What is used then."),
            "most": _number(0, "Of how many: for raise what AWS grants at most, where that is known."),
            "fits": {"type": "boolean", "description": "Whether it is enough, and no other limit is exceeded by it."},
        }
    )


def _prefix_list() -> JsonSchema:
    return {
        "name": _TEXT,
        "target": _ref("target"),
        "origin": {"type": "string", "enum": list(get_args(PrefixListOrigin))},
        "weight": _number(0, "What a rule that names it counts: max_entries, or what AWS publishes."),
        "entries": _maybe("integer", "How many it has; null where nobody here knows."),
        "rules": _number(0, "How many rules of the target name it."),
        "groups": _number(0, "In how many groups."),
        "cost": _number(0, "weight x rules."),
    }


def _said(description: str) -> JsonSchema:
    return {**_TEXT, "description": description}


def _maybe(kind: str, description: str) -> JsonSchema:
    return {"type": [kind, "null"], "description": description}


def _one_of(values: tuple[str, ...], description: str) -> JsonSchema:
    return {"type": ["string", "null"], "enum": [*values, None], "description": description}


def _number(least: int, description: str = "") -> JsonSchema:
    schema: JsonSchema = {"type": "integer", "minimum": least}
    return {**schema, "description": description} if description else schema


def _array(name: str, description: str) -> JsonSchema:
    return {"type": "array", "items": _ref(name), "description": description}


def _ref(name: str) -> JsonSchema:
    return {"$ref": f"#/$defs/{name}"}


def _object(properties: JsonSchema) -> JsonSchema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }

"""The JSON Schema of findings as JSON, version 1."""

from __future__ import annotations

from typing import Any

from sgstrat.diagnostics.codes import CODE_PATTERN, Severity
from sgstrat.report.findings_json import VERSION
from sgstrat.report.outcome import MOST_LISTED

JsonSchema = dict[str, Any]
_TEXT: JsonSchema = {"type": "string"}
_TEXTS: JsonSchema = {"type": "array", "items": _TEXT}
_SEVERITY: JsonSchema = {"type": "string", "enum": [each.value for each in Severity]}


def findings_schema() -> JsonSchema:
    """The schema of what ``sgstrat validate --output-format json`` prints."""
    definitions = {
        "finding": _finding(),
        "related": _object({"message": _TEXT, **_place()}),
        "fix": _fix(),
        "edit": _object({**_place(), "text": _said("What stands there becomes this; an empty range is an insertion.")}),
        "waived": _waived(),
        "range": _object({"start": _ref("position"), "end": _ref("position")}),
        "position": _object({"line": _number(1), "column": _number(1)}),
        "target": _object({"strategy": _TEXT, "environment": _TEXT, "vpc": _TEXT}),
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "sgstrat findings",
        **_object(_document()),
        "$defs": dict(sorted(definitions.items())),
    }


def _document() -> JsonSchema:
    return {
        "report": {"type": "integer", "enum": [VERSION], "description": "Version of this format."},
        "tool": _object({"name": _TEXT, "version": _TEXT}),
        "as_of": {"type": "string", "format": "date", "description": "The day for which the strategies were compiled."},
        "workspace": _said(
            "Where the workspace lies below the root of its repository: empty, or ending in a slash. Paths of files"
            " are relative to the workspace."
        ),
        "valid": {"type": "boolean", "description": "Whether there is no error, so that a build would write."},
        "summary": _object(
            {
                "errors": _number(0),
                "warnings": _number(0),
                "notes": _number(0, "Waived findings are notes."),
                "waived": _number(0),
                "not_listed": _number(0, f"How many findings are left out: all but the {MOST_LISTED} gravest."),
            }
        ),
        "targets": {"type": "array", "items": _ref("target"), "description": "What was compiled; none amid errors."},
        "findings": {"type": "array", "items": _ref("finding"), "description": "In order of file, line and column."},
    }


def _finding() -> JsonSchema:
    return _object(
        {
            "code": {"type": "string", "pattern": CODE_PATTERN},
            "slug": _said("A name for the code."),
            "severity": _SEVERITY,
            "title": _said("What all findings of this code have in common."),
            "message": _said("What is wrong here."),
            "help": _said("What to do about it; may be empty."),
            **_place("null where it is about no place."),
            "environments": {**_TEXTS, "description": "Those it holds in; empty where it depends on none."},
            "services": {**_TEXTS, "description": "Those it is about, where a waiver may be for some of them."},
            "paths": {**_TEXTS, "description": "The paths by which a waiver may name it."},
            "related": {"type": "array", "items": _ref("related"), "description": "Other places that belong to it."},
            "fix": {"anyOf": [_ref("fix"), {"type": "null"}]},
            "waived": {"anyOf": [_ref("waived"), {"type": "null"}]},
            "controls": {**_TEXTS, "description": "Controls of compliance frameworks that it is about."},
            "explain": _said("The command that explains it."),
        }
    )


def _fix() -> JsonSchema:
    return _object(
        {
            "title": _TEXT,
            "safe": {"type": "boolean", "description": "Whether it can be applied without a person's decision."},
            "edits": {"type": "array", "items": _ref("edit"), "description": "They make sense together only."},
        }
    )


def _waived() -> JsonSchema:
    return _object(
        {
            "severity": {**_SEVERITY, "description": "What it had been without the waiver."},
            "message": _said("What it had said without the waiver."),
            "why": _TEXT,
            "until": _said("The waiver's last day, as YYYY-MM-DD; may be empty."),
            "approved_by": _said("May be empty."),
            **_place(),
        }
    )


def _place(absent: str = "") -> JsonSchema:
    if not absent:
        return {"file": _TEXT, "range": _ref("range")}
    return {
        "file": {"type": ["string", "null"], "description": f"Relative to the workspace; {absent}"},
        "range": {"anyOf": [_ref("range"), {"type": "null"}]},
    }


def _said(description: str) -> JsonSchema:
    return {**_TEXT, "description": description}


def _number(least: int, description: str = "") -> JsonSchema:
    schema: JsonSchema = {"type": "integer", "minimum": least}
    return {**schema, "description": description} if description else schema


def _ref(name: str) -> JsonSchema:
    return {"$ref": f"#/$defs/{name}"}


def _object(properties: JsonSchema) -> JsonSchema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }

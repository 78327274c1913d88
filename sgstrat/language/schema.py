"""The JSON Schemas of the language, made of the field tables.

Only keywords that draft-07 tools read the same way are used (``$defs`` aside), since many editors stop there.
"""

from __future__ import annotations

from typing import Any

from sgstrat.language.fields import SETTINGS, STRATEGY
from sgstrat.language.structures import Record
from sgstrat.language.teaching import teach

DRAFT = "http://json-schema.org/draft-07/schema#"
NAMES = ("strategy", "fragment", "workspace")


def published_schema(name: str) -> dict[str, Any]:
    """The schema of a kind of file as editors get it: what validates, and what teaches."""
    return teach(schema(name), name)


def schema(name: str) -> dict[str, Any]:
    """The schema of a kind of file, as far as it validates.

    A ``strategy`` file, a ``fragment`` that one includes, or the ``workspace`` file sgstrat.yaml.
    """
    if name == "workspace":
        return _document(SETTINGS, "Settings of an sgstrat workspace", required=True)
    if name == "fragment":
        return _document(STRATEGY, "Part of an sgstrat strategy", required=False)
    whole = _document(STRATEGY, "sgstrat strategy", required=True)
    # an include may bring the groups, which an editor that sees one file cannot know
    whole["required"].remove("groups")
    whole["anyOf"] = [{"required": ["groups"]}, {"required": ["include"]}]
    return whole


def _document(record: Record, title: str, required: bool) -> dict[str, Any]:
    definitions: dict[str, Any] = {}
    body = record.object_schema(definitions)
    if not required:
        body.pop("required", None)
        for key in ("version", "strategy"):
            body["properties"].pop(key)
    return {"$schema": DRAFT, **body, "title": title, "$defs": dict(sorted(definitions.items()))}

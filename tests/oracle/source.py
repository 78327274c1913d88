"""The sources as plain data: YAML read by PyYAML, includes merged, settings inherited. Imports no compiler.

It checks nothing. The one thing kept beside the data is where each mapping stands, since the first of two equal rules
gives the description.
"""

from __future__ import annotations

import csv
import fnmatch
import posixpath
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

_DATA = Path(__file__).parents[2] / "sgstrat" / "facts" / "data"
_LENT = ("environments", "vpcs", "networks", "services", "tags", "naming")


class Placed(dict[str, Any]):
    """A mapping that knows where it stands: file, line, column."""

    place: tuple[str, int, int] = ("", 0, 0)


def load(text: str, file: str) -> Any:
    """A YAML text as data, its mappings placed."""

    class Loader(yaml.CSafeLoader):
        pass

    def mapping(loader: Any, node: Any) -> Placed:
        made = Placed(loader.construct_mapping(node, deep=True))
        made.place = (file, node.start_mark.line, node.start_mark.column)
        return made

    Loader.add_constructor("tag:yaml.org,2002:map", mapping)
    return yaml.load(text, Loader)  # a subclass of the safe loader


class Source(NamedTuple):
    """A strategy's merged document. ``own_services`` and other tables lie in ``document`` by their key."""

    name: str
    document: Placed
    settings: dict[str, Any]


def read(files: dict[str, str], settings: str | None) -> dict[str, Source]:
    """Every strategy of a workspace by name. ``files`` are texts by path relative to the workspace."""
    loaded = {path: load(text, path) for path, text in files.items()}
    given = load(settings, "sgstrat.yaml") if settings else {}
    found = {}
    for path, document in loaded.items():
        if "strategy" not in document:
            continue
        merged = document
        for other in sorted(_included(path, loaded)):
            merged = _merge(merged, loaded[other])
        found[document["strategy"]] = Source(document["strategy"], _inherit(merged, given), given)
    return found


def _included(path: str, loaded: dict[str, Any]) -> set[str]:
    found: set[str] = set()
    todo = [path]
    while todo:
        current = todo.pop()
        for pattern in listed(loaded[current].get("include")):
            whole = posixpath.normpath(posixpath.join(posixpath.dirname(current), pattern))
            matches = {each for each in loaded if fnmatch.fnmatchcase(each, whole) and each != current}
            todo += matches - found
            found |= matches
    return found


def _merge(left: Placed, right: Placed) -> Placed:
    merged = Placed(left)
    merged.place = left.place
    for key, value in right.items():
        if isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = _merge(merged[key], value)  # type: ignore[arg-type]
        elif isinstance(value, list) and isinstance(merged.get(key), list):
            merged[key] = merged[key] + value
        else:
            merged[key] = value
    return merged


def _inherit(document: Placed, settings: dict[str, Any]) -> Placed:
    merged = Placed(document)
    merged.place = document.place
    for key in _LENT:
        if settings.get(key):
            merged[key] = {**settings[key], **document.get(key, {})}
    return merged


def listed(value: Any) -> list[Any]:
    """One or several: a value that may stand without brackets, as a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


@cache
def catalogue() -> dict[str, list[str]]:
    """The built-in services: literals by name, out of the package's data file."""
    found: dict[str, list[str]] = {}
    with (_DATA / "services.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["name"], []).append(row["service"])
    return found


@cache
def managed_lists() -> dict[str, dict[str, Any]]:
    """The AWS-managed prefix lists by short name, out of the package's data file."""
    data: dict[str, Any] = yaml.safe_load((_DATA / "prefix_lists.json").read_text("utf-8"))
    lists: dict[str, dict[str, Any]] = data["lists"]
    return lists

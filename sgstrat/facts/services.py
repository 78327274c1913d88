"""The catalogue of services: names for well-known protocols and ports, each with its source."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from sgstrat.facts.read import data_text


class CatalogueService(NamedTuple):
    """A service. ``parts`` are literals of the strategy language (``tcp/443``, ``icmp/8``)."""

    name: str
    parts: tuple[str, ...]
    title: str
    sources: tuple[str, ...]


@cache
def catalogue() -> Mapping[str, CatalogueService]:
    """All services by name; rows of one name are one service."""
    rows: dict[str, list[dict[str, str]]] = {}
    for row in csv.DictReader(data_text("services.csv").splitlines()):
        rows.setdefault(row["name"], []).append(row)
    return MappingProxyType({name: _service(name, found) for name, found in rows.items()})


def _service(name: str, rows: list[dict[str, str]]) -> CatalogueService:
    return CatalogueService(
        name,
        tuple(row["service"] for row in rows),
        rows[0]["title"],
        tuple(dict.fromkeys(row["source"] for row in rows)),
    )


def search(word: str) -> tuple[CatalogueService, ...]:
    """Services that match a word, best first: the name itself, a part of the name, a port or literal, the title."""
    wanted = word.strip().lower()
    ranked = [(rank, service.name, service) for service in catalogue().values() if (rank := _rank(service, wanted)) is not None]
    return tuple(service for _, _, service in sorted(ranked))


def _rank(service: CatalogueService, wanted: str) -> int | None:
    if service.name == wanted:
        return 0
    if any(part == wanted or part.partition("/")[2] == wanted for part in service.parts):
        return 1
    if wanted in service.name:
        return 2
    if any(_holds(part, wanted) for part in service.parts):
        return 3
    return 4 if wanted in service.title.lower() else None


def _holds(part: str, wanted: str) -> bool:
    """Whether a port lies in a range of the literal; every-port services would match all and are left out."""
    low, dash, high = part.partition("/")[2].partition("-")
    if not (wanted.isascii() and wanted.isdigit() and dash and low.isdigit() and high.isdigit()):
        return False
    return int(low) <= int(wanted) <= int(high) and (low, high) != ("0", "65535")

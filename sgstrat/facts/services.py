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
    """Services that match a word, best first, and by name where they match alike.

    Best is the name itself, then a port or literal itself, the beginning of a name, a part of a name, a port within a
    range, and last a part of the title. Case does not matter.
    """
    wanted = word.strip().lower()
    ranked = ((_rank(service, wanted), service) for service in catalogue().values())
    return tuple(service for _, service in sorted((rank, service) for rank, service in ranked if rank is not None))


def _rank(service: CatalogueService, wanted: str) -> int | None:
    ways = (
        service.name == wanted,
        any(wanted in (part, part.partition("/")[2]) for part in service.parts),
        service.name.startswith(wanted),
        wanted in service.name,
        any(_holds(part, wanted) for part in service.parts),
        wanted in service.title.lower(),
    )
    return next((rank for rank, fits in enumerate(ways) if fits), None)


def _holds(part: str, wanted: str) -> bool:
    """Whether a port, alone or as ``tcp/8085``, lies in a range; that of every port would match all and is left out."""
    asked, _, port = wanted.rpartition("/")
    protocol, _, ports = part.partition("/")
    low, dash, high = ports.partition("-")
    if not dash or asked not in ("", protocol) or not (port.isascii() and port.isdigit()):
        return False
    return int(low) <= int(port) <= int(high) and (low, high) != ("0", "65535")

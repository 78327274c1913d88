"""Ports that deserve a check of their own, and addresses that security groups do not filter, each with its source."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from sgstrat.facts.read import data_text


class SensitivePort(NamedTuple):
    """A TCP port that must not be open to the world, what listens there, and who says so."""

    port: int
    title: str
    source: str


class Ports(NamedTuple):
    """``administration`` and ``plaintext`` are TCP ports; ``data_stores`` are services of the catalogue."""

    sensitive: Mapping[int, SensitivePort]
    administration: tuple[int, ...]
    plaintext: Mapping[int, str]
    data_stores: tuple[str, ...]


@cache
def ports() -> Ports:
    """All of them."""
    data = json.loads(data_text("ports.json"))
    return Ports(
        MappingProxyType({int(port): SensitivePort(int(port), *said) for port, said in data["sensitive"].items()}),
        tuple(data["administration"]),
        MappingProxyType({int(port): name for port, name in data["plaintext"].items()}),
        tuple(data["data_stores"]),
    )


@cache
def unfiltered() -> Mapping[str, str]:
    """What answers at an address (a canonical CIDR) that security groups never filter.

    Source: Amazon VPC user guide, security groups.
    """
    return MappingProxyType(json.loads(data_text("unfiltered.json"))["addresses"])

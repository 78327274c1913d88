"""AWS quotas and limits, each with its source and the month in which it was verified."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from sgstrat.facts.read import data_text


class Limit(NamedTuple):
    """One number of AWS. ``quota_code`` is its code in Service Quotas, where it has one."""

    value: int
    unit: str
    source: str
    verified: str
    quota_code: str | None = None


@cache
def limits() -> Mapping[str, Limit]:
    """All limits by name."""
    return MappingProxyType({name: Limit(**fields) for name, fields in json.loads(data_text("limits.json")).items()})


def limit(name: str) -> int:
    """The value of a limit; a name that does not exist is a bug and raises KeyError."""
    return limits()[name].value

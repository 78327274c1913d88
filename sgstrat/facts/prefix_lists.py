"""AWS-managed prefix lists by short name: full name, family, and the weight that a rule with the list counts.

The plain name is the IPv4 list, ``NAME-ipv6`` the IPv6 one where AWS publishes one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from sgstrat.facts.read import data_text
from sgstrat.net.cidr import Family


class ManagedList(NamedTuple):
    """One list. ``name`` holds ``{region}`` where the list is regional."""

    short: str
    name: str
    family: Family
    weight: int
    source: str
    verified: str


@cache
def managed_lists() -> Mapping[str, ManagedList]:
    """All lists by short name."""
    data = json.loads(data_text("prefix_lists.json"))
    common = {"source": data["source"], "verified": data["verified"]}
    return MappingProxyType(
        {short: ManagedList(short=short, **fields, **common) for short, fields in data["lists"].items()}
    )

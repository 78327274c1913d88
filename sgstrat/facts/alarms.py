"""Alarms of template scanners that a template can suppress, and which waived findings answer them.

A scanner looks at rules one by one, literally; ``holds`` restates what it looks for, so that a suppression stands
where there is an alarm and nowhere else. Source and month stand beside each alarm in ``data/suppressions.json``.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Literal, NamedTuple

from sgstrat.facts.read import data_text

Scanner = Literal["checkov", "cfn_nag", "guard"]


class Alarm(NamedTuple):
    """One check of a scanner, and the codes whose waivers answer it.

    A rule of ``direction`` raises it if each of these holds: its CIDR is one of ``peers``, its protocol one of
    ``protocols``, its ports hold ``port``, and they are several (``port_range``) or one. Empty and None: whatever it
    is. ``whole_group``: what raises it as a resource of its own raises it for its group too.
    """

    scanner: Scanner
    id: str
    direction: Literal["ingress", "egress"]
    codes: tuple[str, ...]
    source: str
    verified: str
    peers: tuple[str, ...] = ()
    protocols: tuple[str, ...] = ()
    port: int | None = None
    port_range: bool | None = None
    whole_group: bool = False

    def holds(self, peer: str, protocol: str, from_port: int | None, to_port: int | None) -> bool:
        """Whether a rule raises this alarm. ``peer`` is its CIDR, empty where it has none; ports are as AWS has them.

        Scanners do not know that the "ports" of ICMP are type and code, and neither does this.
        """
        if self.peers and peer not in self.peers:
            return False
        if self.protocols and protocol not in self.protocols:
            return False
        if from_port is None or to_port is None:
            return self.port is None and self.port_range is None
        in_range = self.port is None or from_port <= self.port <= to_port
        return in_range and self.port_range in (None, from_port != to_port)


@cache
def alarms() -> tuple[Alarm, ...]:
    """All alarms, in the order of the data file, which is the order in which suppressions are written."""
    return tuple(map(_alarm, json.loads(data_text("suppressions.json"))))


def _alarm(data: dict[str, Any]) -> Alarm:
    fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
    return Alarm(**fields)

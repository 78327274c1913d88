"""The public address space: what "the internet" is made of.

Special-purpose blocks that are not globally reachable are left out, so that the internet written in pieces
around them is still recognised. Source: IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890 and later),
IANA IPv6 Global Unicast Address Assignments (2000::/3).
"""

from __future__ import annotations

from functools import lru_cache

from sgstrat.net.cidr import BITS, Family, parse_cidr
from sgstrat.net.interval import Interval, Intervals, difference, union

_NOT_GLOBAL = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
]


def block(text: str) -> Interval:
    """The addresses of a CIDR as an interval."""
    cidr = parse_cidr(text)
    return (cidr.first, cidr.last)


@lru_cache
def public(family: Family) -> Intervals:
    """All globally reachable addresses of a family."""
    if family == "ipv6":
        return (block("2000::/3"),)
    return difference(((0, (1 << BITS["ipv4"]) - 1),), union(block(text) for text in _NOT_GLOBAL))

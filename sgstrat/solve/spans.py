"""Sets of kinds of packets (``net.service``) as single rules take them, and the service that a rule then has.

A rule takes everything, a whole protocol, a range of TCP or UDP ports, an ICMP type, or one type and code. Knows
neither addresses nor rulebooks. Source: Amazon EC2 API reference, IpPermission.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from sgstrat.language.services import EVERYTHING, ServicePart, parse_service
from sgstrat.net.interval import Interval, Intervals
from sgstrat.net.service import ALL, BLOCK, NAMES

_TYPE = 256  # codes of an ICMP type


@lru_cache(maxsize=65536)
def spans(kinds: Intervals) -> tuple[Interval, ...]:
    """The widest single rules that make up a canonical set of kinds. They do not overlap.

    Every single rule within the set lies in exactly one of them.
    """
    return tuple(span for interval in kinds for span in _of_interval(interval))


def _of_interval(interval: Interval) -> Iterator[Interval]:
    if interval == ALL:
        yield interval
        return
    low, last = interval
    while low <= last:
        start = low - low % BLOCK
        high = min(last, start + BLOCK - 1)
        if NAMES.get(low // BLOCK) in ("icmp", "icmpv6") and (low, high) != (start, start + BLOCK - 1):
            yield from _of_icmp(low, high)
        else:  # a protocol without ports is whole or not there, as its rules are
            yield (low, high)
        low = high + 1


def _of_icmp(low: int, last: int) -> Iterator[Interval]:
    while low <= last:
        whole = low % _TYPE == 0 and low + _TYPE - 1 <= last
        high = low + _TYPE - 1 if whole else low
        yield (low, high)
        low = high + 1


@lru_cache(maxsize=65536)
def service_of(span: Interval) -> ServicePart:
    """The protocol and ports of a rule for exactly these kinds, one of those that :func:`spans` gives."""
    if span == ALL:
        return EVERYTHING
    low, high = span
    protocol = low // BLOCK
    name = NAMES.get(protocol)
    if name is None:
        return parse_service(f"proto/{protocol}")
    first, last = low % BLOCK, high % BLOCK
    if name in ("tcp", "udp"):
        return parse_service(f"{name}/{first}-{last}")
    if last - first == BLOCK - 1:
        return parse_service(f"{name}/any")
    code = "" if last > first else f"/{first % _TYPE}"
    return parse_service(f"{name}/{first // _TYPE}{code}")

"""Kinds of packets as people write them, and which kinds a family has.

A kind is protocol and port as in ``net.service``; sets of kinds are canonical intervals.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from sgstrat.net.cidr import Family
from sgstrat.net.interval import Interval, Intervals, difference
from sgstrat.net.service import ALL, BLOCK, NAMES, NUMBERS
from sgstrat.net.traffic import off_line

EVERY_KIND: Intervals = (ALL,)
MOST_TEXTS = 6


def block_of(protocol: int) -> Interval:
    """All kinds of one protocol."""
    return (protocol * BLOCK, protocol * BLOCK + BLOCK - 1)


# Neither ICMP travels in the other's family, and AWS takes icmp for IPv4 and icmpv6 for IPv6 alone.
# Source: Amazon EC2 API reference, IpPermission, IpProtocol.
KINDS_OF: dict[Family, Intervals] = {
    "ipv4": difference(EVERY_KIND, (block_of(NUMBERS["icmpv6"]),)),
    "ipv6": difference(EVERY_KIND, (block_of(NUMBERS["icmp"]),)),
}


def service_texts(kinds: Intervals) -> tuple[str, ...]:
    """A set of kinds in the words of the strategy language: ``tcp/443``, ``icmp/8``, ``proto/50``, ``all``.

    Where a set is none that the language can write, a range (``proto/2-5``) or what it lacks (``all but tcp/22``).
    """
    if any(not difference(each, kinds) for each in KINDS_OF.values()):
        return ("all",)  # of a family in which there is all that it has
    texts = tuple(text for interval in kinds for text in _texts(interval))
    if len(texts) <= MOST_TEXTS:
        return texts
    # a set that lacks little is better told by what it lacks
    lacking = min((difference(each, kinds) for each in KINDS_OF.values()), key=len)
    shorter = tuple(text for interval in lacking for text in _texts(interval))
    return (f"all but {', '.join(shorter)}",) if len(shorter) <= MOST_TEXTS else texts


def _texts(interval: Interval) -> Iterator[str]:
    low, high = interval
    while low <= high:
        protocol = low // BLOCK
        last = min(high, protocol * BLOCK + BLOCK - 1)
        name = NAMES.get(protocol)
        if name is None:
            upto = _last_unnamed(protocol, high // BLOCK)
            yield f"proto/{protocol}" if upto == protocol else f"proto/{protocol}-{upto}"
            last = upto * BLOCK + BLOCK - 1
        elif name in ("icmp", "icmpv6"):
            yield from _icmp(name, low % BLOCK, last % BLOCK)
        else:
            first, end = low % BLOCK, last % BLOCK
            yield f"{name}/{first}" if first == end else f"{name}/{first}-{end}"
        low = last + 1


def _last_unnamed(protocol: int, limit: int) -> int:
    while protocol < limit and protocol + 1 not in NAMES:
        protocol += 1
    return protocol


def _icmp(name: str, low: int, high: int) -> Iterator[str]:
    if (low, high) == (0, BLOCK - 1):
        yield f"{name}/any"
        return
    while low <= high:
        kind, code = divmod(low, 256)
        if code == 0 and high >= low + 255:
            upto = kind
            while low + 511 + (upto - kind) * 256 <= high:
                upto += 1
            yield f"{name}/{kind}" if upto == kind else f"{name}/{kind}-{upto}"
            low = upto * 256 + 256
        else:
            end = min(high, kind * 256 + 255)
            yield f"{name}/{kind}/{code}" if end == low else f"{name}/{kind}/{code}-{end % 256}"
            low = end + 1


def kind_text(kind: int) -> str:
    """One kind in words: ``tcp port 443``, ``icmp type 8 code 0``, ``protocol 50``."""
    protocol, port = divmod(kind, BLOCK)
    name = NAMES.get(protocol)
    if name is None:
        return f"protocol {protocol}"
    if name in ("icmp", "icmpv6"):
        return f"{name} type {port // 256} code {port % 256}"
    return f"{name} port {port}"


def address_text(place: int) -> str:
    """An address of the line as people write it."""
    family, value = off_line(place)
    return str(ipaddress.IPv4Address(value) if family == "ipv4" else ipaddress.IPv6Address(value))


def blocks_text(addresses: Intervals) -> tuple[str, ...]:
    """The smallest list of CIDRs that is exactly these addresses."""
    found: list[str] = []
    for low, high in addresses:
        family, first = off_line(low)
        last = off_line(high)[1]
        if family == "ipv4":
            four = ipaddress.summarize_address_range(ipaddress.IPv4Address(first), ipaddress.IPv4Address(last))
            found += [str(block) for block in four]
        else:
            six = ipaddress.summarize_address_range(ipaddress.IPv6Address(first), ipaddress.IPv6Address(last))
            found += [str(block) for block in six]
    return tuple(found)

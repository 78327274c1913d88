"""Protocols and ports on one line of integers, so that services are interval sets.

A packet's kind is ``protocol number * 65536 + port``; for ICMP and ICMPv6 the port is
``type * 256 + code``; a protocol without ports owns its whole block of 65536.
"""

from __future__ import annotations

from sgstrat.net.interval import Interval

BLOCK = 65536
NUMBERS: dict[str, int] = {"icmp": 1, "tcp": 6, "udp": 17, "icmpv6": 58}
NAMES: dict[int, str] = {number: name for name, number in NUMBERS.items()}
ALL: Interval = (0, 256 * BLOCK - 1)


def service_interval(protocol: str, from_port: int | None, to_port: int | None) -> Interval:
    """The packets of one rule. ``protocol`` is ``tcp``, ``udp``, ``icmp``, ``icmpv6``, a number as text, or ``-1``.

    For ICMP ``from_port`` is the type and ``to_port`` the code, -1 for any; for others ports are
    inclusive, and None where the protocol has none.
    """
    if protocol == "-1":
        return ALL
    base = NUMBERS.get(protocol)
    if base is None:
        number = int(protocol)
        return (number * BLOCK, number * BLOCK + BLOCK - 1)
    base *= BLOCK
    if from_port is None or to_port is None:
        return (base, base + BLOCK - 1)
    if protocol in ("icmp", "icmpv6"):
        if from_port == -1:
            return (base, base + BLOCK - 1)
        low = base + from_port * 256
        return (low, low + 255) if to_port == -1 else (low + to_port, low + to_port)
    return (base + from_port, base + to_port)

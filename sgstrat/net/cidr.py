"""CIDR blocks: parsing without guesses, containment, and address ranges.

Knows addresses only: not where a block was written nor what it is for.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal, NamedTuple

Family = Literal["ipv4", "ipv6"]
FAMILIES: tuple[Family, Family] = ("ipv4", "ipv6")
FAMILY_NAMES: Mapping[str, str] = {"ipv4": "IPv4", "ipv6": "IPv6"}
BITS: dict[Family, int] = {"ipv4": 32, "ipv6": 128}


class Cidr(NamedTuple):
    """A canonical block. ``first`` and ``last`` are addresses as integers, both inclusive."""

    family: Family
    first: int
    prefix: int

    @property
    def last(self) -> int:
        return self.first + (1 << (BITS[self.family] - self.prefix)) - 1

    def contains(self, other: Cidr) -> bool:
        return self.family == other.family and self.prefix <= other.prefix and self.first <= other.first <= self.last

    def __str__(self) -> str:
        return _text(self)


class CidrError(ValueError):
    """A text that is no CIDR block; ``meant`` is the block that was probably meant, if any.

    ``has_host_bits`` is whether that is all that is wrong.
    """

    def __init__(self, reason: str, meant: str | None = None, has_host_bits: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.meant = meant
        self.has_host_bits = has_host_bits


# A sound IPv4 block, as nearly all are; whatever is not of this form is looked at more closely.
_OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = re.compile(rf"{_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}/(3[0-2]|[12]?[0-9])\Z", re.ASCII)


@lru_cache(maxsize=65536)
def _text(cidr: Cidr) -> str:
    if cidr.family == "ipv4":
        return f"{'.'.join(map(str, cidr.first.to_bytes(4, 'big')))}/{cidr.prefix}"
    return f"{_ipv6_text(cidr.first)}/{cidr.prefix}"


def _ipv6_text(address: int) -> str:
    """RFC 5952, in hexadecimal throughout.

    ``ipaddress`` writes mapped addresses differently from one Python to the next.
    """
    groups = [f"{address >> shift & 0xFFFF:x}" for shift in range(112, -1, -16)]
    runs = [
        (length, -start)
        for start in range(8)
        for length in range(2, 9 - start)
        if all(each == "0" for each in groups[start : start + length])
    ]
    if not runs:
        return ":".join(groups)
    length, start = max(runs)
    return f"{':'.join(groups[:-start])}::{':'.join(groups[length - start :])}"


@lru_cache(maxsize=65536)
def parse_cidr(text: str) -> Cidr:
    """Parse ``address/prefix``. Raises :class:`CidrError` for host bits, a missing prefix, a zone or a netmask.

    A bare address is refused with the /32 or /128 that was meant: EC2 would take neither,
    and a silent guess is how a whole network is opened by a typing error.
    """
    plain = _IPV4.match(text)
    if plain is not None:
        first, length = int.from_bytes(map(int, plain.group(1, 2, 3, 4)), "big"), int(plain[5])
        if not first & ((1 << (32 - length)) - 1):
            return Cidr("ipv4", first, length)
    address, slash, prefix = text.partition("/")
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        raise CidrError("not an IP address block") from None
    family: Family = "ipv4" if parsed.version == 4 else "ipv6"
    if "%" in address:
        raise CidrError("an address with a zone has no meaning in a security group")
    if not slash:
        raise CidrError("a CIDR needs a prefix length", f"{parsed}/{BITS[family]}")
    if not (prefix.isascii() and prefix.isdigit()) or int(prefix[:4]) > BITS[family]:
        raise CidrError(f"the prefix length must be 0 to {BITS[family]}")
    if len(prefix) > 1 and prefix.startswith("0"):
        raise CidrError("the prefix length has a leading zero", f"{address}/{int(prefix)}")
    length = int(prefix)
    value = int(parsed)
    first = value >> (BITS[family] - length) << (BITS[family] - length)
    cidr = Cidr(family, first, length)
    if first != value:
        raise CidrError("the address has host bits set", str(cidr), has_host_bits=True)
    return cidr


def canonical(text: str) -> str:
    """The canonical spelling of a valid CIDR (``2001:DB8::/32`` is ``2001:db8::/32``)."""
    return str(parse_cidr(text))


WORLD: dict[Family, Cidr] = {"ipv4": Cidr("ipv4", 0, 0), "ipv6": Cidr("ipv6", 0, 0)}

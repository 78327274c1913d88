"""The service grammar.

``tcp/443``, ``udp/53``, ``tcp/8000-8100``, ``icmp/3/4``, ``icmpv6/any``, ``proto/50``, ``all``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from sgstrat.net.service import NAMES
from sgstrat.syntax.scalars import show


class ServicePart(NamedTuple):
    """One protocol with one range, as a rule has it (see ``rulebook.model.Rule``).

    ``key`` is its part of a rule key.
    """

    protocol: str
    from_port: int | None
    to_port: int | None
    key: str

    def __str__(self) -> str:
        if self.protocol == "-1":
            return "all"
        if self.from_port is None:
            return f"proto/{self.protocol}"
        if self.protocol in ("icmp", "icmpv6"):
            if self.from_port == -1:
                return f"{self.protocol}/any"
            return f"{self.protocol}/{self.from_port}" + ("" if self.to_port == -1 else f"/{self.to_port}")
        return f"{self.protocol}/{self.from_port}" + ("" if self.from_port == self.to_port else f"-{self.to_port}")


class ServiceError(ValueError):
    """A literal that is no service; ``advice`` says what to write.

    ``meant`` is the literal that was probably meant, if any, and nothing else could have been where it ``is_certain``.
    """

    def __init__(self, reason: str, advice: str = "", meant: str | None = None, is_certain: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.advice = advice
        self.meant = meant
        self.is_certain = is_certain


EVERYTHING = ServicePart("-1", None, None, "all")
_PROTOCOLS = ("tcp", "udp", "icmp", "icmpv6", "proto")
# Protocols that people know by name. Source: IANA, Assigned Internet Protocol Numbers.
_BY_NUMBER = {"igmp": 2, "ipip": 4, "gre": 47, "esp": 50, "ah": 51, "ospf": 89, "vrrp": 112, "sctp": 132}
_PORTS = re.compile(r"-?[0-9]+(-[0-9]*)?\Z", re.ASCII)
_NUMBER = re.compile(r"(?:0|[1-9][0-9]{0,9})\Z", re.ASCII)


def is_literal(text: str) -> bool:
    """Whether a text is meant as protocol and ports rather than as a name: by its first part, in any case."""
    head, _, rest = text.partition("/")
    head = head.lower()
    if head in _BY_NUMBER:
        return rest.isdigit()
    return head == "all" or head in _PROTOCOLS or bool(_PORTS.match(head))


def literal_meant(text: str) -> str | None:
    """The literal that a word stands for elsewhere: ``any``, ``*``, or the name of a protocol that goes by number."""
    if text in ("any", "*"):
        return str(EVERYTHING)
    return f"proto/{_BY_NUMBER[text]}" if text in _BY_NUMBER else None


@lru_cache(maxsize=4096)
def parse_service(text: str) -> ServicePart:
    """Parse a literal. Raises :class:`ServiceError` with what to write instead."""
    protocol, slash, rest = text.partition("/")
    if protocol != protocol.lower():
        meant = text.lower()
        raise ServiceError("protocols are written in lower case", f"did you mean {meant}?", meant, is_certain=True)
    if protocol == "all":
        if slash:
            raise ServiceError(
                "all takes no ports: it is every protocol and every port",
                "write all, or tcp/0-65535 for every TCP port",
            )
        return EVERYTHING
    if protocol in ("tcp", "udp"):
        return _ports(protocol, rest)
    if protocol in ("icmp", "icmpv6"):
        return _icmp(protocol, rest)
    if protocol == "proto":
        return _number(rest)
    if protocol in _BY_NUMBER:
        raise ServiceError(
            "protocols other than tcp, udp, icmp and icmpv6 go by number, without ports",
            f"did you mean proto/{_BY_NUMBER[protocol]}?",
            f"proto/{_BY_NUMBER[protocol]}",
        )
    if protocol == "-1":
        raise ServiceError("every protocol and every port is written all", "did you mean all?", str(EVERYTHING))
    if rest not in ("", "tcp", "udp"):
        raise ServiceError("a port needs a protocol", "write it as tcp/443")
    meant = f"{rest or 'tcp'}/{protocol}"
    raise ServiceError("a port needs a protocol", f"did you mean {meant}?", meant, is_certain=bool(rest))


def _ports(protocol: str, rest: str) -> ServicePart:
    if not rest or rest == "any":
        raise ServiceError(
            f"{protocol} needs ports",
            f"write {protocol}/443, {protocol}/8000-8100, or {protocol}/0-65535 for all of them",
        )
    low_text, dash, high_text = rest.partition("-")
    if not dash:
        high_text = low_text
    low, high = _port(low_text), _port(high_text)
    if low > high:
        meant = f"{protocol}/{high}-{low}"
        raise ServiceError(f"the range {rest} is reversed", f"did you mean {meant}?", meant)
    return ServicePart(protocol, low, high, f"{protocol}-{low}" if low == high else f"{protocol}-{low}-{high}")


def _port(text: str) -> int:
    if not text:
        raise ServiceError("one end of the range is missing", "ranges are written 8000-8100")
    if not _NUMBER.match(text) or int(text) > 65535:
        raise ServiceError(f"{show(text)} is not a port", "ports are whole numbers from 0 to 65535")
    return int(text)


def _icmp(protocol: str, rest: str) -> ServicePart:
    if not rest:
        raise ServiceError(f"{protocol} needs a type", f"write {protocol}/8, {protocol}/3/4, or {protocol}/any")
    if rest == "any":
        return ServicePart(protocol, -1, -1, f"{protocol}-any")
    kind, slash, code = rest.partition("/")
    if slash and not code:
        raise ServiceError("the code is missing", f"write {protocol}/{kind} for every code")
    for part in (kind, code) if slash else (kind,):
        if not _NUMBER.match(part) or int(part) > 255:
            raise ServiceError(
                f"{show(part)} is not an ICMP type or code",
                f"types and codes are 0 to 255; write {protocol}/8, {protocol}/3/4 or {protocol}/any",
            )
    if not slash:
        return ServicePart(protocol, int(kind), -1, f"{protocol}-{kind}")
    return ServicePart(protocol, int(kind), int(code), f"{protocol}-{kind}-{code}")


def _number(rest: str) -> ServicePart:
    number, slash, _ = rest.partition("/")
    if not number:
        raise ServiceError("proto needs a protocol number", "write it as proto/50")
    if not _NUMBER.match(number) or int(number) > 255:
        raise ServiceError(
            f"{show(number)} is not a protocol number",
            f"did you mean proto/{_BY_NUMBER[number]}?"
            if number in _BY_NUMBER
            else "protocol numbers are 0 to 255: proto/50",
            f"proto/{_BY_NUMBER[number]}" if number in _BY_NUMBER else None,
            is_certain=not slash,
        )
    name = NAMES.get(int(number))
    if name in ("tcp", "udp"):
        raise ServiceError(f"protocol {number} is {name}", f"write {name}/443")
    if name is not None:
        meant = f"{name}/any"
        raise ServiceError(f"protocol {number} is {name}", f"write {meant}", meant, is_certain=not slash)
    if slash:
        raise ServiceError(
            "only tcp, udp, icmp and icmpv6 have ports or types; AWS ignores them for other protocols",
            f"write proto/{number}",
            f"proto/{number}",
        )
    return ServicePart(number, None, None, f"proto-{number}")

"""What an organisation may set for its checks, with the defaults. Knows no check."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from sgstrat.language.services import ServicePart
from sgstrat.net.cidr import Family

# prowler's check of wide public ranges reports IPv4 blocks larger than a /24. A /32 of IPv6 is what a whole provider is
# given (RIPE NCC, IPv6 address allocation policy), so a larger block is more than one organisation.
_WIDEST: Mapping[Family, int] = MappingProxyType({"ipv4": 24, "ipv6": 32})


class Policy(NamedTuple):
    """Parameters of checks.

    ``widest`` are the shortest prefixes, in bits, of public blocks that pass; ``widest_port_range`` is the most ports
    in a row that pass. ``never_open`` may not be open to the internet, waiver or not. ``group_names`` are shell-style
    patterns (``*``, ``?``, ``[...]``) of which the AWS name of every group has to match one, where there are any.
    """

    widest: Mapping[Family, int] = _WIDEST
    widest_port_range: int = 100
    never_open: tuple[ServicePart, ...] = ()
    required_tags: tuple[str, ...] = ()
    group_names: tuple[str, ...] = ()
    required_owner: bool = False


DEFAULT_POLICY = Policy()

"""What an organisation may set for its checks, with the defaults, and where it does. Knows no check."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from sgstrat.language.guardrails import never_open
from sgstrat.language.model import Settings
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


def policy_of(settings: Settings | None) -> Policy:
    """The policy that sgstrat.yaml lays down; the defaults where it says nothing."""
    laid_down = settings.guardrails if settings is not None else None
    if settings is None or laid_down is None:
        return DEFAULT_POLICY
    widest = dict(_WIDEST)
    if laid_down.widest_cidr is not None:
        widest["ipv4"] = laid_down.widest_cidr.ipv4 or widest["ipv4"]
        widest["ipv6"] = laid_down.widest_cidr.ipv6 or widest["ipv6"]
    return Policy(
        widest=MappingProxyType(widest),
        widest_port_range=laid_down.widest_port_range or DEFAULT_POLICY.widest_port_range,
        never_open=never_open(settings),
        required_tags=tuple(word.text for word in laid_down.required_tags),
        group_names=tuple(word.text for word in laid_down.name_patterns.group) if laid_down.name_patterns else (),
        required_owner=laid_down.required_owner,
    )

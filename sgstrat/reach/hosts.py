"""What stands at an end: hosts with the groups they carry and the addresses they have.

A host is a network interface of the workspace (a workload, or a group that no workload carries), or addresses outside
of it, which no group of the workspace guards. Knows no rules.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from sgstrat.net.cidr import FAMILIES, Family, parse_cidr
from sgstrat.net.interval import Interval, Intervals, union
from sgstrat.net.public import public
from sgstrat.net.traffic import START, on_line
from sgstrat.rulebook.model import IdSource, Rulebook, TargetName

EndKind = Literal["group", "existing", "workload", "network", "vpc", "prefix_list", "cidr", "internet"]
Place = tuple[TargetName, str]
# What a rule may name and an interface carry: a group by target and key, an existing one by id. Equal means the same.
Token = tuple[str, str]
# IPv4 addresses that a VPC without stated CIDRs may have. Sources: RFC 1918; RFC 6598; Amazon VPC user guide, VPC CIDR
# blocks, which recommends these.
PRIVATE: Intervals = union(
    on_line(parse_cidr(text)) for text in ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16")
)
# One IPv6 address that stands for an address that nobody stated. IANA gave 2000::/16 to nobody, so that only rules for
# (nearly) all of IPv6 match it, and none for some network does.
UNSTATED: Intervals = (on_line(parse_cidr("2000::/128")),)


class End(NamedTuple):
    """One end of a statement or question, by name. ``strategy`` is empty for CIDRs and the internet.

    ``name`` is a group's, workload's, network's, VPC's or list's, a canonical CIDR, or ``internet``, ``internet-ipv4``,
    ``internet-ipv6``.
    """

    kind: EndKind
    strategy: str
    name: str

    def __str__(self) -> str:
        return f"{self.strategy}/{self.name}" if self.strategy else self.name


INTERNET = End("internet", "", "internet")


@dataclass(frozen=True, slots=True, eq=False)
class Host:
    """An interface, or addresses outside of the workspace (``target`` None: no group guards them).

    ``groups`` are the groups whose rules are known, ``tokens`` all that it carries, ``unknown`` the existing groups
    among them, whose rules nobody here knows; in a VPC without groups of the workspace its ``target`` has no rulebook.
    ``ipv4`` and ``ipv6`` are its possible addresses on the line of ``net.traffic``; ``is_exact`` where the workload's
    ``networks`` say so, else they are its VPC's. ``assumed`` are families in which nobody stated any. ``lists`` are
    prefix lists of unknown content that it stands for; it is then somewhere among its addresses.
    """

    end: End
    target: TargetName | None = None
    groups: tuple[Place, ...] = ()
    tokens: frozenset[Token] = frozenset()
    unknown: tuple[str, ...] = ()
    ipv4: Intervals = ()
    ipv6: Intervals = ()
    is_exact: bool = True
    assumed: frozenset[Family] = field(default=frozenset())
    lists: frozenset[Token] = frozenset()

    @property
    def is_outside(self) -> bool:
        return self.target is None

    @property
    def addresses(self) -> Intervals:
        return (*self.ipv4, *self.ipv6)

    def of(self, family: Family) -> Intervals:
        """Its addresses of one family."""
        return self.ipv4 if family == "ipv4" else self.ipv6


def outside(end: End, addresses: Intervals) -> Host:
    """Hosts at these addresses of which nothing else is known."""
    return Host(end, None, ipv4=only_family(addresses, "ipv4"), ipv6=only_family(addresses, "ipv6"))


def listed_somewhere(end: End, family: Family, token: Token) -> Host:
    """The members of a prefix list whose content nobody here knows."""
    world = public_line(family)
    if family == "ipv4":
        return Host(end, None, ipv4=world, is_exact=False, lists=frozenset((token,)))
    return Host(end, None, ipv6=world, is_exact=False, lists=frozenset((token,)))


def only_family(addresses: Intervals, family: Family) -> Intervals:
    """Those addresses of a family; canonical intervals never hold both."""
    is_six = family == "ipv6"
    return tuple(each for each in addresses if (each[0] >= START["ipv6"]) == is_six)


def public_line(family: Family) -> Intervals:
    """The public addresses of a family, on the line."""
    start = START[family]
    return tuple((start + low, start + high) for low, high in public(family))


def blocks(texts: tuple[str, ...]) -> Intervals:
    """The addresses of some CIDRs, on the line."""
    return union(block(text) for text in texts)


def block(text: str) -> Interval:
    """The addresses of one CIDR, on the line."""
    return on_line(parse_cidr(text))


def vpc_addresses(book: Rulebook) -> tuple[Intervals, Intervals, frozenset[Family]]:
    """Where in a VPC an interface may be, by family, and the families that are assumed.

    A VPC that states no CIDRs has private IPv4 addresses; IPv6 that nobody stated is one address, :data:`UNSTATED`.
    """
    return possible_addresses(blocks(book.vpc.cidrs), blocks(book.vpc.ipv6_cidrs))


def possible_addresses(four: Intervals, six: Intervals) -> tuple[Intervals, Intervals, frozenset[Family]]:
    """The same for a VPC that states these addresses."""
    assumed = frozenset(family for family, stated in zip(FAMILIES, (four or six, six), strict=True) if not stated)
    return four or PRIVATE, six or UNSTATED, assumed - {"ipv4"}


def id_token(
    what: str, strategy: str, environment: str, account: str | None, region: str | None, key: str, source: IdSource
) -> Token:
    """What something that others manage is known by: its id, else the name it has in one environment of a strategy."""
    if source.literal:
        return (what, source.literal)
    if source.ssm:
        return (what, f"{account}/{region}{source.ssm}")
    return (f"{what} {strategy}/{environment}", key)

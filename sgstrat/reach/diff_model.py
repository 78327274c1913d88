"""What a difference between two compiled workspaces is made of. Knows no wording and no output format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from sgstrat.net.interval import Intervals
from sgstrat.rulebook.model import Rulebook, TargetName

Books = Mapping[TargetName, Rulebook]

# Riskiest first. ``internet``: all public addresses of a family; ``wide``: more than a /16 (IPv6 /32) holds, the bound
# that the language has for declared networks (section 11); ``list``: a prefix list of unknown content; ``network``: any
# other addresses; ``group``: interfaces of the workspace, or an existing group.
Risk = Literal["internet", "wide", "list", "network", "group"]
RISKS: tuple[Risk, ...] = ("internet", "wide", "list", "network", "group")
Way = Literal["ingress", "egress", "between"]


class Interface(NamedTuple):
    """A workload, or a group that no workload carries, in every environment that a change speaks of."""

    kind: Literal["workload", "group"]
    strategy: str
    vpc: str
    name: str


class Interfaces(NamedTuple):
    """Some interfaces. ``carrying`` names a group (``strategy/key``) where they are all those that carry it."""

    names: tuple[Interface, ...]
    carrying: str | None = None


class Outside(NamedTuple):
    """The other end where it is none of the workspace's interfaces.

    ``names`` are ``internet``, ``internet-ipv4`` or ``internet-ipv6`` where that is what it now adds up to, else CIDRs;
    or the name of a list or group. ``cidrs`` are exactly the addresses that changed, empty for lists and groups.
    """

    kind: Literal["addresses", "prefix_list", "group"]
    names: tuple[str, ...]
    cidrs: tuple[str, ...] = ()


class Evidence(NamedTuple):
    """A rule of ``group`` (``strategy/key``) that lets it through: where it was written (file and path) and why."""

    group: str
    source: str
    why: str


@dataclass(frozen=True, slots=True)
class Change:
    """Traffic that becomes possible, or no longer is, the same for all of its ends.

    ``kinds`` are protocols and ports (``net.kinds``); ``is_certain`` where it holds for every address of both ends,
    not only for some of them. ``evidence`` are rules of the side that has the traffic, at most a few.
    """

    risk: Risk
    way: Way
    source: Interfaces | Outside
    destination: Interfaces | Outside
    kinds: Intervals
    services: tuple[str, ...]
    environments: tuple[str, ...]
    is_certain: bool
    evidence: tuple[Evidence, ...]


Effect = Literal["replaced", "deleted", "created", "renamed", "changed"]
EFFECTS: tuple[Effect, ...] = ("replaced", "deleted", "created", "renamed", "changed")


class ResourceChange(NamedTuple):
    """What becomes of one target, group, prefix list or workload.

    ``details`` are sentences about it; ``workloads`` those that carry a group that is replaced or deleted.
    """

    effect: Effect
    kind: Literal["target", "group", "prefix list", "workload"]
    target: TargetName
    key: str
    details: tuple[str, ...] = ()
    workloads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """All that differs. ``gained`` and ``lost`` are ranked by risk, ``resources`` by effect."""

    gained: tuple[Change, ...]
    lost: tuple[Change, ...]
    resources: tuple[ResourceChange, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs that anybody could notice in AWS."""
        return not (self.gained or self.lost or self.resources)

"""The rulebook: the compiled result of one target, before any output format.

A target is one strategy in one environment in one VPC. Everything here is final: names made,
flows expanded, order canonical. Writers translate it, checks read it, nothing changes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from sgstrat.net.cidr import Family
from sgstrat.source.span import Span

GroupKind = Literal["baseline", "os", "app", "service"]
GROUP_KINDS: tuple[GroupKind, ...] = ("baseline", "os", "service", "app")
Direction = Literal["ingress", "egress"]
DIRECTIONS: tuple[Direction, Direction] = ("ingress", "egress")
PeerKind = Literal["cidr", "group", "prefix_list"]


class Peer(NamedTuple):
    """The other end of a rule.

    ``name`` is a canonical CIDR, a key of ``groups`` or ``existing``, ``OTHER/NAME`` for another strategy's
    group or list (a key of ``references`` or ``prefix_lists``), ``NAME@VPC`` for the strategy's own group in another
    VPC (a key of ``references``), or a key of ``prefix_lists``.
    A group that names itself is what AWS calls a self reference.
    """

    kind: PeerKind
    name: str


class Origin(NamedTuple):
    """Where a rule was written: its span and the paths by which a waiver may name it."""

    span: Span
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One permission with a single source or destination.

    ``protocol`` is ``tcp``, ``udp``, ``icmp``, ``icmpv6``, a number as text, or ``-1`` for all. Ports are inclusive
    and None where the protocol has none; for ICMP they are type and code, -1 for any.
    ``key`` is made of the content and unique in its group and direction; ``identity`` is the same with the oldest keys
    of renamed peers, which is what logical ids are made of.
    """

    key: str
    protocol: str
    from_port: int | None
    to_port: int | None
    peer: Peer
    description: str
    source: str
    identity: str
    origin: Origin | None = field(default=None, compare=False, repr=False)


class Repeat(NamedTuple):
    """A rule that was written again: ``group`` has a rule of this ``key`` already, from a place that comes before."""

    group: str
    direction: Direction
    key: str
    why: str
    origin: Origin


class IdSource(NamedTuple):
    """Where an id comes from: a literal, an SSM parameter, or (both None) an input of the output."""

    literal: str | None = None
    ssm: str | None = None

    @property
    def is_input(self) -> bool:
        return self.literal is None and self.ssm is None


_INPUT = IdSource()


@dataclass(frozen=True, slots=True)
class Group:
    """A security group to create. ``identity`` is its oldest key (``formerly``), else its key.

    ``part_of`` is the key of the group that this one holds a part of the rules of; whoever carries that one carries
    this one too, so that rules name that one only. None for groups as written, and for the first part.
    """

    key: str
    identity: str
    formerly: tuple[str, ...]
    name: str
    kind: GroupKind
    facing: str | None
    description: str
    tags: tuple[tuple[str, str], ...]
    ingress: tuple[Rule, ...]
    egress: tuple[Rule, ...]
    enforce: bool = False
    part_of: str | None = None
    span: Span | None = field(default=None, compare=False, repr=False)

    def rules(self, direction: Direction) -> tuple[Rule, ...]:
        return self.ingress if direction == "ingress" else self.egress


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One CIDR of a prefix list."""

    cidr: str
    description: str


PrefixListOrigin = Literal["own", "aws", "existing", "foreign"]


@dataclass(frozen=True, slots=True)
class PrefixList:
    """A prefix list that rules of this target name.

    ``own``: created here. ``aws``: AWS-managed; ``aws`` is its full name, in which ``{region}`` stands where the region
    is not known. ``existing``: managed elsewhere, by ``id``. ``foreign``: created by another strategy's target
    (``reference``).
    ``weight`` is what one rule that names it counts against the quota. ``identity`` is its oldest key (``formerly``),
    else its key.
    """

    key: str
    origin: PrefixListOrigin
    family: Family
    weight: int
    identity: str = ""
    formerly: tuple[str, ...] = ()
    name: str | None = None
    max_entries: int | None = None
    entries: tuple[ListEntry, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    aws: str | None = None
    id: IdSource = _INPUT
    span: Span | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if not self.identity:
            object.__setattr__(self, "identity", self.key)


@dataclass(frozen=True, slots=True)
class Existing:
    """A security group that something else manages."""

    key: str
    id: IdSource
    account: str | None


@dataclass(frozen=True, slots=True)
class Reference:
    """A group or own prefix list of another target that rules or workloads of this one name.

    ``key`` is ``OTHER/NAME``, or ``NAME@VPC`` for the strategy's own group in another VPC. ``identity`` is the other's
    oldest key, as in its export and its ``sgstrat:group`` tag; ``formerly`` are its former keys in the form of ``key``;
    ``name`` is a list's AWS name, by which it is looked up. ``account`` is the owner where that is another account,
    in which nothing can be looked up: the id is then an input.
    """

    key: str
    kind: Literal["group", "prefix_list"]
    strategy: str
    environment: str
    vpc: str
    identity: str
    name: str = ""
    formerly: tuple[str, ...] = ()
    account: str | None = None

    @property
    def target(self) -> TargetName:
        """The target that makes it."""
        return TargetName(self.strategy, self.environment, self.vpc)

    @property
    def own_key(self) -> str:
        """Its key in that target's rulebook."""
        return self.key.partition("/")[2] or self.key.partition("@")[0]

    def renamed(self, own_key: str) -> str:
        """What ``key`` would be with another key in that target's rulebook."""
        return f"{self.strategy}/{own_key}" if "/" in self.key else f"{own_key}@{self.vpc}"


class OutsideVpc(NamedTuple):
    """A VPC that no strategy declares."""

    account: str | None
    region: str | None
    vpc_id: str


class PeeredVpc(NamedTuple):
    """A VPC that is connected with a target's: one that a strategy declares, by name, or one outside."""

    vpc: TargetName | OutsideVpc
    transit_gateway: bool = False


@dataclass(frozen=True, slots=True)
class Vpc:
    """The target's VPC. ``peered_with`` are the VPCs connected with it: each strategy's in them, sorted by name."""

    name: str
    id: IdSource
    cidrs: tuple[str, ...]
    ipv6_cidrs: tuple[str, ...]
    peered_with: tuple[PeeredVpc, ...] = ()

    def connects(self, other: TargetName, *, only_by_gateway: bool = False) -> bool:
        """Whether the VPC is connected with another target's; one outside has its id as the target's VPC."""
        return any(
            each.vpc == other or (isinstance(each.vpc, OutsideVpc) and each.vpc.vpc_id == other.vpc)
            for each in self.peered_with
            if each.transit_gateway or not only_by_gateway
        )


@dataclass(frozen=True, slots=True)
class Workload:
    """What a network interface carries: group keys in attachment order (own, ``OTHER/NAME``, existing)."""

    key: str
    groups: tuple[str, ...]
    reserved_groups: int
    networks: tuple[str, ...]
    span: Span | None = field(default=None, compare=False, repr=False)


class Packed(NamedTuple):
    """A group that stands for several on some interfaces (``pack: true``): its key, and the keys of those, sorted."""

    composite: str
    members: tuple[str, ...]


class Quotas(NamedTuple):
    """AWS limits in force for a target; the defaults are AWS's own (facts)."""

    rules_per_group: int
    groups_per_eni: int
    groups_per_region: int
    prefix_lists_per_region: int
    entries_per_prefix_list: int
    existing_groups: int = 0
    existing_prefix_lists: int = 0


class TargetName(NamedTuple):
    """What a target is called: one folder of ``out/``."""

    strategy: str
    environment: str
    vpc: str

    def __str__(self) -> str:
        return "/".join(self)

    @classmethod
    def of_path(cls, path: str) -> TargetName | None:
        """Whose folder a file below ``out/`` is in; None for one that is in no target's."""
        parts = path.split("/")
        return cls(*parts[:3]) if len(parts) > 3 else None


@dataclass(frozen=True, slots=True)
class Rulebook:
    """One compiled target. Tuples are sorted by key, workload groups by attachment order.

    ``sources`` are the strategy's files, for the header of what is generated. ``repeats`` are what was written more
    than once, and stands in ``groups`` once. ``packed`` says which groups are composites of which; a member that
    every interface carries by a composite only is not in ``groups`` any more.
    """

    strategy: str
    environment: str
    account: str | None
    region: str | None
    vpc: Vpc
    default_group: Literal["lock", "leave"] | None
    groups: tuple[Group, ...]
    prefix_lists: tuple[PrefixList, ...]
    existing: tuple[Existing, ...]
    references: tuple[Reference, ...]
    workloads: tuple[Workload, ...]
    tags: tuple[tuple[str, str], ...]
    quotas: Quotas
    sources: tuple[str, ...]
    packed: tuple[Packed, ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)
    repeats: tuple[Repeat, ...] = field(default=(), compare=False, repr=False)

    @property
    def target(self) -> TargetName:
        return TargetName(self.strategy, self.environment, self.vpc.name)

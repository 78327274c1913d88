"""A strategy as written: typed values, names still as text, each with its place.

Knows nothing of how names resolve. Absent optional parts are None or empty.
"""

from __future__ import annotations

from datetime import date
from typing import Literal, NamedTuple

from sgstrat.source.span import Span


class Word(NamedTuple):
    """A text that means something, and where it stands."""

    text: str
    span: Span


class Number(NamedTuple):
    """A whole number and where it stands."""

    value: int
    span: Span


class Flag(NamedTuple):
    """True or false, and where it stands."""

    value: bool
    span: Span


class Day(NamedTuple):
    """A date and where it stands."""

    value: date
    span: Span


Names = tuple[Word, ...]


class Rule(NamedTuple):
    """A rule of a group: the peers are the sources of an ingress or the destinations of an egress."""

    peers: Names
    services: Names
    why: str
    name: Word | None
    expires: Day | None
    ticket: str | None
    environments: Names | None
    span: Span


class Flow(NamedTuple):
    """A may talk to B on S, because W."""

    sources: Names
    destinations: Names
    services: Names
    why: str
    name: Word | None
    expires: Day | None
    ticket: str | None
    environments: Names | None
    span: Span


class IdText(NamedTuple):
    """An AWS id: a literal, an SSM parameter path, or neither (an input)."""

    literal: Word | None
    ssm: Word | None


class Group(NamedTuple):
    """A security group as written."""

    description: str
    vpc: Word | None
    vpcs: Names
    ingress: tuple[Rule, ...]
    egress: tuple[Rule, ...]
    facing: str | None
    aws_name: Word | None
    enforce: bool
    formerly: Names
    environments: Names | None
    tags: tuple[tuple[Word, Word], ...]
    overflow: Word | None
    span: Span


class Groups(NamedTuple):
    """The groups of a strategy by kind."""

    baseline: tuple[tuple[Word, Group], ...]
    os: tuple[tuple[Word, Group], ...]
    app: tuple[tuple[Word, Group], ...]
    service: tuple[tuple[Word, Group], ...]
    span: Span


class Entry(NamedTuple):
    """A CIDR in a network or a prefix list."""

    cidr: Word
    description: str
    environments: Names | None
    span: Span


class PrefixList(NamedTuple):
    """A prefix list as written: own (``entries``), AWS-managed (``aws``) or existing (``id``)."""

    max_entries: Number | None
    entries: tuple[Entry, ...] | None
    aws: Word | None
    ids: tuple[tuple[Word, Word], ...]
    id: IdText | None
    family: Word | None
    aws_name: Word | None
    formerly: Names
    environments: Names | None
    tags: tuple[tuple[Word, Word], ...]
    span: Span


class Service(NamedTuple):
    """A set of protocols and ports: literals and names of other services."""

    parts: Names
    environments: Names | None
    span: Span


class Peering(NamedTuple):
    """Another VPC that one is connected with: exactly one of ``vpc`` (``NAME`` or ``OTHER/NAME``) and ``vpc_id``.

    ``account`` and ``region`` go with ``vpc_id``: a VPC of which no strategy knows anything else.
    """

    vpc: Word | None
    account: Word | None
    region: Word | None
    vpc_id: Word | None
    transit_gateway: bool
    span: Span


class Vpc(NamedTuple):
    """A VPC as the strategy knows it."""

    cidrs: tuple[Word, ...] | None
    ipv6_cidrs: tuple[Word, ...] | None
    id: IdText | None
    peered_with: tuple[Peering, ...] | None
    enabled: bool
    default_group: Word | None
    span: Span


class Existing(NamedTuple):
    """A group that something else manages."""

    id: IdText | None
    vpc: Word | None
    account: str | None
    environments: Names | None
    span: Span


class QuotaLimits(NamedTuple):
    """Raised limits; None where not given."""

    rules_per_group: Number | None
    groups_per_eni: Number | None
    groups_per_region: Number | None
    prefix_lists_per_region: Number | None
    entries_per_prefix_list: Number | None
    existing_groups: Number | None
    existing_prefix_lists: Number | None
    span: Span


class ListId(NamedTuple):
    """The id of an existing prefix list in one environment."""

    id: IdText | None
    span: Span


class Environment(NamedTuple):
    """One variation of a strategy."""

    account: str | None
    region: str | None
    vars: tuple[tuple[Word, Word], ...]
    vpcs: tuple[tuple[Word, Vpc], ...]
    existing: tuple[tuple[Word, Existing], ...]
    prefix_lists: tuple[tuple[Word, ListId], ...]
    quotas: QuotaLimits | None
    span: Span


class Naming(NamedTuple):
    """Patterns for AWS names."""

    group: Word | None
    prefix_list: Word | None
    span: Span


class Workload(NamedTuple):
    """What a network interface carries."""

    groups: Names
    vpc: Word | None
    baseline: Names | Literal["none"] | None
    reserved_groups: int
    networks: Names
    environments: Names | None
    span: Span


class Ends(NamedTuple):
    """The two ends of an assertion."""

    sources: Names
    destinations: Names
    services: Names
    span: Span


class Assertion(NamedTuple):
    """A statement on reachability: exactly one of the three is given."""

    deny: Ends | None
    allow: Ends | None
    only: Ends | None
    why: str
    name: Word | None
    environments: Names | None
    span: Span


class Waiver(NamedTuple):
    """A dated, justified exception to one finding."""

    code: Word
    path: Word
    why: str
    until: Day | None
    approved_by: str
    services: Names
    environments: Names | None
    span: Span


class Strategy(NamedTuple):
    """One team's declaration, its includes merged in."""

    strategy: Word
    owner: str | None
    description: str | None
    uses: Names
    naming: Naming | None
    tags: tuple[tuple[Word, Word], ...]
    vars: tuple[tuple[Word, Word], ...]
    vpcs: tuple[tuple[Word, Vpc], ...]
    environments: tuple[tuple[Word, Environment], ...]
    networks: tuple[tuple[Word, tuple[Entry, ...]], ...]
    prefix_lists: tuple[tuple[Word, PrefixList], ...]
    services: tuple[tuple[Word, Service], ...]
    groups: Groups
    existing: tuple[tuple[Word, Existing], ...]
    flows: tuple[Flow, ...]
    workloads: tuple[tuple[Word, Workload], ...]
    assertions: tuple[Assertion, ...]
    waivers: tuple[Waiver, ...]
    default_group: Word | None
    quotas: QuotaLimits | None
    overflow: Word | None
    optimize: Flag | None
    pack: Flag | None
    span: Span


class NamePatterns(NamedTuple):
    """Shell-style patterns of which names in AWS have to match one."""

    group: Names
    span: Span


class WidestCidr(NamedTuple):
    """The shortest prefixes of public blocks that pass; None where not given."""

    ipv4: int | None
    ipv6: int | None
    span: Span


class Guardrails(NamedTuple):
    """What the organisation lays down for every strategy.

    ``severity`` has error, warning, note or off by code; ``waive`` who may waive a code, or ``all`` others.
    """

    may_enforce: Names | None
    severity: tuple[tuple[Word, Word], ...]
    required_owner: bool
    required_tags: Names
    name_patterns: NamePatterns | None
    never_open: Names
    widest_cidr: WidestCidr | None
    widest_port_range: int | None
    waive: tuple[tuple[Word, Names], ...]
    span: Span


class Settings(NamedTuple):
    """sgstrat.yaml: what every strategy of the workspace inherits."""

    out: Word | None
    formats: Names
    syntax: str | None
    nested: bool | None
    environments: tuple[tuple[Word, Environment], ...]
    vpcs: tuple[tuple[Word, Vpc], ...]
    networks: tuple[tuple[Word, tuple[Entry, ...]], ...]
    services: tuple[tuple[Word, Service], ...]
    tags: tuple[tuple[Word, Word], ...]
    naming: Naming | None
    quotas: tuple[tuple[Word, tuple[tuple[Word, QuotaLimits], ...]], ...]
    guardrails: Guardrails | None
    checks: Names
    overflow: Word | None
    optimize: Flag | None
    pack: Flag | None
    span: Span

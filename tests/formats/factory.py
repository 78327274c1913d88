"""Rulebooks made by hand for the tests of the writers: every kind of peer, both units, every source of an id."""

from __future__ import annotations

from typing import Any

from sgstrat.net.cidr import Family
from sgstrat.rulebook.model import (
    Existing,
    Group,
    IdSource,
    ListEntry,
    Origin,
    Peer,
    PeerKind,
    PrefixList,
    Quotas,
    Reference,
    Rule,
    Rulebook,
    Vpc,
    Workload,
)
from sgstrat.source.span import Span

SPAN = Span("strategies/shop.yaml", 3, 1, 3, 5)


def make_rule(
    kind: PeerKind,
    name: str,
    service: str = "tcp-443",
    description: str = "Why it is allowed",
    *,
    direction: str = "from",
    identity: str | None = None,
) -> Rule:
    """A rule from a peer and a service spelled as in keys: ``tcp-443``, ``udp-1-2``, ``icmp-8-any``, ``50``."""
    protocol, *ports = service.split("-")
    low: int | None = None
    high: int | None = None
    if protocol in ("icmp", "icmpv6"):
        low, high = ([-1 if port == "any" else int(port) for port in ports] + [-1])[:2]
    elif ports:
        low, high = int(ports[0]), int(ports[-1])
    key = f"{service}-{direction}-{name}"
    return Rule(
        key=key,
        protocol="-1" if protocol == "all" else protocol,
        from_port=low,
        to_port=high,
        peer=Peer(kind, name),
        description=description,
        source="strategies/shop.yaml flows",
        identity=key if identity is None else identity,
        origin=Origin(SPAN, ("flows[0]",)),
    )


def make_group(key: str, **overrides: Any) -> Group:
    """An app group without rules."""
    fields: dict[str, Any] = {
        "key": key,
        "identity": key,
        "formerly": (),
        "name": f"prod-main-app-{key}",
        "kind": "app",
        "facing": None,
        "description": f"The {key} tier",
        "tags": (("CostCentre", "4711"),),
        "ingress": (),
        "egress": (),
        "span": SPAN,
    }
    return Group(**{**fields, **overrides})


def make_list(key: str, origin: str = "own", family: Family = "ipv4", **overrides: Any) -> PrefixList:
    """An own list with two entries, or a list of another origin without."""
    fields: dict[str, Any] = {"key": key, "origin": origin, "family": family, "weight": 10, "span": SPAN}
    if origin == "own":
        cidrs = ("198.51.100.0/25", "203.0.113.7/32") if family == "ipv4" else ("2001:db8:1::/48", "2001:db8:2::/48")
        fields |= {
            "identity": key,
            "name": f"shop-prod-main-{key}",
            "max_entries": 10,
            "entries": (ListEntry(cidrs[0], "Carrier API"), ListEntry(cidrs[1], "")),
            "tags": (("CostCentre", "4711"),),
        }
    return PrefixList(**{**fields, **overrides})


def groups() -> tuple[Group, ...]:
    """Five groups, sorted by key, with every kind of peer between them."""
    alb = make_group(
        "alb",
        facing="external",
        ingress=(
            make_rule("cidr", "0.0.0.0/0", description="The public shop"),
            make_rule("cidr", "::/0", description="The public shop"),
        ),
        egress=(make_rule("group", "web-servers", "tcp-8080", "Proxied requests", direction="to"),),
    )
    databases = make_group(
        "db-servers",
        identity="mysql",
        formerly=("mysql",),
        ingress=(
            make_rule("group", "db-servers", "tcp-3306", "Replication", identity="tcp-3306-from-mysql"),
            make_rule("group", "web-servers", "tcp-3306", "Orders and stock"),
        ),
        egress=(
            make_rule("group", "db-servers", "tcp-3306", "Replication", direction="to", identity="tcp-3306-to-mysql"),
        ),
    )
    quiet = make_group("quiet", tags=(("Name", "Hush"), ("Owner", "team-shop")))
    default = make_group(
        "vpc-default",
        kind="baseline",
        ingress=(
            make_rule("cidr", "10.20.0.0/16", "icmp-8-any", "Reachability tests"),
            make_rule("cidr", "2001:db8:40::/48", "icmpv6-128-any", "Reachability tests"),
            make_rule("group", "cluster", "tcp-10250", "Kubelet"),
            make_rule("group", "legacy", "all", "Old estate"),
            make_rule("group", "peer-account", "tcp-9100", "Scraped from the tools account"),
            make_rule("group", "platform/monitoring", "tcp-9100", "Metrics"),
            make_rule("prefix_list", "platform/offices", "tcp-22", "Administration"),
        ),
        egress=(make_rule("prefix_list", "s3", "tcp-443", "Package mirrors in S3", direction="to"),),
    )
    web = make_group(
        "web-servers",
        ingress=(make_rule("group", "alb", "tcp-8080", "Proxied requests"),),
        egress=(
            make_rule("group", "cluster", "50", "Tunnel", direction="to"),
            make_rule("group", "db-servers", "tcp-3306", direction="to", identity="tcp-3306-to-mysql"),
            make_rule("group", "platform/monitoring", "udp-8125", "Events", direction="to"),
            make_rule("prefix_list", "dynamodb", direction="to"),
            make_rule("prefix_list", "partners", "tcp-8000-8100", "Carrier labels", direction="to"),
            make_rule("prefix_list", "partners-ipv6", direction="to"),
            make_rule("prefix_list", "shared", direction="to"),
            make_rule("prefix_list", "shared-input", direction="to"),
            make_rule("prefix_list", "shared-ssm", direction="to"),
        ),
    )
    return (alb, databases, quiet, default, web)


def prefix_lists() -> tuple[PrefixList, ...]:
    """Own lists of both families, AWS-managed ones with and without an id, existing by each source, a foreign one."""
    return (
        make_list("dynamodb", "aws", aws="com.amazonaws.eu-west-1.dynamodb", id=IdSource(literal="pl-6fa54006")),
        make_list("partners"),
        make_list("partners-ipv6", family="ipv6", identity="carriers", formerly=("carriers",)),
        make_list("platform/offices", "foreign"),
        make_list("s3", "aws", weight=1, aws="com.amazonaws.eu-west-1.s3"),
        make_list("shared", "existing", id=IdSource(literal="pl-0123456789abcdef0")),
        make_list("shared-input", "existing"),
        make_list("shared-ssm", "existing", id=IdSource(ssm="/net/lists/shared")),
    )


def across_accounts() -> Rulebook:
    """A group that names one of its strategy in a peered VPC, and a group and a list of another account."""
    web = make_group(
        "web",
        ingress=(make_rule("group", "db@data"), make_rule("group", "tools/runners")),
        egress=(
            make_rule("group", "tools/runners", direction="to"),
            make_rule("prefix_list", "tools/offices", direction="to"),
        ),
    )
    place = ("tools", "prod", "hub")
    return make_rulebook(
        groups=(web,),
        prefix_lists=(make_list("tools/offices", "foreign"),),
        existing=(),
        references=(
            Reference("db@data", "group", "shop", "prod", "data", "mysql", formerly=("mysql@data",)),
            Reference("tools/offices", "prefix_list", *place, "offices", "tools-offices", (), "333333333333"),
            Reference("tools/runners", "group", *place, "runners", "", (), "333333333333"),
        ),
        workloads=(),
    )


def make_rulebook(**overrides: Any) -> Rulebook:
    """A rich rulebook, all of whose groups, lists and references are in use. Every field may be replaced."""
    fields: dict[str, Any] = {
        "strategy": "shop",
        "environment": "prod",
        "account": "222222222222",
        "region": "eu-west-1",
        "vpc": Vpc("main", IdSource(literal="vpc-0e0000000000000e1"), ("10.20.0.0/16",), ()),
        "default_group": None,
        "groups": groups(),
        "prefix_lists": prefix_lists(),
        "existing": (
            Existing("cluster", IdSource(literal="sg-0123456789abcdef0"), None),
            Existing("legacy", IdSource(ssm="/net/groups/legacy"), "222222222222"),
            Existing("peer-account", IdSource(), "333333333333"),
            Existing("shared-services", IdSource(), None),
        ),
        "references": (
            Reference(
                "platform/monitoring", "group", "platform", "prod", "main", "metrics", "prod-main-app-monitoring"
            ),
            Reference(
                "platform/offices", "prefix_list", "platform", "prod", "main", "offices", "platform-prod-main-offices"
            ),
        ),
        "workloads": (
            Workload("database", ("vpc-default", "db-servers"), 0, ()),
            Workload("storefront", ("vpc-default", "web-servers", "cluster", "shared-services"), 1, ()),
            Workload("watched", ("vpc-default", "platform/monitoring", "legacy"), 0, ()),
        ),
        "tags": (("CostCentre", "4711"),),
        "quotas": Quotas(60, 5, 2500, 100, 1000),
        "sources": ("strategies/shop.yaml", "strategies/shop/flows.yaml"),
        "span": SPAN,
    }
    return Rulebook(**{**fields, **overrides})


def with_vpc(id: IdSource, **overrides: Any) -> Rulebook:
    """The same rulebook with the VPC's id from another source."""
    return make_rulebook(vpc=Vpc("main", id, ("10.20.0.0/16",), ()), **overrides)

"""Workloads, assertions and waivers."""

from __future__ import annotations

from sgstrat.diagnostics.codes import CODE_PATTERN
from sgstrat.facts.limits import limit
from sgstrat.language import model
from sgstrat.language.fields.common import DAY, FREE_TEXT, NOWHERE, SERVICE, SHORT_TEXT, environments_field
from sgstrat.language.fields.rules import PEERS
from sgstrat.language.shapes import Choice, Integer, Name, PlacedText, Reference
from sgstrat.language.structures import ByForm, Field, ListOf, Record

WORKLOAD = Record(
    model.Workload,
    "workload",
    "a workload",
    "What a network interface carries: an instance role, a database, a Lambda function, a load balancer.",
    (
        Field(
            "groups",
            ListOf(Reference("a group"), "a list of groups"),
            "The groups attached to it, beside the baseline.",
            True,
            fallback=(),
        ),
        Field("vpc", Reference("a VPC"), "Where it lives. Default: each VPC in which all of its groups live."),
        Field(
            "baseline",
            ByForm(
                "none or a list of baseline groups",
                text=Choice("none or a list of baseline groups", ("none",)),
                items=ListOf(Reference("a baseline group"), "a list of baseline groups", least=1),
            ),
            "Which baseline groups it carries: a list of names, or `none`. Default: all.",
        ),
        Field(
            "reserved_groups",
            Integer("reserved_groups", 0, limit("groups_per_eni_most"), placed=False),
            "Groups that something else attaches and nobody names.",
            fallback=0,
        ),
        Field(
            "networks",
            ListOf(Reference("a network"), "a list of networks", or_one=True),
            "Where its addresses are, for reachability.",
            fallback=(),
        ),
        environments_field("The workload"),
    ),
)

_ENDS = (
    Field("from", PEERS, "Groups, workloads, networks, CIDRs, `internet`.", True, "sources", ()),
    Field("to", PEERS, "Groups, workloads, networks, CIDRs, `internet`.", True, "destinations", ()),
)
_ENDS_SERVICES = Field(
    "services", ListOf(SERVICE, "a list of services", or_one=True), "What is meant. Default: everything.", fallback=()
)
DENY = Record(
    model.Ends, "deny", "deny", "Holds when nothing in the workspace permits any of it.", (*_ENDS, _ENDS_SERVICES)
)
ALLOW = Record(model.Ends, "allow", "allow", "Holds when all of it is permitted.", (*_ENDS, _ENDS_SERVICES))
ONLY = Record(
    model.Ends,
    "only",
    "only",
    "Holds when nothing else reaches (or is reached by) the named end.",
    (*_ENDS, _ENDS_SERVICES),
)
ASSERTION = Record(
    model.Assertion,
    "assertion",
    "an assertion",
    "A statement on reachability that must hold on the result.",
    (
        Field("deny", DENY, DENY.doc),
        Field("allow", ALLOW, ALLOW.doc),
        Field("only", ONLY, ONLY.doc),
        Field("why", FREE_TEXT, "Why it must hold.", True, fallback=""),
        Field("name", Name("an assertion name"), "A name for messages."),
        environments_field("The assertion"),
    ),
    one_of=("deny", "allow", "only"),
)
WAIVER = Record(
    model.Waiver,
    "waiver",
    "a waiver",
    "A dated, justified exception to one finding of the 4xx or 5xx family.",
    (
        Field(
            "code",
            PlacedText("a finding code", 13, CODE_PATTERN, "such as SG401", ("SG401",)),
            "The finding's code.",
            True,
            fallback=NOWHERE,
        ),
        Field(
            "path",
            PlacedText("a path", 512, examples=("flows.public-shop",)),
            "Where: `flows.public-shop`, `groups.app.alb`, `groups.app.alb.ingress.NAME`, or by place, `flows[0]`.",
            True,
            fallback=NOWHERE,
        ),
        Field("why", FREE_TEXT, "Why the exception is acceptable.", True, fallback=""),
        Field("until", DAY, "The last day (UTC) on which it holds.", True),
        Field("approved_by", SHORT_TEXT, "Who approved it.", fallback=""),
        Field("services", ListOf(SERVICE, "a list of services", or_one=True), "Only for these services.", fallback=()),
        environments_field("The waiver"),
    ),
)

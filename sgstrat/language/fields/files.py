"""Whole files: a strategy, and sgstrat.yaml."""

from __future__ import annotations

from sgstrat.facts.ids import ACCOUNT, REGION
from sgstrat.language import model
from sgstrat.language.fields.common import DEFAULT_GROUP, FREE_TEXT, NOWHERE, OVERFLOW, SHORT_TEXT, TAGS, Version, later
from sgstrat.language.fields.declarations import EXISTING_GROUP, NETWORK, PREFIX_LIST, SERVICE_DEFINITION, VPCS
from sgstrat.language.fields.deployment import ENVIRONMENT, NAMING, QUOTAS, VARS
from sgstrat.language.fields.groups import GROUPS
from sgstrat.language.fields.guardrails import GUARDRAILS
from sgstrat.language.fields.rules import FLOW
from sgstrat.language.fields.workloads import ASSERTION, WAIVER, WORKLOAD
from sgstrat.language.shapes import Boolean, Choice, Name, PlacedText, Reference, Text
from sgstrat.language.structures import Field, ListOf, MapOf, Record, TextMap

INCLUDE = Field(
    "include",
    ListOf(Text("a relative glob", 1024, examples=("shop/*.yaml",)), "a list of relative globs", or_one=True),
    "Files whose contents are merged into this strategy: relative globs. Maps merge, lists append in file-name order.",
    kept=False,
)
_OPTIMIZE = Field("optimize", Boolean(placed=True), "Merge rules without changing what is allowed. Default: `false`.")
_PACK = Field(
    "pack",
    Boolean(placed=True),
    "Fuse groups of workloads that carry too many, without changing what is allowed. Default: `false`.",
)
_SHARED = (
    Field(
        "environments",
        MapOf(ENVIRONMENT, "a map of environments", "an environment name"),
        "Where the strategy is deployed. Default: one environment, `default`.",
        fallback=(),
    ),
    Field("vpcs", VPCS, "The VPCs. Default: one, `main`.", fallback=()),
    Field(
        "networks",
        MapOf(NETWORK, "a map of networks", "a network name"),
        "Named lists of CIDRs, written into rules as they are.",
        fallback=(),
    ),
    Field(
        "services",
        MapOf(SERVICE_DEFINITION, "a map of services", "a service name"),
        "Own services, beside the catalogue.",
        fallback=(),
    ),
    Field("tags", TAGS, "Tags for every group and prefix list.", fallback=()),
    Field("naming", NAMING, NAMING.doc),
    OVERFLOW,
    _OPTIMIZE,
    _PACK,
)

STRATEGY = Record(
    model.Strategy,
    "strategy",
    "a strategy",
    "One team's security groups, and who may talk to whom, on what, and why.",
    (
        Field("version", Version(), "Version of the strategy language: 1.", True, kept=False),
        Field(
            "strategy", Name("a strategy name"), "The strategy's name, unique in the workspace.", True, fallback=NOWHERE
        ),
        Field("owner", SHORT_TEXT, "The team that answers for it."),
        Field("description", FREE_TEXT, "What the strategy is for."),
        Field(
            "uses",
            ListOf(Reference("a strategy"), "a list of strategies", or_one=True),
            "Strategies whose names may be used here as `OTHER/NAME`.",
            fallback=(),
        ),
        INCLUDE,
        *_SHARED,
        Field("vars", VARS, "Values for placeholders in names.", fallback=()),
        Field(
            "prefix_lists",
            MapOf(PREFIX_LIST, "a map of prefix lists", "a prefix list name"),
            PREFIX_LIST.doc,
            fallback=(),
        ),
        Field("groups", GROUPS, GROUPS.doc, True, fallback=model.Groups((), (), (), (), NOWHERE.span)),
        Field(
            "existing",
            MapOf(EXISTING_GROUP, "a map of existing groups", "a group name"),
            EXISTING_GROUP.doc,
            fallback=(),
        ),
        Field("flows", ListOf(FLOW, "a list of flows", least=0), FLOW.doc, fallback=()),
        Field("workloads", MapOf(WORKLOAD, "a map of workloads", "a workload name"), WORKLOAD.doc, fallback=()),
        Field("assertions", ListOf(ASSERTION, "a list of assertions", least=0), ASSERTION.doc, fallback=()),
        Field("waivers", ListOf(WAIVER, "a list of waivers", least=0), WAIVER.doc, fallback=()),
        DEFAULT_GROUP,
        Field("quotas", QUOTAS, QUOTAS.doc),
    ),
    {"controls": later("controls", "AWS Config, EventBridge and Firewall Manager controls")},
)

FORMATS = ("cloudformation", "terraform", "cdktf", "rulebook")
_FORMAT_MEANINGS = (
    "Templates, in YAML or JSON.",
    "Root modules in JSON configuration syntax.",
    "The same by CDK for Terraform, which needs its package and Node.",
    "`rulebook.json` alone, which is written in any case.",
)
SETTINGS = Record(
    model.Settings,
    "workspace",
    "sgstrat.yaml",
    "Settings of the workspace, and what every strategy inherits (its own definition wins).",
    (
        Field("out", PlacedText("a folder", 1024), "The output folder, relative to the workspace. Default: `out`."),
        Field(
            "format",
            ListOf(
                Choice("an output format", FORMATS, placed=True, meanings=_FORMAT_MEANINGS),
                "a list of output formats",
                or_one=True,
            ),
            "What `sgstrat build` writes. Default: cloudformation and terraform.",
            attribute="formats",
            fallback=(),
        ),
        Field("syntax", Choice("yaml or json", ("yaml", "json")), "Syntax of CloudFormation templates. Default: yaml."),
        Field(
            "nested",
            Boolean(),
            "Write a parent of each target's CloudFormation templates, with nested stacks. Default: `false`.",
        ),
        *_SHARED,
        Field(
            "quotas",
            TextMap(
                PlacedText("an account id", 12, ACCOUNT, 'twelve digits in quotes: "111111111111"'),
                TextMap(PlacedText("a region", 32, REGION, "such as eu-west-1"), QUOTAS, "a map of regions"),
                "a map of accounts",
            ),
            "Limits by account and region: `{ACCOUNT: {REGION: {rules_per_group: 100}}}`.",
            fallback=(),
        ),
        Field("guardrails", GUARDRAILS, GUARDRAILS.doc),
        Field(
            "checks",
            ListOf(PlacedText("the name of a check", 128), "a list of checks", least=0, or_one=True),
            "The organisation's own checks: names of entry points in the group `sgstrat.checks` of installed packages.",
            fallback=(),
        ),
    ),
)

"""The field tables of the strategy language: every key, what may stand there, and its documentation.

The decoder reads by these tables and the JSON Schema is made of them, so both always say the same.
"""

from __future__ import annotations

from typing import Any

from sgstrat.diagnostics.finding import Findings
from sgstrat.facts.ids import ACCOUNT, PREFIX_LIST_ID, REGION, SECURITY_GROUP_ID, SSM_PATH, VPC_ID
from sgstrat.facts.text import NAME_CHARACTERS, RULE_CHARACTERS
from sgstrat.language import model
from sgstrat.language.shapes import (
    AwsText,
    Boolean,
    Choice,
    CidrText,
    DayShape,
    Integer,
    JsonSchema,
    Name,
    PlacedText,
    Reference,
    Text,
)
from sgstrat.language.structures import ByForm, Field, ListOf, MapOf, Record, TextMap, Trap
from sgstrat.source.span import Span
from sgstrat.syntax.nodes import Node

NOWHERE = model.Word("", Span("", 1, 1, 1, 1))

# ---------------------------------------------------------------- single values

DESCRIPTION = AwsText("a description", NAME_CHARACTERS, 255)
WHY = AwsText("a why", RULE_CHARACTERS, 255)
FREE_TEXT = Text("a text", 2000)
SHORT_TEXT = Text("a text", 256)
ACCOUNT_ID = Text("an account id", 12, ACCOUNT, 'twelve digits in quotes: "111111111111"', ("111111111111",))
REGION_NAME = Text("a region", 32, REGION, "such as eu-west-1", ("eu-west-1",))
PEER = Reference("a peer", examples=("alb", "internet", "self", "10.0.0.0/16", "platform/monitoring"))
SERVICE = Reference("a service", examples=("https", "tcp/8080", "tcp/8000-8100", "icmp/8", "all"))
DAY = DayShape()
ENVIRONMENTS = ListOf(Reference("an environment"), "a list of environments", or_one=True)


class Version:
    """The language version: this compiler reads version 1."""

    noun = "the language version"

    def read(self, node: Node, findings: Findings) -> Any:
        number = Integer("the language version", 0, 10**9).read(node, findings)
        if number is not None and number.value != 1:
            findings.add("SG125", f"language version {number.value} is not known", node.span, help="this compiler reads version: 1")
        return number

    def schema(self, definitions: JsonSchema) -> JsonSchema:
        return {"type": "integer", "enum": [1]}


def _environments(what: str) -> Field:
    return Field("environments", ENVIRONMENTS, f"{what} exists in these environments only. Default: in all.")


def _later(key: str, what: str) -> Trap:
    return Trap("SG118", f"not yet: {key} ({what}) is not compiled by this version", "leave the key out")


NO_DENY = (
    "security groups only allow: all rules of all attached groups add up, and nothing is ordered or denied",
    "leave it out; a network ACL is where a deny lives",
)
_PEER_KEYS = ("from", "to")
RULE_TRAPS = {
    **{key: Trap("SG117", f"a rule has no {key}: {NO_DENY[0]}", NO_DENY[1], _PEER_KEYS) for key in ("action", "deny", "priority", "order", "effect")},
    **{
        key: Trap("SG110", f"a rule has no key {key}", "write protocol and ports as a service: services: tcp/443", ("services",))
        for key in ("port", "ports", "protocol", "from_port", "to_port", "service")
    },
    **{
        key: Trap("SG110", f"a rule has no key {key}", "name the peer in from: or to:", _PEER_KEYS)
        for key in ("cidr", "cidrs", "source", "destination", "peer")
    },
    **{key: Trap("SG110", f"a rule has no key {key}", "write it as why:", ("why",)) for key in ("description", "comment", "reason")},
}

# ---------------------------------------------------------------- rules and flows

SERVICES = Field(
    "services",
    ListOf(SERVICE, "a list of services", or_one=True),
    "What may pass: names of services (`https`), literals (`tcp/8080`, `icmp/8`), or a list of both. `sgstrat services` lists the catalogue.",
    required=True,
    fallback=(),
)
RULE_TAIL = (
    Field("why", WHY, "Why this is allowed. It becomes the rule's description in AWS.", required=True, fallback=""),
    Field("name", Name("a rule name"), "A stable name, so that a waiver can point at this."),
    Field("expires", DAY, "The last day (UTC) on which this is part of a build."),
    Field("ticket", Text("a ticket", 256), "The change or ticket that asked for this."),
    _environments("This"),
)
PEERS = ListOf(PEER, "a peer or a list of peers", or_one=True)

INGRESS_RULE = Record(
    model.Rule,
    "ingressRule",
    "an ingress rule",
    "Who may reach this group, on what, and why.",
    (
        Field("from", PEERS, "Where the traffic comes from: groups, networks, prefix lists, VPCs, CIDRs, `self`, `internet`.", True, "peers", ()),
        SERVICES,
        *RULE_TAIL,
    ),
    {**RULE_TRAPS, "to": Trap("SG110", "an ingress rule has no key to", "write from: here, or move the rule to egress:", _PEER_KEYS)},
)
EGRESS_RULE = Record(
    model.Rule,
    "egressRule",
    "an egress rule",
    "What this group may reach, on what, and why.",
    (
        Field("to", PEERS, "Where the traffic goes: groups, networks, prefix lists, VPCs, CIDRs, `self`, `internet`.", True, "peers", ()),
        SERVICES,
        *RULE_TAIL,
    ),
    {**RULE_TRAPS, "from": Trap("SG110", "an egress rule has no key from", "write to: here, or move the rule to ingress:", _PEER_KEYS)},
)
FLOW = Record(
    model.Flow,
    "flow",
    "a flow",
    "A may talk to B on S, because W. The compiler writes the egress rule of A and the ingress rule of B.",
    (
        Field("from", PEERS, "Who opens the connection.", True, "sources", ()),
        Field("to", PEERS, "Who is reached.", True, "destinations", ()),
        SERVICES,
        *RULE_TAIL,
    ),
    RULE_TRAPS,
)

# ---------------------------------------------------------------- groups

_ID_OF = "A literal id, or `{ssm: /path}`; without it the id becomes an input of the output."


def _id_text(noun: str, pattern: str, example: str) -> ByForm:
    literal = PlacedText(noun, 32, pattern, f"such as {example}", (example,))
    ssm = Record(
        lambda ssm, span: model.IdText(None, ssm),
        "ssmPath",
        "an SSM parameter",
        "The id is the value of an SSM parameter.",
        (Field("ssm", PlacedText("an SSM parameter path", 1011, SSM_PATH, "such as /network/vpc/id", ("/network/vpc/id",)), "The parameter's path.", True),),
    )
    return ByForm(f"{noun} or {{ssm: /path}}", text=literal, mapping=ssm, wrap=lambda word, span: model.IdText(word, None))


VPC_ID_TEXT = _id_text("a VPC id", VPC_ID, "vpc-0d0000000000000d1")
GROUP_ID_TEXT = _id_text("a security group id", SECURITY_GROUP_ID, "sg-0123456789abcdef0")
LIST_ID_TEXT = _id_text("a prefix list id", PREFIX_LIST_ID, "pl-0123456789abcdef0")

TAGS = TextMap(PlacedText("a tag key", 128), PlacedText("a tag value", 256), "a map of tags")
OVERFLOW = Field(
    "overflow",
    Choice("a way to treat a full group", ("error",), later=("split",), key="overflow"),
    "What to do with a group over its rule quota. `error` explains which rules weigh most.",
    kept=False,
)
FORMERLY = Field(
    "formerly",
    ListOf(Name("a former key"), "a former key or a list of them", or_one=True),
    "Former keys, the oldest first. They keep the resource when the key changes.",
    fallback=(),
)
_AWS_NAME = "Pins the name in AWS. Placeholders as in `naming`."

_GROUP_COMMON = (
    Field("description", DESCRIPTION, "What the group is for. Changing it later replaces the group in AWS.", True, fallback=""),
    Field("vpc", Reference("a VPC"), "The VPC in which the group lives. Default: the only one."),
    Field("vpcs", ListOf(Reference("a VPC"), "a list of VPCs"), "The group is made in each of these VPCs.", fallback=()),
    Field("ingress", ListOf(INGRESS_RULE, "a list of ingress rules", least=0), "Rules of this group's ingress side.", fallback=()),
    Field("egress", ListOf(EGRESS_RULE, "a list of egress rules", least=0), "Rules of this group's egress side. None means no egress.", fallback=()),
    Field("aws_name", PlacedText("an AWS name", 512), _AWS_NAME),
    FORMERLY,
    Field("tags", TAGS, "Tags of this group, beside the strategy's.", fallback=()),
    OVERFLOW,
    _environments("The group"),
)
_FACING = Field("facing", Choice("external or internal", ("external", "internal")), "Whether the group faces the internet (`external`) or not (`internal`).")
_ENFORCE = Field("enforce", Boolean(), "Every workload in the VPC, of any strategy, carries this baseline group.", fallback=False)
_GROUP_TRAPS = {
    "rules": Trap("SG110", "a group has no key rules", "write them under ingress: or egress:"),
    "inbound": Trap("SG110", "a group has no key inbound", "write ingress:"),
    "outbound": Trap("SG110", "a group has no key outbound", "write egress:"),
    "facing": Trap("SG110", "facing is for app groups", "move the group to app:, or leave the key out"),
    "enforce": Trap("SG110", "enforce is for baseline groups", "move the group to baseline:, or leave the key out"),
}


def _group(kind: str, doc: str, *special: Field) -> Record:
    fixed = {"facing": None, "enforce": False}
    present = {each.key for each in special}

    def build(span: Span, **values: Any) -> model.Group:
        return model.Group(**{**fixed, **values}, span=span)

    traps = {key: value for key, value in _GROUP_TRAPS.items() if key not in present}
    article = "an" if kind in ("os", "app") else "a"
    return Record(build, f"{kind}Group", f"{article} {kind} group", doc, (*_GROUP_COMMON, *special), traps)


GROUP_RECORDS = {
    "baseline": _group("baseline", "What every workload of the strategy carries.", _ENFORCE),
    "os": _group("os", "What an operating system needs."),
    "app": _group("app", "One tier or component of an application.", _FACING),
    "service": _group("service", "One service that several workloads may carry, such as access over SSH."),
}
GROUPS = Record(
    model.Groups,
    "groups",
    "groups",
    "The security groups, by kind. Names are unique across kinds.",
    tuple(
        Field(kind, MapOf(record, f"a map of {kind} groups", "a group name"), record.doc, fallback=())
        for kind, record in GROUP_RECORDS.items()
    ),
)

# ---------------------------------------------------------------- networks, lists, services, VPCs


def _entry(definition: str, noun: str) -> ByForm:
    record = Record(
        model.Entry,
        definition,
        noun,
        "A CIDR block with a description or environments of its own.",
        (
            Field("cidr", CidrText(), "The block, without host bits.", True, fallback=NOWHERE),
            Field("description", DESCRIPTION, "What these addresses are.", fallback=""),
            _environments("The entry"),
        ),
    )
    return ByForm("a CIDR block", text=CidrText(keeps_place=True), mapping=record, wrap=lambda word, span: model.Entry(word, "", None, span))


NETWORK = ListOf(_entry("networkEntry", "a network entry"), "a list of CIDR blocks", or_one=True)

PREFIX_LIST = Record(
    model.PrefixList,
    "prefixList",
    "a prefix list",
    "A managed prefix list: own (`entries`), AWS-managed (`aws`), or existing (`id`, `family`, `max_entries`).",
    (
        Field("entries", ListOf(_entry("prefixListEntry", "a prefix list entry"), "a list of entries", least=0), "The CIDRs, all of one family."),
        Field("max_entries", Integer("max_entries", 1, 1000), "The most entries the list may hold. This number counts against the rules quota."),
        Field("aws", PlacedText("an AWS-managed list", 64), "Short name of an AWS-managed list: `s3`, `dynamodb`, `cloudfront`, ..."),
        Field("ids", TextMap(PlacedText("a region", 32, REGION), PlacedText("a prefix list id", 32, PREFIX_LIST_ID, "such as pl-6da54004"), "a map from region to id"),
              "Ids of an AWS-managed list by region, for CloudFormation, which cannot look them up.", fallback=()),
        Field("id", LIST_ID_TEXT, f"An existing list. {_ID_OF}"),
        Field("family", Choice("an address family", ("ipv4", "ipv6"), placed=True), "The family; taken from the entries where there are any."),
        Field("aws_name", PlacedText("an AWS name", 512), _AWS_NAME),
        FORMERLY,
        Field("tags", TAGS, "Tags of this list, beside the strategy's.", fallback=()),
        _environments("The list"),
    ),
)

_SERVICE_PARTS = ListOf(SERVICE, "a list of services", or_one=True)
SERVICE_DEFINITION = ByForm(
    "a service",
    text=_SERVICE_PARTS,
    items=_SERVICE_PARTS,
    mapping=Record(
        model.Service,
        "service",
        "a service",
        "A service with environments of its own.",
        (
            Field("services", _SERVICE_PARTS, "Literals and names of other services.", True, "parts", ()),
            _environments("The service"),
        ),
    ),
    wrap=lambda parts, span: model.Service(parts, None, span),
)

_DEFAULT_GROUP = Field(
    "default_group",
    Choice("lock or leave", ("lock", "leave"), placed=True),
    "What happens to the VPC's own default group: `lock` removes its rules; `leave` is a finding that needs a waiver.",
)
_CIDR4 = ListOf(CidrText("an IPv4 CIDR block", "ipv4"), "a list of IPv4 CIDR blocks", least=0)
_CIDR6 = ListOf(CidrText("an IPv6 CIDR block", "ipv6"), "a list of IPv6 CIDR blocks", least=0)
VPC = Record(
    model.Vpc,
    "vpc",
    "a VPC",
    "A VPC: its addresses, and its id where it is known.",
    (
        Field("cidrs", _CIDR4, "IPv4 blocks; needed where the VPC is a peer."),
        Field("ipv6_cidrs", _CIDR6, "IPv6 blocks."),
        Field("id", VPC_ID_TEXT, _ID_OF),
        Field("enabled", Boolean(), "`false` leaves the VPC out of this environment.", fallback=True),
        _DEFAULT_GROUP,
    ),
    {"peered_with": _later("peered_with", "references across VPCs"), "transit_gateway": _later("transit_gateway", "references across VPCs")},
)
VPCS = MapOf(VPC, "a map of VPCs", "a VPC name")

EXISTING_GROUP = Record(
    model.Existing,
    "existingGroup",
    "an existing group",
    "A security group that something else manages: a peer, attachable to workloads, never created or changed.",
    (
        Field("id", GROUP_ID_TEXT, _ID_OF),
        Field("vpc", Reference("a VPC"), "The VPC in which it lives. Default: the only one."),
        Field("account", ACCOUNT_ID, "The account that owns it, where it is another."),
        _environments("The group"),
    ),
)

EXISTING_HERE = Record(
    lambda **values: model.Existing(**values, environments=None),
    "existingGroupHere",
    "an existing group",
    "What differs in this environment for an existing group.",
    tuple(each for each in EXISTING_GROUP.fields if each.key != "environments"),
)

# ---------------------------------------------------------------- environments, quotas, naming

QUOTAS = Record(
    model.QuotaLimits,
    "quotas",
    "quotas",
    "Limits that AWS has raised for you.",
    (
        Field("rules_per_group", Integer("rules_per_group", 1, 1000), "Rules per security group, direction and address family (AWS default 60)."),
        Field("groups_per_eni", Integer("groups_per_eni", 1, 16), "Security groups per network interface (AWS default 5, at most 16)."),
        Field("groups_per_region", Integer("groups_per_region", 1, 100000), "Security groups per region (AWS default 2500)."),
        Field("prefix_lists_per_region", Integer("prefix_lists_per_region", 1, 10000), "Customer-managed prefix lists per region (AWS default 100)."),
        Field("entries_per_prefix_list", Integer("entries_per_prefix_list", 1, 1000), "Entries per prefix list (AWS default 1000)."),
        Field("existing_groups", Integer("existing_groups", 0, 100000), "Security groups that exist there beside those of the workspace."),
        Field("existing_prefix_lists", Integer("existing_prefix_lists", 0, 10000), "Prefix lists that exist there beside those of the workspace."),
    ),
)
VARS = TextMap(
    PlacedText("a variable name", 63, "^[a-z][a-z0-9_]*$", "lower-case letters, digits and underscores"),
    PlacedText("a text", 255),
    "a map of texts",
)
_LIST_ID = Record(
    model.ListId, "listId", "an existing prefix list", "The id of an existing prefix list in this environment.", (Field("id", LIST_ID_TEXT, _ID_OF),)
)
ENVIRONMENT = Record(
    model.Environment,
    "environment",
    "an environment",
    "One variation: where it is deployed, and what differs there.",
    (
        Field("account", ACCOUNT_ID, "The AWS account, twelve digits in quotes."),
        Field("region", REGION_NAME, "The AWS region."),
        Field("vars", VARS, "Values for placeholders in names; they replace the strategy's own.", fallback=()),
        Field("vpcs", VPCS, "Per VPC: id, CIDRs (which replace the top level's), enabled.", fallback=()),
        Field("existing", MapOf(EXISTING_HERE, "a map of existing groups"), "Per existing group: what differs here.", fallback=()),
        Field("prefix_lists", MapOf(_LIST_ID, "a map of existing prefix lists"), "Per existing prefix list: its id here.", fallback=()),
        Field("quotas", QUOTAS, "Limits in this environment."),
    ),
)
NAMING = Record(
    model.Naming,
    "naming",
    "naming",
    "Patterns for AWS names over `{strategy} {environment} {vpc} {region} {account} {kind} {name} {facing} {owner}` and the strategy's `vars`.",
    (
        Field("group", PlacedText("a pattern", 512), "Name of a group. Default: `{strategy}-{environment}-{vpc}-{name}`."),
        Field("prefix_list", PlacedText("a pattern", 512), "Name of a prefix list. Default: `{strategy}-{environment}-{vpc}-{name}`."),
    ),
)

# ---------------------------------------------------------------- workloads, assertions, waivers

WORKLOAD = Record(
    model.Workload,
    "workload",
    "a workload",
    "What a network interface carries: an instance role, a database, a Lambda function, a load balancer.",
    (
        Field("groups", ListOf(Reference("a group"), "a list of groups"), "The groups attached to it, beside the baseline.", True, fallback=()),
        Field("vpc", Reference("a VPC"), "Where it lives. Default: each VPC in which all of its groups live."),
        Field("baseline",
              ByForm("none or a list of baseline groups", text=Choice("none or a list of baseline groups", ("none",)),
                     items=ListOf(Reference("a baseline group"), "a list of baseline groups", least=1)),
              "Which baseline groups it carries: a list of names, or `none`. Default: all."),
        Field("reserved_groups", Integer("reserved_groups", 0, 16, placed=False), "Groups that something else attaches and nobody names.", fallback=0),
        Field("networks", ListOf(Reference("a network"), "a list of networks", or_one=True), "Where its addresses are, for reachability.", fallback=()),
        _environments("The workload"),
    ),
)

_ENDS = (
    Field("from", PEERS, "Groups, workloads, networks, CIDRs, `internet`.", True, "sources", ()),
    Field("to", PEERS, "Groups, workloads, networks, CIDRs, `internet`.", True, "destinations", ()),
)
_ENDS_SERVICES = Field("services", ListOf(SERVICE, "a list of services", or_one=True), "What is meant. Default: everything.", fallback=())
DENY = Record(model.Ends, "deny", "deny", "Holds when nothing in the workspace permits any of it.", (*_ENDS, _ENDS_SERVICES))
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
        _environments("The assertion"),
    ),
    one_of=("deny", "allow", "only"),
)
WAIVER = Record(
    model.Waiver,
    "waiver",
    "a waiver",
    "A dated, justified exception to one finding of the 4xx or 5xx family.",
    (
        Field("code", PlacedText("a finding code", 5, "^SG[0-9]{3}$", "such as SG401", ("SG401",)), "The finding's code.", True, fallback=NOWHERE),
        Field("path", PlacedText("a path", 512, examples=("flows.public-shop",)),
              "Where: `flows.public-shop`, `groups.app.alb`, `groups.app.alb.ingress.NAME`, or by place, `flows[0]`.", True, fallback=NOWHERE),
        Field("why", FREE_TEXT, "Why the exception is acceptable.", True, fallback=""),
        Field("until", DAY, "The last day (UTC) on which it holds.", True),
        Field("approved_by", SHORT_TEXT, "Who approved it.", fallback=""),
        Field("services", ListOf(SERVICE, "a list of services", or_one=True), "Only for these services.", fallback=()),
        _environments("The waiver"),
    ),
)

# ---------------------------------------------------------------- whole files

INCLUDE = Field(
    "include",
    ListOf(Text("a relative glob", 1024, examples=("shop/*.yaml",)), "a list of relative globs", or_one=True),
    "Files whose contents are merged into this strategy: relative globs. Maps merge, lists append in file-name order.",
    kept=False,
)
_OPTIMIZE = Field("optimize", Boolean(later=(True,), key="optimize"), "Merge rules without changing what is allowed.", kept=False)
_PACK = Field("pack", Boolean(later=(True,), key="pack"), "Fuse groups so that workloads fit their ENI budget.", kept=False)
_SHARED = (
    Field("environments", MapOf(ENVIRONMENT, "a map of environments", "an environment name"), "Where the strategy is deployed. Default: one environment, `default`.", fallback=()),
    Field("vpcs", VPCS, "The VPCs. Default: one, `main`.", fallback=()),
    Field("networks", MapOf(NETWORK, "a map of networks", "a network name"), "Named lists of CIDRs, written into rules as they are.", fallback=()),
    Field("services", MapOf(SERVICE_DEFINITION, "a map of services", "a service name"), "Own services, beside the catalogue.", fallback=()),
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
        Field("strategy", Name("a strategy name"), "The strategy's name, unique in the workspace.", True, fallback=NOWHERE),
        Field("owner", SHORT_TEXT, "The team that answers for it."),
        Field("description", FREE_TEXT, "What the strategy is for."),
        Field("uses", ListOf(Reference("a strategy"), "a list of strategies", or_one=True), "Strategies whose names may be used here as `OTHER/NAME`.", fallback=()),
        INCLUDE,
        *_SHARED,
        Field("vars", VARS, "Values for placeholders in names.", fallback=()),
        Field("prefix_lists", MapOf(PREFIX_LIST, "a map of prefix lists", "a prefix list name"), PREFIX_LIST.doc, fallback=()),
        Field("groups", GROUPS, GROUPS.doc, True, fallback=model.Groups((), (), (), (), NOWHERE.span)),
        Field("existing", MapOf(EXISTING_GROUP, "a map of existing groups", "a group name"), EXISTING_GROUP.doc, fallback=()),
        Field("flows", ListOf(FLOW, "a list of flows", least=0), FLOW.doc, fallback=()),
        Field("workloads", MapOf(WORKLOAD, "a map of workloads", "a workload name"), WORKLOAD.doc, fallback=()),
        Field("assertions", ListOf(ASSERTION, "a list of assertions", least=0), ASSERTION.doc, fallback=()),
        Field("waivers", ListOf(WAIVER, "a list of waivers", least=0), WAIVER.doc, fallback=()),
        _DEFAULT_GROUP,
        Field("quotas", QUOTAS, QUOTAS.doc),
    ),
    {"controls": _later("controls", "AWS Config, EventBridge and Firewall Manager controls")},
)

_GUARDRAILS_LATER = ("severity", "required_tags", "name_patterns", "never_open", "widest_cidr", "widest_port_range", "waive")
GUARDRAILS = Record(
    model.Guardrails,
    "guardrails",
    "guardrails",
    "What the organisation lays down for every strategy.",
    (Field("may_enforce", ListOf(Reference("a strategy"), "a list of strategies", least=0, or_one=True), "The strategies that may mark baseline groups `enforce: true`. Default: any."),),
    {key: _later(key, "this guardrail") for key in _GUARDRAILS_LATER},
)
FORMATS = ("cloudformation", "terraform", "cdktf", "rulebook")
SETTINGS = Record(
    model.Settings,
    "workspace",
    "sgstrat.yaml",
    "Settings of the workspace, and what every strategy inherits (its own definition wins).",
    (
        Field("out", PlacedText("a folder", 1024), "The output folder, relative to the workspace. Default: `out`."),
        Field("format", ListOf(Choice("an output format", FORMATS, placed=True), "a list of output formats", or_one=True),
              "What `sgstrat build` writes. Default: cloudformation and terraform.", attribute="formats", fallback=()),
        Field("syntax", Choice("yaml or json", ("yaml", "json")), "Syntax of CloudFormation templates. Default: yaml."),
        *_SHARED,
        Field("quotas",
              TextMap(PlacedText("an account id", 12, ACCOUNT, 'twelve digits in quotes: "111111111111"'),
                      TextMap(PlacedText("a region", 32, REGION, "such as eu-west-1"), QUOTAS, "a map of regions"), "a map of accounts"),
              "Limits by account and region: `{ACCOUNT: {REGION: {rules_per_group: 100}}}`.", fallback=()),
        Field("guardrails", GUARDRAILS, GUARDRAILS.doc),
    ),
    {"checks": _later("checks", "own checks")},
)

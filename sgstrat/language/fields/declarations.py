"""Networks, prefix lists, services, VPCs and existing groups."""

from __future__ import annotations

from sgstrat.facts.ids import ACCOUNT, PREFIX_LIST_ID, REGION, VPC_ID
from sgstrat.facts.limits import limit
from sgstrat.language import model
from sgstrat.language.addresses import CidrText
from sgstrat.language.fields.common import (
    ACCOUNT_ID,
    AWS_NAME,
    DEFAULT_GROUP,
    DESCRIPTION,
    FORMERLY,
    GROUP_ID_TEXT,
    ID_OF,
    LIST_ID_TEXT,
    NOWHERE,
    SERVICE,
    TAGS,
    VPC_ID_TEXT,
    environments_field,
)
from sgstrat.language.shapes import Boolean, Choice, Integer, PlacedText, Reference
from sgstrat.language.structures import ByForm, Field, ListOf, MapOf, Record, TextMap, Trap


def _entry(definition: str, noun: str) -> ByForm:
    record = Record(
        model.Entry,
        definition,
        noun,
        "A CIDR block with a description or environments of its own.",
        (
            Field("cidr", CidrText(), "The block, without host bits.", True, fallback=NOWHERE),
            Field("description", DESCRIPTION, "What these addresses are.", fallback=""),
            environments_field("The entry"),
        ),
    )
    return ByForm(
        "a CIDR block",
        text=CidrText(keeps_place=True),
        mapping=record,
        wrap=lambda word, span: model.Entry(word, "", None, span),
    )


NETWORK = ListOf(_entry("networkEntry", "a network entry"), "a list of CIDR blocks", or_one=True)

PREFIX_LIST = Record(
    model.PrefixList,
    "prefixList",
    "a prefix list",
    "A managed prefix list: own (`entries`), AWS-managed (`aws`), or existing (`id`, `family`, `max_entries`).",
    (
        Field(
            "entries",
            ListOf(_entry("prefixListEntry", "a prefix list entry"), "a list of entries", least=0),
            "The CIDRs, all of one family.",
        ),
        Field(
            "max_entries",
            Integer("max_entries", 1, limit("entries_per_prefix_list")),
            "The most entries the list may hold. This number counts against the rules quota.",
        ),
        Field(
            "aws",
            PlacedText("an AWS-managed list", 64),
            "Short name of an AWS-managed list: `s3`, `dynamodb`, `cloudfront`, ...",
        ),
        Field(
            "ids",
            TextMap(
                PlacedText("a region", 32, REGION),
                PlacedText("a prefix list id", 32, PREFIX_LIST_ID, "such as pl-6da54004"),
                "a map from region to id",
            ),
            "Ids of an AWS-managed list by region, for CloudFormation, which cannot look them up.",
            fallback=(),
        ),
        Field("id", LIST_ID_TEXT, f"An existing list. {ID_OF}"),
        Field(
            "family",
            Choice("an address family", ("ipv4", "ipv6"), placed=True),
            "The family; taken from the entries where there are any.",
        ),
        Field("aws_name", PlacedText("an AWS name", 512), AWS_NAME),
        FORMERLY,
        Field("tags", TAGS, "Tags of this list, beside the strategy's.", fallback=()),
        environments_field("The list"),
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
            environments_field("The service"),
        ),
    ),
    wrap=lambda parts, span: model.Service(parts, None, span),
)

_CIDR4 = ListOf(CidrText("an IPv4 CIDR block", "ipv4"), "a list of IPv4 CIDR blocks", least=0)
_CIDR6 = ListOf(CidrText("an IPv6 CIDR block", "ipv6"), "a list of IPv6 CIDR blocks", least=0)
_PEERING = Record(
    model.Peering,
    "peering",
    "a peering",
    "Another VPC that this one is connected with: `vpc` names one of a strategy, `vpc_id` one of no strategy.",
    (
        Field("vpc", Reference("a VPC", examples=("tools", "platform/shared")), "A VPC, or `OTHER/VPC`."),
        Field(
            "account",
            PlacedText("an account id", 12, ACCOUNT, 'twelve digits in quotes: "111111111111"', ("111111111111",)),
            "The account of `vpc_id`. Default: this environment's.",
        ),
        Field(
            "region",
            PlacedText("a region", 32, REGION, "such as eu-west-1", ("eu-west-1",)),
            "The region of `vpc_id`. Default: this environment's.",
        ),
        Field(
            "vpc_id",
            PlacedText("a VPC id", 32, VPC_ID, "such as vpc-0d0000000000000d1", ("vpc-0d0000000000000d1",)),
            "The id of a VPC that no strategy declares. Existing groups may live in it: `vpc: vpc-...`.",
        ),
        Field(
            "transit_gateway",
            Boolean(),
            "`true`: by a transit gateway, over which only ingress rules can name groups.",
            fallback=False,
        ),
    ),
    one_of=("vpc", "vpc_id"),
)
_PEERED_WITH = ListOf(
    ByForm(
        "a VPC or a peering",
        text=Reference("a VPC", examples=("tools", "platform/shared")),
        mapping=_PEERING,
        wrap=lambda word, span: model.Peering(word, None, None, None, False, span),
    ),
    "a list of VPCs",
    least=0,
    or_one=True,
)
VPC = Record(
    model.Vpc,
    "vpc",
    "a VPC",
    "A VPC: its addresses, and its id where it is known.",
    (
        Field("cidrs", _CIDR4, "IPv4 blocks; needed where the VPC is a peer."),
        Field("ipv6_cidrs", _CIDR6, "IPv6 blocks."),
        Field("id", VPC_ID_TEXT, ID_OF),
        Field(
            "peered_with",
            _PEERED_WITH,
            "The VPCs with which this one is connected, so that rules may name their groups. Either side may say it.",
        ),
        Field("enabled", Boolean(), "`false` leaves the VPC out of this environment.", fallback=True),
        DEFAULT_GROUP,
    ),
    {
        "transit_gateway": Trap(
            "SG110",
            "a VPC has no key transit_gateway",
            "write it in the peering: peered_with: [{vpc: OTHER, transit_gateway: true}]",
        ),
    },
)
VPCS = MapOf(VPC, "a map of VPCs", "a VPC name")

EXISTING_GROUP = Record(
    model.Existing,
    "existingGroup",
    "an existing group",
    "A security group that something else manages: a peer, attachable to workloads, never created or changed.",
    (
        Field("id", GROUP_ID_TEXT, ID_OF),
        Field(
            "vpc",
            Reference("a VPC"),
            "The VPC in which it lives, or the `vpc_id` of a peering. Default: the only one.",
        ),
        Field("account", ACCOUNT_ID, "The account that owns it, where it is another. Default: that of the peering."),
        environments_field("The group"),
    ),
)

EXISTING_HERE = Record(
    lambda **values: model.Existing(**values, environments=None),
    "existingGroupHere",
    "an existing group",
    "What differs in this environment for an existing group.",
    tuple(each for each in EXISTING_GROUP.fields if each.key != "environments"),
)

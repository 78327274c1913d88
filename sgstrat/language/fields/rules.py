"""Rules and flows."""

from __future__ import annotations

from sgstrat.language import model
from sgstrat.language.fields.common import _PEER_KEYS, DAY, PEER, RULE_TRAPS, SERVICE, WHY, environments_field
from sgstrat.language.shapes import Name, Text
from sgstrat.language.structures import Field, ListOf, Record, Trap

SERVICES = Field(
    "services",
    ListOf(SERVICE, "a list of services", or_one=True),
    "What may pass: names of services (`https`), literals (`tcp/8080`, `icmp/8`), or a list of both. "
    "`sgstrat services` lists the catalogue.",
    required=True,
    fallback=(),
)
RULE_TAIL = (
    Field("why", WHY, "Why this is allowed. It becomes the rule's description in AWS.", required=True, fallback=""),
    Field("name", Name("a rule name"), "A stable name, so that a waiver can point at this."),
    Field("expires", DAY, "The last day (UTC) on which this is part of a build."),
    Field("ticket", Text("a ticket", 256), "The change or ticket that asked for this."),
    environments_field("This"),
)
PEERS = ListOf(PEER, "a peer or a list of peers", or_one=True)

INGRESS_RULE = Record(
    model.Rule,
    "ingressRule",
    "an ingress rule",
    "Who may reach this group, on what, and why.",
    (
        Field(
            "from",
            PEERS,
            "Where the traffic comes from: groups, networks, prefix lists, VPCs, CIDRs, `self`, `internet`.",
            True,
            "peers",
            (),
        ),
        SERVICES,
        *RULE_TAIL,
    ),
    {
        **RULE_TRAPS,
        "to": Trap(
            "SG110", "an ingress rule has no key to", "write from: here, or move the rule to egress:", _PEER_KEYS
        ),
    },
)
EGRESS_RULE = Record(
    model.Rule,
    "egressRule",
    "an egress rule",
    "What this group may reach, on what, and why.",
    (
        Field(
            "to",
            PEERS,
            "Where the traffic goes: groups, networks, prefix lists, VPCs, CIDRs, `self`, `internet`.",
            True,
            "peers",
            (),
        ),
        SERVICES,
        *RULE_TAIL,
    ),
    {
        **RULE_TRAPS,
        "from": Trap(
            "SG110", "an egress rule has no key from", "write to: here, or move the rule to ingress:", _PEER_KEYS
        ),
    },
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

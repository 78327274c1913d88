"""What the field tables share: single values, ids, tags, and explanations for keys that do not exist."""

from __future__ import annotations

from typing import Any

from sgstrat.diagnostics.finding import Findings
from sgstrat.facts.ids import ACCOUNT, PREFIX_LIST_ID, REGION, SECURITY_GROUP_ID, SSM_PATH, VPC_ID
from sgstrat.facts.limits import limit
from sgstrat.facts.text import NAME_CHARACTERS, RULE_CHARACTERS
from sgstrat.language import model
from sgstrat.language.shapes import AwsText, Choice, DayShape, Integer, JsonSchema, Name, PlacedText, Reference, Text
from sgstrat.language.structures import ByForm, Field, ListOf, Record, TextMap, Trap
from sgstrat.source.span import Span
from sgstrat.syntax.nodes import Node

NOWHERE = model.Word("", Span("", 1, 1, 1, 1))

DESCRIPTION = AwsText("a description", NAME_CHARACTERS, limit("group_description_length"))
WHY = AwsText("a why", RULE_CHARACTERS, limit("rule_description_length"))
FREE_TEXT = Text("a text", 2000)
SHORT_TEXT = Text("a text", 256)
ACCOUNT_ID = Text("an account id", 12, ACCOUNT, 'twelve digits in quotes: "111111111111"', ("111111111111",))
REGION_NAME = Text("a region", 32, REGION, "such as eu-west-1", ("eu-west-1",))
PEER = Reference("a peer", "peerName", examples=("internet", "self", "10.0.0.0/16"))
SERVICE = Reference("a service", "serviceName", examples=("https", "tcp/8080", "tcp/8000-8100", "icmp/8", "all"))
DAY = DayShape()
ENVIRONMENTS = ListOf(Reference("an environment"), "a list of environments", or_one=True)


class Version:
    """The language version: this compiler reads version 1."""

    noun = "the language version"

    def read(self, node: Node, findings: Findings) -> Any:
        number = Integer("the language version", 0, 10**9).read(node, findings)
        if number is not None and number.value != 1:
            findings.add(
                "SG125",
                f"language version {number.value} is not known",
                node.span,
                help="this compiler reads version: 1",
            )
        return number

    def schema(self, definitions: JsonSchema) -> JsonSchema:
        return {"type": "integer", "enum": [1]}


def environments_field(what: str) -> Field:
    """The key ``environments`` of something; ``what`` begins its documentation: ``The list``."""
    return Field("environments", ENVIRONMENTS, f"{what} exists in these environments only. Default: in all.")


def later(key: str, what: str) -> Trap:
    """What is said (SG118) at a key that belongs to the language but is not compiled by this version."""
    return Trap("SG118", f"not yet: {key} ({what}) is not compiled by this version", "leave the key out")


NO_DENY = (
    "security groups only allow: all rules of all attached groups add up, and nothing is ordered or denied",
    "leave it out; a network ACL is where a deny lives",
)
_PEER_KEYS = ("from", "to")
RULE_TRAPS = {
    **{
        key: Trap("SG117", f"a rule has no {key}: {NO_DENY[0]}", NO_DENY[1], _PEER_KEYS)
        for key in ("action", "deny", "priority", "order", "effect")
    },
    **{
        key: Trap(
            "SG110",
            f"a rule has no key {key}",
            "write protocol and ports as a service: services: tcp/443",
            ("services",),
        )
        for key in ("port", "ports", "protocol", "from_port", "to_port", "service")
    },
    **{
        key: Trap("SG110", f"a rule has no key {key}", "name the peer in from: or to:", _PEER_KEYS)
        for key in ("cidr", "cidrs", "source", "destination", "peer")
    },
    **{
        key: Trap("SG110", f"a rule has no key {key}", "write it as why:", ("why",))
        for key in ("description", "comment", "reason")
    },
}

ID_OF = "A literal id, or `{ssm: /path}`; without it the id becomes an input of the output."


def _id_text(noun: str, pattern: str, example: str) -> ByForm:
    literal = PlacedText(noun, 32, pattern, f"such as {example}", (example,))
    ssm = Record(
        lambda ssm, **_: model.IdText(None, ssm),
        "ssmPath",
        "an SSM parameter",
        "The id is the value of an SSM parameter.",
        (
            Field(
                "ssm",
                PlacedText("an SSM parameter path", 1011, SSM_PATH, "such as /network/vpc/id", ("/network/vpc/id",)),
                "The parameter's path.",
                True,
            ),
        ),
    )
    return ByForm(
        f"{noun} or {{ssm: /path}}", text=literal, mapping=ssm, wrap=lambda word, _span: model.IdText(word, None)
    )


VPC_ID_TEXT = _id_text("a VPC id", VPC_ID, "vpc-0d0000000000000d1")
GROUP_ID_TEXT = _id_text("a security group id", SECURITY_GROUP_ID, "sg-0123456789abcdef0")
LIST_ID_TEXT = _id_text("a prefix list id", PREFIX_LIST_ID, "pl-0123456789abcdef0")

TAGS = TextMap(
    PlacedText("a tag key", limit("tag_key_length")),
    PlacedText("a tag value", limit("tag_value_length")),
    "a map of tags",
)
OVERFLOW = Field(
    "overflow",
    Choice("a way to treat a full group", ("error", "split"), placed=True),
    "What to do with a group over its rule quota. `error` (the default) explains which rules weigh most; `split` "
    "divides it into `NAME`, `NAME-2`, and so on, which workloads then carry together.",
)
FORMERLY = Field(
    "formerly",
    ListOf(Name("a former key"), "a former key or a list of them", or_one=True),
    "Former keys, the oldest first. They keep the resource when the key changes.",
    fallback=(),
)
AWS_NAME = "Pins the name in AWS. Placeholders as in `naming`."

DEFAULT_GROUP = Field(
    "default_group",
    Choice(
        "lock or leave",
        ("lock", "leave"),
        placed=True,
        meanings=("Remove every rule of the VPC's default group.", "Keep its rules: a finding that needs a waiver."),
    ),
    "What happens to the VPC's own default group: `lock` removes its rules; `leave` is a finding that needs a waiver.",
)

"""Groups of the four kinds."""

from __future__ import annotations

from typing import Any

from sgstrat.language import model
from sgstrat.language.fields.common import AWS_NAME, DESCRIPTION, FORMERLY, OVERFLOW, TAGS, environments_field
from sgstrat.language.fields.rules import EGRESS_RULE, INGRESS_RULE
from sgstrat.language.shapes import Boolean, Choice, PlacedText, Reference
from sgstrat.language.structures import Field, ListOf, MapOf, Record, Trap
from sgstrat.source.span import Span

_GROUP_COMMON = (
    Field(
        "description",
        DESCRIPTION,
        "What the group is for. Changing it later replaces the group in AWS.",
        True,
        fallback="",
    ),
    Field("vpc", Reference("a VPC"), "The VPC in which the group lives. Default: the only one."),
    Field(
        "vpcs", ListOf(Reference("a VPC"), "a list of VPCs"), "The group is made in each of these VPCs.", fallback=()
    ),
    Field(
        "ingress",
        ListOf(INGRESS_RULE, "a list of ingress rules", least=0),
        "Rules of this group's ingress side.",
        fallback=(),
    ),
    Field(
        "egress",
        ListOf(EGRESS_RULE, "a list of egress rules", least=0),
        "Rules of this group's egress side. None means no egress.",
        fallback=(),
    ),
    Field("aws_name", PlacedText("an AWS name", 512), AWS_NAME),
    FORMERLY,
    Field("tags", TAGS, "Tags of this group, beside the strategy's.", fallback=()),
    OVERFLOW,
    environments_field("The group"),
)
_FACING = Field(
    "facing",
    Choice(
        "external or internal",
        ("external", "internal"),
        meanings=("Reached from outside, such as a public load balancer.", "Reached from inside alone."),
    ),
    "Whether the group faces the internet (`external`) or not (`internal`).",
)
_ENFORCE = Field(
    "enforce", Boolean(), "Every workload in the VPC, of any strategy, carries this baseline group.", fallback=False
)
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

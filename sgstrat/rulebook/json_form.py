"""rulebook.json: a rulebook as text, the same bytes every time, one rule a line so that a change reads well."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from sgstrat.rulebook.model import (
    Existing,
    Group,
    IdSource,
    OutsideVpc,
    PeeredVpc,
    PrefixList,
    Reference,
    Rule,
    Rulebook,
    Workload,
)

VERSION = 1
_quote = json.encoder.encode_basestring
_encode = json.JSONEncoder(ensure_ascii=False, separators=(", ", ": ")).encode


def write_rulebook(rulebook: Rulebook) -> str:
    """The text of rulebook.json (version 1), with a newline at its end."""
    head = {
        "rulebook": VERSION,
        "strategy": rulebook.strategy,
        "environment": rulebook.environment,
        "account": rulebook.account,
        "region": rulebook.region,
        "vpc": {
            "name": rulebook.vpc.name,
            "id": _id(rulebook.vpc.id),
            "cidrs": list(rulebook.vpc.cidrs),
            "ipv6_cidrs": list(rulebook.vpc.ipv6_cidrs),
            "peered_with": [_peered(each) for each in rulebook.vpc.peered_with],
        },
        "default_group": rulebook.default_group,
    }
    tables: tuple[tuple[str, Iterable[tuple[str, dict[str, Any]]]], ...] = (
        ("prefix_lists", ((each.key, _prefix_list(each)) for each in rulebook.prefix_lists)),
        ("existing", ((each.key, _existing(each)) for each in rulebook.existing)),
        ("references", ((each.key, _reference(each)) for each in rulebook.references)),
        ("workloads", ((each.key, _workload(each)) for each in rulebook.workloads)),
    )
    pieces = ["{\n", *(f"  {_encode(key)}: {_encode(value)},\n" for key, value in head.items())]
    pieces += _object("groups", ((group.key, _group(group)) for group in rulebook.groups))
    for name, pairs in tables:
        pieces.append(",\n")
        pieces += _object(name, ((key, _encode(value)) for key, value in pairs))
    if rulebook.packed:
        pieces.append(",\n")
        pieces += _object("packed", ((each.composite, _encode(list(each.members))) for each in rulebook.packed))
    pieces.append("\n}\n")
    return "".join(pieces)  # once: the text of a large target is longer than all that it is made of


def _object(name: str, members: Iterable[tuple[str, str]]) -> Iterator[str]:
    lead = f"  {_encode(name)}: {{\n"
    end = f"  {_encode(name)}: {{}}"
    for key, text in members:
        yield f"{lead}    {_encode(key)}: {text}"
        lead, end = ",\n", "\n  }"
    yield end


def _group(group: Group) -> str:
    head: dict[str, Any] = {
        "name": group.name,
        "kind": group.kind,
        "facing": group.facing,
        "description": group.description,
        "tags": dict(group.tags),
    }
    if group.formerly:
        head["formerly"] = list(group.formerly)
    if group.enforce:
        head["enforce"] = True
    if group.part_of is not None:
        head["part_of"] = group.part_of
    lines = [f"      {_encode(key)}: {_encode(value)}" for key, value in head.items()]
    lines.append(_rules("ingress", group.ingress))
    lines.append(_rules("egress", group.egress))
    return "{\n" + ",\n".join(lines) + "\n    }"


def _rules(direction: str, rules: tuple[Rule, ...]) -> str:
    if not rules:
        return f'      "{direction}": []'
    body = ",\n".join(map(_rule, rules))
    return f'      "{direction}": [\n{body}\n      ]'


def _rule(rule: Rule) -> str:
    """One rule as a line; written out, since nearly all of a large rulebook is rules."""
    first = "null" if rule.from_port is None else rule.from_port
    last = "null" if rule.to_port is None else rule.to_port
    kind, name = rule.peer
    return (
        f'        {{"key": "{rule.key}", "protocol": "{rule.protocol}", "from_port": {first}, "to_port": {last}, '
        f'"peer": {{"{kind}": "{name}"}}, "description": {_quote(rule.description)}, "source": {_quote(rule.source)}}}'
    )


def _peered(each: PeeredVpc) -> str | dict[str, Any]:
    """A plain peering with a strategy's VPC is its target's name alone."""
    if not isinstance(each.vpc, OutsideVpc) and not each.transit_gateway:
        return str(each.vpc)
    data: dict[str, Any] = each.vpc._asdict() if isinstance(each.vpc, OutsideVpc) else {"vpc": str(each.vpc)}
    return {**data, "transit_gateway": True} if each.transit_gateway else data


def _id(source: IdSource) -> str | dict[str, str] | None:
    return {"ssm": source.ssm} if source.ssm is not None else source.literal


def _prefix_list(each: PrefixList) -> dict[str, Any]:
    if each.origin == "aws":
        data: dict[str, Any] = {"aws": each.aws, "family": each.family, "weight": each.weight}
        if each.id.literal is not None:
            data["id"] = each.id.literal
        return data
    if each.origin == "foreign":
        return {"family": each.family, "max_entries": each.max_entries}
    if each.origin == "existing":
        return {"id": _id(each.id), "family": each.family, "max_entries": each.max_entries}
    data = {"name": each.name, "family": each.family, "max_entries": each.max_entries}
    data["entries"] = [{"cidr": entry.cidr, "description": entry.description} for entry in each.entries]
    if each.tags:
        data["tags"] = dict(each.tags)
    if each.formerly:
        data["formerly"] = list(each.formerly)
    return data


def _existing(each: Existing) -> dict[str, Any]:
    return {"id": _id(each.id), "account": each.account}


def _reference(each: Reference) -> dict[str, Any]:
    data = {
        "kind": each.kind,
        "strategy": each.strategy,
        "environment": each.environment,
        "vpc": each.vpc,
        "key": each.identity,
    }
    return data if each.account is None else {**data, "account": each.account}


def _workload(each: Workload) -> dict[str, Any]:
    return {"groups": list(each.groups), "reserved_groups": each.reserved_groups, "networks": list(each.networks)}

"""The JSON Schema of rulebook.json, version 1."""

from __future__ import annotations

from typing import Any

from sgstrat.rulebook.json_form import VERSION

JsonSchema = dict[str, Any]
_TEXT: JsonSchema = {"type": "string"}
_MAYBE: JsonSchema = {"type": ["string", "null"]}
_TEXTS: JsonSchema = {"type": "array", "items": _TEXT}
_PORT: JsonSchema = {"type": ["integer", "null"], "minimum": -1, "maximum": 65535}
_FAMILY: JsonSchema = {"type": "string", "enum": ["ipv4", "ipv6"]}
_ID: JsonSchema = {
    "description": "A literal id, the SSM parameter that holds it, or null where it is an input of the output.",
    "anyOf": [
        _MAYBE,
        {"type": "object", "properties": {"ssm": _TEXT}, "required": ["ssm"], "additionalProperties": False},
    ],
}
_TAGS: JsonSchema = {"type": "object", "additionalProperties": _TEXT}


def rulebook_schema() -> JsonSchema:
    """The schema of the compiled result of one target."""
    definitions = {
        "rule": _rule(),
        "peer": _peer(),
        "group": _group(),
        "prefixList": _prefix_list(),
        "id": _ID,
        "peered": _peered(),
    }
    properties: JsonSchema = {
        "rulebook": {"type": "integer", "enum": [VERSION], "description": "Version of this format."},
        "strategy": _TEXT,
        "environment": _TEXT,
        "account": _MAYBE,
        "region": _MAYBE,
        "vpc": _object(
            {
                "name": _TEXT,
                "id": _ref("id"),
                "cidrs": _TEXTS,
                "ipv6_cidrs": _TEXTS,
                "peered_with": {
                    "type": "array",
                    "items": _ref("peered"),
                    "description": "The VPCs connected with this one, as the targets in them or by their ids.",
                },
            }
        ),
        "default_group": {
            "type": ["string", "null"],
            "enum": ["lock", "leave", None],
            "description": "What this target does with the VPC's default group; null where it does not own it.",
        },
        "groups": _map(_ref("group"), "Security groups to create, by key."),
        "prefix_lists": _map(_ref("prefixList"), "Prefix lists that are created here or named by a rule, by key."),
        "existing": _map(
            _object({"id": _ref("id"), "account": _MAYBE}), "Groups that something else manages, by name."
        ),
        "references": _map(
            _object(
                {
                    "kind": {"type": "string", "enum": ["group", "prefix_list"]},
                    "strategy": _TEXT,
                    "environment": _TEXT,
                    "vpc": _TEXT,
                    "key": _TEXT,
                    "account": {**_TEXT, "description": "The owner, where that is another account."},
                },
                optional=("account",),
            ),
            "Groups and lists of other targets that this one names: OTHER/NAME, or NAME@VPC for the strategy's own.",
        ),
        "workloads": _map(
            _object({"groups": _TEXTS, "reserved_groups": {"type": "integer", "minimum": 0}, "networks": _TEXTS}),
            "Group lists in order of attachment.",
        ),
        "packed": _map(
            {**_TEXTS, "minItems": 2},
            "Groups that stand for several on some interfaces (pack: true), and the declared keys of those.",
        ),
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "sgstrat rulebook",
        **_object(properties, optional=("packed",)),
        "$defs": definitions,
    }


def _object(properties: JsonSchema, optional: tuple[str, ...] = ()) -> JsonSchema:
    return {
        "type": "object",
        "properties": properties,
        "required": [key for key in properties if key not in optional],
        "additionalProperties": False,
    }


def _map(value: JsonSchema, description: str) -> JsonSchema:
    return {"type": "object", "additionalProperties": value, "description": description}


def _ref(name: str) -> JsonSchema:
    return {"$ref": f"#/$defs/{name}"}


def _rule() -> JsonSchema:
    return _object(
        {
            "key": {**_TEXT, "description": "Made of the rule's content; unique in its group and direction."},
            "protocol": {**_TEXT, "pattern": "^(tcp|udp|icmp|icmpv6|-1|[0-9]{1,3})$"},
            "from_port": {
                **_PORT,
                "description": "First port, or ICMP type (-1 any); null where the protocol has none.",
            },
            "to_port": {**_PORT, "description": "Last port, inclusive, or ICMP code (-1 any)."},
            "peer": _ref("peer"),
            "description": _TEXT,
            "source": {**_TEXT, "description": "File and path of what was written; never a line."},
        }
    )


def _peer() -> JsonSchema:
    return {"anyOf": [_object({kind: _TEXT}) for kind in ("cidr", "group", "prefix_list")]}


def _peered() -> JsonSchema:
    gateway = {"type": "boolean", "enum": [True], "description": "Only ingress rules can name groups over it."}
    place = {**_TEXT, "description": "STRATEGY/ENVIRONMENT/VPC"}
    outside = {"account": _MAYBE, "region": _MAYBE, "vpc_id": _TEXT, "transit_gateway": gateway}
    return {
        "anyOf": [
            place,
            _object({"vpc": place, "transit_gateway": gateway}),
            _object(outside, optional=("transit_gateway",)),
        ]
    }


def _group() -> JsonSchema:
    rules = {"type": "array", "items": _ref("rule")}
    return _object(
        {
            "name": _TEXT,
            "kind": {"type": "string", "enum": ["baseline", "os", "app", "service"]},
            "facing": _MAYBE,
            "description": _TEXT,
            "tags": _TAGS,
            "formerly": _TEXTS,
            "enforce": {"type": "boolean"},
            "part_of": {**_TEXT, "description": "The group of whose rules this holds a part."},
            "ingress": rules,
            "egress": rules,
        },
        optional=("formerly", "enforce", "part_of"),
    )


def _prefix_list() -> JsonSchema:
    entry = _object({"cidr": _TEXT, "description": _TEXT})
    size = {"type": "integer", "minimum": 1}
    return {
        "anyOf": [
            _object(
                {
                    "name": _TEXT,
                    "family": _FAMILY,
                    "max_entries": size,
                    "entries": {"type": "array", "items": entry},
                    "tags": _TAGS,
                    "formerly": _TEXTS,
                },
                optional=("tags", "formerly"),
            ),
            _object({"aws": _TEXT, "family": _FAMILY, "weight": size, "id": _TEXT}, optional=("id",)),
            _object({"id": _ref("id"), "family": _FAMILY, "max_entries": size}, optional=("id",)),
        ]
    }

"""What the published schemas say to people beside what they say to validators: Markdown, names of values, snippets.

An editor with the YAML language server shows it on completion and hover, so that a first strategy can be written
without the manual. Validators ignore all of it; the gate therefore uses schemas without it.
Source of the keywords: yaml-language-server and Visual Studio Code, JSON schemas and settings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from sgstrat.facts.prefix_lists import managed_lists
from sgstrat.facts.services import catalogue

JsonSchema = dict[str, Any]

_CODE = re.compile(r"`([^`]*)`")


class Snippet(NamedTuple):
    """A piece to start from. ``body`` is YAML as data; ``${1:text}`` is where one types next."""

    label: str
    description: str
    body: Any


_RULE_TAIL = {"services": "${2:https}", "why": "${3:Why this is allowed}"}
_FLOW = {"from": "${1:web-servers}", "to": "${2:db-servers}", "services": "${3:mysql}", "why": "${4:Orders}"}
_GROUP = {"${1:name}": {"description": "${2:What the group is for}"}}
_FIRST = {
    "version": 1,
    "strategy": "${1:shop}",
    "owner": "${2:team-shop}",
    "groups": {
        "app": {
            "${3:web-servers}": {"description": "${4:Web tier}"},
            "${5:db-servers}": {"description": "${6:MySQL}"},
        }
    },
    "flows": [
        {"from": "${3:web-servers}", "to": "${5:db-servers}", "services": "${7:mysql}", "why": "${8:Orders and stock}"}
    ],
    "workloads": {
        "${9:storefront}": {"groups": ["${3:web-servers}"]},
        "${10:database}": {"groups": ["${5:db-servers}"]},
    },
}
# by title of the document, name of the definition, or path of keys from the document
SNIPPETS: dict[str, tuple[Snippet, ...]] = {
    "strategy": (Snippet("first strategy", "Two groups, who may talk to whom, and what carries them", _FIRST),),
    "groups.baseline": (Snippet("baseline group", "What every workload of the strategy carries", _GROUP),),
    "groups.os": (Snippet("os group", "What an operating system needs", _GROUP),),
    "groups.service": (Snippet("service group", "One service that several workloads may carry", _GROUP),),
    "groups.app": (Snippet("app group", "One tier or component of an application", _GROUP),),
    "ingressRule": (Snippet("ingress rule", "Who may reach this group", {"from": "${1:internet}", **_RULE_TAIL}),),
    "egressRule": (Snippet("egress rule", "What this group may reach", {"to": "${1:internet}", **_RULE_TAIL}),),
    "flow": (
        Snippet("flow", "Who may talk to whom", _FLOW),
        Snippet("named flow", "A flow that a waiver can point at", {"name": "${5:orders}", **_FLOW}),
    ),
    "assertion": (
        Snippet(
            "never",
            "What may not be reachable",
            {"deny": {"from": "${1:internet}", "to": "${2:db-servers}"}, "why": "${3:Customer data is never public}"},
        ),
        Snippet(
            "always",
            "What has to be reachable",
            {
                "allow": {"from": "${1:web-servers}", "to": "${2:db-servers}", "services": "${3:mysql}"},
                "why": "${4:The shop works}",
            },
        ),
        Snippet(
            "nothing else",
            "Who alone may reach something",
            {"only": {"from": ["${1:web-servers}"], "to": "${2:db-servers}"}, "why": "${3:Orders alone}"},
        ),
    ),
    "waiver": (
        Snippet(
            "waiver",
            "A dated exception to one finding",
            {
                "code": "${1:SG401}",
                "path": "${2:flows.public-shop}",
                "why": "${3:The storefront is public}",
                "until": "${4:2027-06-30}",
                "approved_by": "${5:security}",
            },
        ),
    ),
    "prefixList": (
        Snippet(
            "own prefix list",
            "A managed prefix list that is created",
            {
                "max_entries": "${1:10}",
                "entries": [{"cidr": "${2:198.51.100.0/25}", "description": "${3:Carrier API}"}],
            },
        ),
        Snippet("AWS-managed prefix list", "Addresses of an AWS service", {"aws": "${1:s3}"}),
        Snippet(
            "existing prefix list",
            "A list that something else manages",
            {"id": "${1:pl-0123456789abcdef0}", "family": "${2:ipv4}", "max_entries": "${3:10}"},
        ),
    ),
    "workloads": (
        Snippet("workload", "What a network interface carries", {"${1:name}": {"groups": ["${2:web-servers}"]}}),
    ),
    "environments": (
        Snippet(
            "environment",
            "Where the strategy is deployed",
            {"${1:prod}": {"account": '"${2:111111111111}"', "region": "${3:eu-west-1}"}},
        ),
    ),
    "vpcs": (Snippet("VPC", "A VPC and its addresses", {"${1:main}": {"cidrs": ["${2:10.20.0.0/16}"]}}),),
    "networks": (Snippet("network", "A named list of CIDRs", {"${1:offices}": ["${2:203.0.113.0/28}"]}),),
    "services": (Snippet("service", "A name for protocol and ports", {"${1:app-http}": "${2:tcp/8080}"}),),
}
_PEER_WORDS = {
    "internet": "all public addresses: 0.0.0.0/0 and ::/0",
    "internet-ipv4": "0.0.0.0/0",
    "internet-ipv6": "::/0",
    "self": "members of this group, in its own rules",
}


def teach(document: JsonSchema, name: str) -> JsonSchema:
    """The same schema with what people read; ``name`` is the kind of file. Nothing that validates changes."""
    taught: JsonSchema = _taught(document, document["$defs"])
    definitions = taught["$defs"]
    for key, snippets in SNIPPETS.items():
        for place in _places(taught, definitions, key, name):
            place["defaultSnippets"] = [_snippet(*each) for each in snippets]
    _offer(definitions, "service", [(text, _title(text), text) for text in catalogue()])
    _offer(definitions, "peer", [(word, said, word) for word, said in _PEER_WORDS.items()])
    if "prefixList" in definitions:
        lists = [_snippet(short, known.name, short) for short, known in managed_lists().items()]
        definitions["prefixList"]["properties"]["aws"]["defaultSnippets"] = lists
    return taught


def _taught(value: Any, definitions: JsonSchema) -> Any:
    if isinstance(value, list):
        return [_taught(item, definitions) for item in value]
    if not isinstance(value, dict):
        return value
    made = {key: _taught(item, definitions) for key, item in value.items()}
    doc = value.get("description")
    if isinstance(doc, str):
        made["description"] = _CODE.sub(r"\1", doc)
        if made["description"] != doc:
            made["markdownDescription"] = doc
    if "allOf" in value and "type" not in value:
        # a server that does not look through the reference would not know what to write after the key
        made["type"] = definitions[value["allOf"][0]["$ref"].rpartition("/")[2]]["type"]
    return made


def _places(taught: JsonSchema, definitions: JsonSchema, key: str, name: str) -> Iterator[JsonSchema]:
    if key == "strategy":
        if name == "strategy":
            yield taught
    elif key in definitions:
        yield definitions[key]
    elif "." in key:
        head, _, rest = key.partition(".")
        yield from (found for found in (definitions.get(head, {}).get("properties", {}).get(rest),) if found)
    elif key in taught["properties"]:
        yield taught["properties"][key]


def _offer(definitions: JsonSchema, name: str, words: list[tuple[str, str, str]]) -> None:
    place = definitions.get(f"{name}Name")
    if place is not None:
        place["defaultSnippets"] = [_snippet(*each) for each in words]


def _snippet(label: str, description: str, body: Any) -> JsonSchema:
    return {"label": label, "description": description, "body": body}


def _title(name: str) -> str:
    known = catalogue()[name]
    return f"{known.title}: {', '.join(known.parts)}"

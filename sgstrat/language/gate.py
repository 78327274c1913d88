"""The published JSON Schema as a gate: nothing is built that an editor with that schema would refuse.

The decoder has already explained every mistake it knows. What only the schema refuses is a fault of ours, and is
reported rather than passed over.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from sgstrat.diagnostics.finding import Findings
from sgstrat.language.schema import schema
from sgstrat.source.span import Span
from sgstrat.syntax.nodes import Mapping, Node, Scalar, Sequence

_TYPED_BEGINS = frozenset("-0123456789tf")
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})\Z", re.ASCII)


def plain(node: Node) -> Any:
    """A node as the JSON value that editors see."""
    if isinstance(node, Scalar):
        # only what begins like one of them can be a number or a boolean
        return _typed(node.value) if node.plain and node.value[:1] in _TYPED_BEGINS else node.value
    if isinstance(node, Mapping):
        return {key.value: plain(value) for key, value in node.entries}
    return [plain(item) for item in node.items]


def _typed(text: str) -> Any:
    if text in ("true", "false"):
        return text == "true"
    return int(text) if _INTEGER.match(text) else text


@lru_cache
def _validator(name: str) -> Any:
    import jsonschema_rs  # a compiled library: loaded when the first document needs it

    return jsonschema_rs.validator_for(schema(name))


def check_schema(name: str, node: Node, findings: Findings) -> None:
    """Report where a document that the decoder accepts does not fit the published schema."""
    value = plain(node)
    if _validator(name).is_valid(value):
        return
    import jsonschema  # slow to import, and only ever needed here

    for error in jsonschema.Draft7Validator(schema(name)).iter_errors(value):
        findings.add(
            "SG119",
            f"the published schema refuses this: {error.message[:200]}",
            _span_at(node, list(error.absolute_path)),
            help="this is a fault of the compiler: please report it",
        )


def _span_at(node: Node, path: list[Any]) -> Span:
    for step in path:
        if isinstance(node, Mapping):
            node = next((entry.value for entry in node.entries if entry.key.value == step), node)
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
    return node.span

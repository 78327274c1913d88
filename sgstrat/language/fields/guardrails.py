"""What an organisation lays down for every strategy: the guardrails of sgstrat.yaml."""

from __future__ import annotations

from typing import Any

from sgstrat.diagnostics.codes import CODE_PATTERN
from sgstrat.diagnostics.finding import Findings
from sgstrat.facts.limits import limit
from sgstrat.language import model
from sgstrat.language.fields.common import SERVICE
from sgstrat.language.shapes import Boolean, Choice, Integer, PlacedText, Reference
from sgstrat.language.structures import Field, ListOf, Record, TextMap
from sgstrat.syntax.nodes import Node, Scalar

EVERY_CODE = "all"
"""The key of ``waive`` that stands for every code that it does not name."""

_STRATEGIES = ListOf(Reference("a strategy"), "a list of strategies", least=0, or_one=True)


class _Grade(Choice):
    """A severity or ``off``, which needs no quotes: YAML 1.1 reads a boolean, but it can mean one thing only here."""

    def read(self, node: Node, findings: Findings) -> Any:
        if isinstance(node, Scalar) and node.value == "off":
            return model.Word(node.value, node.span)
        return super().read(node, findings)


NAME_PATTERNS = Record(
    model.NamePatterns,
    "namePatterns",
    "name_patterns",
    "What names in AWS look like, shell-style: `*`, `?`, `[a-z]`.",
    (
        Field(
            "group",
            ListOf(
                PlacedText("a pattern", limit("group_name_length"), examples=("prod-*",)),
                "a list of patterns",
                or_one=True,
            ),
            "The AWS name of every group has to match one of these.",
            fallback=(),
        ),
    ),
)
WIDEST_CIDR = Record(
    model.WidestCidr,
    "widestCidr",
    "widest_cidr",
    "The widest public blocks that rules may name without a finding, as prefix lengths.",
    (
        Field("ipv4", Integer("an IPv4 prefix length", 1, 32, placed=False), "For IPv4, 1 to 32. Default: 24."),
        Field("ipv6", Integer("an IPv6 prefix length", 1, 128, placed=False), "For IPv6, 1 to 128. Default: 32."),
    ),
)
GUARDRAILS = Record(
    model.Guardrails,
    "guardrails",
    "guardrails",
    "What the organisation lays down for every strategy.",
    (
        Field(
            "may_enforce",
            _STRATEGIES,
            "The strategies that may mark baseline groups `enforce: true`. Default: any.",
        ),
        Field(
            "severity",
            TextMap(
                PlacedText("a finding code", 13, CODE_PATTERN, "such as SG401", ("SG401",)),
                _Grade("a severity", ("error", "warning", "note", "off"), placed=True),
                "a map of severities",
            ),
            "Severities by code: `error`, `warning`, `note` or `off`. An error that cannot be waived stays one.",
            fallback=(),
        ),
        Field("required_owner", Boolean(), "Whether every strategy has to name its `owner`.", fallback=False),
        Field(
            "required_tags",
            ListOf(PlacedText("a tag key", limit("tag_key_length")), "a list of tag keys", or_one=True),
            "Tags that every group and own prefix list has to carry.",
            fallback=(),
        ),
        Field("name_patterns", NAME_PATTERNS, NAME_PATTERNS.doc),
        Field(
            "never_open",
            ListOf(SERVICE, "a list of services", or_one=True),
            "Services that may not be open to the internet, waiver or not: those of the catalogue or of this file, or "
            "literals. A service that a strategy defines under the same name is not meant.",
            fallback=(),
        ),
        Field("widest_cidr", WIDEST_CIDR, WIDEST_CIDR.doc),
        Field(
            "widest_port_range",
            Integer("a number of ports", 1, 65536, placed=False),
            "The most ports in a row that a rule may open without a finding. Default: 100.",
        ),
        Field(
            "waive",
            TextMap(
                PlacedText(
                    "a finding code or all",
                    13,
                    f"^({EVERY_CODE}|{CODE_PATTERN.removeprefix('^').removesuffix('$')})$",
                    "such as SG401, or all for every code that is not named",
                    ("SG401", EVERY_CODE),
                ),
                _STRATEGIES,
                "a map of lists of strategies",
            ),
            "Which strategies may waive what: `{SG401: [platform], all: []}`. `all` stands for every code that is not "
            "named; without it anybody may waive those.",
            fallback=(),
        ),
    ),
)

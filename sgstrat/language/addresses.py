"""Shapes of addresses: what may stand where a CIDR block is expected, and what is said of a DNS name there.

Knows YAML nodes and findings, not the strategy language.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sgstrat.diagnostics.finding import Findings
from sgstrat.diagnostics.remedy import Remedy, rewriting
from sgstrat.language.model import Word
from sgstrat.language.shapes import JsonSchema, read_text
from sgstrat.net.cidr import FAMILY_NAMES, CidrError, parse_cidr
from sgstrat.source.span import Span
from sgstrat.syntax.nodes import Node
from sgstrat.syntax.scalars import show

_DNS = re.compile(r"([a-z]+://)?(\*|[a-zA-Z0-9_-]+)(\.[a-zA-Z0-9_-]+)*\.[a-zA-Z][a-zA-Z0-9-]*\.?(:[0-9]+)?(/.*)?\Z")


def looks_like_dns(text: str) -> bool:
    """Whether a text is a host name, or a URL or endpoint with one: security groups have no such peer."""
    return bool(_DNS.match(text))


def check_cidr(text: str, span: Span, findings: Findings) -> bool:
    """Whether a text is a CIDR block; a finding says why not and which block was meant."""
    try:
        parse_cidr(text)
    except CidrError as error:
        if looks_like_dns(text):
            findings.add(
                "SG116",
                f"{show(text)} is a DNS name; security groups know addresses only",
                span,
                help="declare a network or a prefix list with its addresses, and name that",
            )
            return False
        findings.add(
            "SG116",
            f"{show(text)} is not a CIDR block: {error.reason}",
            span,
            help=f"did you mean {error.meant}?" if error.meant else "write it as 10.0.0.0/16 or 2001:db8::/32",
            fix=_fix(text, span, error),
        )
        return False
    return True


def _fix(text: str, span: Span, error: CidrError) -> Remedy | None:
    """To write the block that was meant: safe where EC2 makes it of the same text, since it clears host bits.

    An address with /0 is a slip, and nobody's wish for the whole internet. Source: EC2 API, IpRange.
    """
    if error.meant is None or error.meant.endswith("/0"):
        return None
    return rewriting(span, text, error.meant, is_safe=error.has_host_bits)


@dataclass(frozen=True)
class CidrText:
    """A CIDR block without host bits.

    With ``keeps_place`` a wrong one is an empty word, so that its list is not empty.
    """

    noun: str = "a CIDR block"
    family: str | None = None
    keeps_place: bool = False

    def read(self, node: Node, findings: Findings) -> Any:
        text = read_text(node, findings, self.noun)
        if text is None or not check_cidr(text, node.span, findings):
            return Word("", node.span) if self.keeps_place else None
        found = parse_cidr(text).family
        if self.family is not None and found != self.family:
            findings.add("SG116", f"{show(text)} is an {FAMILY_NAMES[found]} block; expected {self.noun}", node.span)
            return None
        return Word(text, node.span)

    def schema(self, definitions: JsonSchema) -> JsonSchema:
        return {"type": "string", "pattern": "^[0-9A-Fa-f:.]+/[0-9]{1,3}$", "examples": ["10.0.0.0/16"]}

"""Nodes in short, for tests: what was read, and with which places."""

from __future__ import annotations

from sgstrat.diagnostics.finding import Finding, Findings
from sgstrat.syntax.nodes import Mapping, Node, Scalar
from sgstrat.syntax.parse import parse


def read(text: str, pure: bool = False) -> tuple[Node | None, tuple[Finding, ...]]:
    """What a text parses to, with its findings in order."""
    findings = Findings()
    node = parse(text, "f.yaml", findings, pure=pure)
    return node, findings.result()


def values(node: Node | None) -> object:
    """Scalars as texts, mappings as lists of pairs, lists as lists."""
    if node is None:
        return None
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Mapping):
        return [(entry.key.value, values(entry.value)) for entry in node.entries]
    return [values(item) for item in node.items]


def spans(node: Node) -> list[str]:
    """Every node in order of writing, parents first, as ``line:column-line:column``."""
    lines = [f"{node.span.line}:{node.span.column}-{node.span.end_line}:{node.span.end_column}"]
    if isinstance(node, Mapping):
        for entry in node.entries:
            lines += spans(entry.key) + spans(entry.value)
    elif not isinstance(node, Scalar):
        for item in node.items:
            lines += spans(item)
    return lines

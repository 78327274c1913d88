"""A graph as Mermaid, DOT and JSON. Every label is escaped as its form demands; ids are numbers, never names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import count

from sgstrat.report.graph_model import Edge, Graph, Node
from sgstrat.report.json_text import json_text
from sgstrat.report.text import safe

VERSION = 1
MOST_SERVICES = 4
MERMAID_EDGES = 500
"""How many edges Mermaid draws unless it is configured otherwise (its ``maxEdges``)."""
_MOST_CIDRS = 4
_FILLS = {
    "baseline": "#e8e8e8",
    "os": "#dfe9f5",
    "service": "#e2f0d9",
    "app": "#cfe2ff",
    "existing": "#f5f0e1",
    "workload": "#ffffff",
    "network": "#fff3cd",
    "list": "#fff3cd",
    "internet": "#f8d7da",
}
_ARROWS = {"open": "-->", "one-sided": "-.->", "carries": "---"}
_STYLES = {"open": "solid", "one-sided": "dashed", "carries": "dotted"}


def _ids(graph: Graph) -> dict[Node, str]:
    numbers = count(1)
    return {node: f"n{next(numbers)}" for node in graph.nodes}


def _clusters(graph: Graph) -> Iterator[tuple[str, list[Node]]]:
    """The nodes by where they live; those outside of the workspace by environment alone."""
    found: dict[tuple[bool, str], list[Node]] = defaultdict(list)
    for node in graph.nodes:
        inside = node.target is not None
        found[not inside, str(node.target) if inside else f"outside, {node.environment}"].append(node)
    for (_, title), nodes in sorted(found.items()):
        yield title, nodes


def _label(node: Node) -> str:
    if node.kind == "network":
        rest = len(node.cidrs) - _MOST_CIDRS
        blocks = ", ".join(node.cidrs[:_MOST_CIDRS]) + (f" and {rest} more" if rest > 0 else "")
        return blocks if node.name == ", ".join(node.cidrs) else f"{node.name}: {blocks}"
    return node.name if node.kind in ("internet", "app") else f"{node.name} ({node.kind})"


def _services(edge: Edge) -> str:
    services = edge.services
    rest = len(services) - MOST_SERVICES
    return ", ".join(services[:MOST_SERVICES]) + (f" and {rest} more" if rest > 0 else "")


# -- Mermaid


def _mermaid_text(text: str) -> str:
    """A quoted label. Mermaid reads ``#NUMBER;`` as a character, and takes nothing else for markup."""
    plain = (char if char.isalnum() or char in " -_./:,()" else f"#{ord(char)};" for char in safe(text))
    return f'"{"".join(plain)}"'


def mermaid(graph: Graph) -> str:
    """A flowchart, for a fence marked ``mermaid``."""
    ids = _ids(graph)
    lines = ["flowchart LR"]
    for number, (title, nodes) in enumerate(_clusters(graph), 1):
        lines.append(f"  subgraph c{number}[{_mermaid_text(title)}]")
        lines += [f"    {ids[node]}[{_mermaid_text(_label(node))}]:::{node.kind}" for node in nodes]
        lines.append("  end")
    for edge in graph.edges:
        label = f"|{_mermaid_text(_services(edge))}|" if edge.kinds else ""
        lines.append(f"  {ids[edge.source]} {_ARROWS[edge.kind]}{label} {ids[edge.destination]}")
    kinds = dict.fromkeys(node.kind for node in graph.nodes)
    lines += [f"  classDef {kind} fill:{_FILLS[kind]},stroke:#555,color:#000" for kind in kinds]
    return "\n".join(lines) + "\n"


# -- DOT


def _dot_text(text: str) -> str:
    escaped = safe(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def dot(graph: Graph) -> str:
    """A digraph for Graphviz."""
    ids = _ids(graph)
    lines = ["digraph sgstrat {", "  rankdir=LR;", '  node [shape=box, style=filled, fontname="sans-serif"];']
    for number, (title, nodes) in enumerate(_clusters(graph), 1):
        lines += [f"  subgraph cluster_{number} {{", f"    label={_dot_text(title)};"]
        lines += [
            f'    {ids[node]} [label={_dot_text(_label(node))}, fillcolor="{_FILLS[node.kind]}"];' for node in nodes
        ]
        lines.append("  }")
    for edge in graph.edges:
        arrow = ", dir=none" if edge.kind == "carries" else ""
        attributes = f"label={_dot_text(_services(edge))}, style={_STYLES[edge.kind]}{arrow}"
        lines.append(f"  {ids[edge.source]} -> {ids[edge.destination]} [{attributes}];")
    lines.append("}")
    return "\n".join(lines) + "\n"


# -- JSON


def graph_json(graph: Graph) -> str:
    """Everything, for programs. Version 1; keys are only ever added."""
    ids = _ids(graph)
    nodes = [
        {
            "id": ids[node],
            "kind": node.kind,
            "name": node.name,
            "environment": node.environment,
            "target": str(node.target) if node.target is not None else None,
            "cidrs": list(node.cidrs),
        }
        for node in graph.nodes
    ]
    edges = [
        {"from": ids[edge.source], "to": ids[edge.destination], "kind": edge.kind, "services": list(edge.services)}
        for edge in graph.edges
    ]
    return json_text({"graph": VERSION, "nodes": nodes, "edges": edges})


FORMS: dict[str, Callable[[Graph], str]] = {"mermaid": mermaid, "dot": dot, "json": graph_json}

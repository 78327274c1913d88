"""The graph: what is in it, what the filters leave, and labels that stay labels in every form."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, strategies as st
from repository import sgstrat

from sgstrat.net.service import service_interval
from sgstrat.pipeline import Options, compile_workspace
from sgstrat.report.graph_forms import FORMS, dot, graph_json, mermaid
from sgstrat.report.graph_model import NODE_KINDS, Edge, Filters, Graph, Node, build_graph, filtered

ROOT = Path(__file__).parents[2]
WEB = """\
version: 1
strategy: web
networks: {office: [192.0.2.0/28, 192.0.2.32/28]}
prefix_lists: {s3: {aws: s3}}
existing: {cluster: {id: sg-0123456789abcdef0}}
groups:
  baseline:
    base: {description: Base, egress: [{to: s3, services: https, why: Mirrors}]}
  service:
    access: {description: Access, ingress: [{from: office, services: ssh, why: Administration}]}
  app:
    front:
      description: Front
      ingress: [{from: internet, services: https, why: Public}]
      egress: [{to: back, services: tcp/9090, why: Half}]
    back: {description: Back, ingress: [{from: cluster, services: dns, why: Names}]}
    store: {description: Store}
    alone: {description: Alone}
flows:
  - {from: front, to: back, services: [tcp/8080, tcp/8081], why: Proxied}
  - {from: back, to: store, services: mysql, why: Stock}
workloads:
  one: {groups: [front]}
"""
NETWORKS = {"default": {frozenset(("192.0.2.0/28", "192.0.2.32/28")): "web/office"}}


def graph() -> Graph:
    compiled = compile_workspace(None, [("strategies/web.yaml", WEB.encode())], Options(date(2027, 1, 1)))
    assert compiled.rulebooks, compiled.findings
    return build_graph(compiled.rulebooks, compiled.rulebooks, NETWORKS)


def edges(found: Graph) -> set[tuple[str, str, str, tuple[str, ...]]]:
    return {(edge.source.name, edge.destination.name, edge.kind, edge.services) for edge in found.edges}


WHOLE = {
    ("internet", "web/front", "open", ("tcp/443",)),
    ("web/office", "web/access", "open", ("tcp/22",)),
    ("web/base", "web/s3", "open", ("tcp/443",)),
    ("web/cluster", "web/back", "open", ("tcp/53", "udp/53")),
    ("web/front", "web/back", "open", ("tcp/8080-8081",)),
    ("web/front", "web/back", "one-sided", ("tcp/9090",)),
    ("web/back", "web/store", "open", ("tcp/3306",)),
    ("web/one", "web/front", "carries", ()),
    ("web/one", "web/base", "carries", ()),
}


def test_the_whole() -> None:
    found = graph()

    assert edges(found) == WHOLE
    assert {node.kind for node in found.nodes} == set(NODE_KINDS) - {"os"}
    assert "web/alone" in {node.name for node in found.nodes}


def services(*ports: int) -> tuple[tuple[int, int], ...]:
    return tuple(service_interval("tcp", port, port) for port in ports)


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        (
            Filters(),
            {
                "web/base",
                "web/access",
                "web/front",
                "web/back",
                "web/store",
                "web/alone",
                "web/cluster",
                "web/office",
                "web/s3",
                "internet",
            },
        ),
        (Filters(kinds=frozenset(("app",))), {"web/front", "web/back", "web/store", "web/alone"}),
        (Filters(names=("store",)), {"web/store", "web/back"}),
        (Filters(names=("store",), depth=0), {"web/store"}),
        (Filters(names=("web/store",), depth=2), {"web/store", "web/back", "web/front", "web/cluster"}),
        (Filters(names=("192.0.2.32/28",)), {"web/office", "web/access"}),
        (Filters(names=("*a*",), depth=0), {"web/base", "web/access", "web/back", "web/alone"}),
        (Filters(names=("nobody",)), set()),
        (
            Filters(services=services(22, 443)),
            {"internet", "web/front", "web/office", "web/access", "web/base", "web/s3"},
        ),
        (Filters(services=services(9090)), {"web/front", "web/back"}),
        (Filters(services=services(1)), set()),
        (Filters(kinds=frozenset(("workload", "app")), names=("one",)), {"web/one", "web/front"}),
    ],
)
def test_filters(filters: Filters, names: set[str]) -> None:
    found = filtered(graph(), filters)

    assert {node.name for node in found.nodes} == names
    for edge in found.edges:
        assert {edge.source, edge.destination} <= set(found.nodes)


def test_a_service_cuts_edges_to_itself() -> None:
    found = filtered(graph(), Filters(services=services(8080)))

    assert edges(found) == {("web/front", "web/back", "open", ("tcp/8080",))}


def test_mermaid() -> None:
    text = mermaid(filtered(graph(), Filters(names=("back",))))

    assert (
        text
        == """\
flowchart LR
  subgraph c1["web/default/main"]
    n1["web/back"]:::app
    n2["web/front"]:::app
    n3["web/store"]:::app
    n4["web/cluster (existing)"]:::existing
  end
  n1 -->|"tcp/3306"| n3
  n2 -.->|"tcp/9090"| n1
  n2 -->|"tcp/8080-8081"| n1
  n4 -->|"tcp/53, udp/53"| n1
  classDef app fill:#cfe2ff,stroke:#555,color:#000
  classDef existing fill:#f5f0e1,stroke:#555,color:#000
"""
    )


def test_json_names_every_end() -> None:
    data = json.loads(graph_json(graph()))

    names = {node["id"]: node["name"] for node in data["nodes"]}
    assert data["graph"] == 1
    assert {
        (names[edge["from"]], names[edge["to"]], edge["kind"], tuple(edge["services"])) for edge in data["edges"]
    } == WHOLE


NASTY = '"]; x --> y\n%%{init}%% <img src=x> `m` #35; \\" \\N } end \u202e \x1b[31m'


@given(st.text(max_size=40) | st.just(NASTY))
def test_labels_are_nothing_but_labels(text: str) -> None:
    node = Node(text, "network", text, None, (text,))
    small = Graph((node,), (Edge(node, node, "open", ((0, 1),)),))

    for line in mermaid(small).splitlines():
        assert re.fullmatch(r'[^"]*("[^"<>`%\\{}\]\[]*"[^"]*)?', line), line
    for line in dot(small).splitlines():
        assert len(re.findall(r'(?<!\\)(?:\\\\)*"', line)) % 2 == 0, line
    for form in (mermaid(small), dot(small)):
        assert not any(char < " " and char != "\n" for char in form)
        assert "\u202e" not in form
    assert json.loads(graph_json(small))["nodes"][0]["name"] == text


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_graphviz_reads_it() -> None:
    done = subprocess.run(("dot", "-Tplain"), input=dot(graph()), capture_output=True, text=True, check=True)

    assert done.stdout.startswith("graph ")


@pytest.mark.parametrize("form", sorted(FORMS))
def test_the_command(form: str) -> None:
    done = sgstrat(ROOT, "graph", "--environment", "prod", "--strategy", "shop", "--output-format", form)

    assert done.returncode == 0, done.stderr
    assert "shop/office-vpn" in done.stdout
    assert "internet" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--name", "db-serverz"), "did you mean db-servers?"),
        (("--service", "htps"), "did you mean https?"),
        (("--service", "tcp/99999"), "is no service"),
        (("--environment", "prd"), "did you mean prod?"),
        (("--depth", "-1"), "--depth"),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...], said: str) -> None:
    done = sgstrat(ROOT, "graph", *arguments)

    assert done.returncode == 2
    assert said in done.stderr


def test_a_large_graph_says_what_mermaid_draws(tmp_path: Path) -> None:
    groups = "".join(f"    g{number}: {{description: G}}\n" for number in range(110))
    flows = "".join(
        f"  - {{from: g{a}, to: g{(a + b) % 110}, services: https, why: W}}\n" for a in range(110) for b in range(1, 6)
    )
    (tmp_path / "strategies").mkdir()
    (tmp_path / "strategies/many.yaml").write_text(
        f"version: 1\nstrategy: many\ngroups:\n  app:\n{groups}flows:\n{flows}", "utf-8"
    )

    whole = sgstrat(tmp_path, "graph")
    part = sgstrat(tmp_path, "graph", "--name", "g5")

    assert "550 edges; Mermaid draws 500" in whole.stderr
    assert part.stderr == ""
    assert part.stdout.count("-->") == 10

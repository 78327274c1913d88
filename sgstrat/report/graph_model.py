"""A workspace as a graph: groups, workloads, networks, lists and the internet; edges are services. Knows no drawing.

An edge between two groups is what both sides grant by reference; what only one side grants is an edge of its own, since
the other side may grant it by address, through another group, or not at all. ``sgstrat query`` answers that exactly.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal, NamedTuple

from sgstrat.net.interval import Interval, Intervals, difference, intersection, union
from sgstrat.net.kinds import service_texts
from sgstrat.net.service import service_interval
from sgstrat.rulebook.model import DIRECTIONS, Direction, Rule, Rulebook, TargetName
from sgstrat.rulebook.workspace import Workspace

NodeKind = Literal["baseline", "os", "service", "app", "existing", "workload", "network", "list", "internet"]
NODE_KINDS: tuple[NodeKind, ...] = (
    "baseline",
    "os",
    "service",
    "app",
    "existing",
    "workload",
    "network",
    "list",
    "internet",
)
EdgeKind = Literal["open", "one-sided", "carries"]
_WORLD = {"0.0.0.0/0": "internet-ipv4", "::/0": "internet-ipv6"}


class Node(NamedTuple):
    """``name`` is unique in its environment; ``target`` is where it lives (None outside of the workspace)."""

    environment: str
    kind: NodeKind
    name: str
    target: TargetName | None = None
    cidrs: tuple[str, ...] = ()

    @property
    def matched(self) -> tuple[str, ...]:
        """What a name filter is held against: the name, the name without its strategy, the CIDRs."""
        return (self.name, self.name.partition("/")[2] if self.target is not None else self.name, *self.cidrs)


class Edge(NamedTuple):
    """``kinds`` are packets (``net.service``), empty where a workload carries a group."""

    source: Node
    destination: Node
    kind: EdgeKind
    kinds: Intervals = ()

    @property
    def services(self) -> tuple[str, ...]:
        return service_texts(self.kinds)


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes and edges, each sorted."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


class Filters(NamedTuple):
    """``names`` are patterns (``*``, ``?``) of what the graph is about, with all within ``depth`` edges of it."""

    kinds: frozenset[NodeKind] = frozenset(NODE_KINDS) - {"workload"}
    names: tuple[str, ...] = ()
    depth: int = 1
    services: Intervals | None = None


# Networks by the set of their CIDRs, for each environment: what addresses in rules are called.
NetworkNames = Mapping[str, Mapping[frozenset[str], str]]


def build_graph(
    rulebooks: Mapping[TargetName, Rulebook], targets: Iterable[TargetName], networks: NetworkNames
) -> Graph:
    """The graph of some targets of a workspace, with the groups of others that they meet."""
    builder = _Builder(Workspace(rulebooks))
    for book in rulebooks.values():  # all of them: what others grant to these targets is written at the others
        builder.add(book)
    return builder.graph(networks, frozenset(targets))


def filtered(graph: Graph, filters: Filters) -> Graph:
    """What of a graph passes the filters. Groups without edges stay unless names or services were asked for."""
    edges = [
        edge for edge in graph.edges if edge.source.kind in filters.kinds and edge.destination.kind in filters.kinds
    ]
    if filters.services is not None:
        wanted = filters.services
        cut = (edge._replace(kinds=intersection(edge.kinds, wanted)) for edge in edges)
        edges = [edge for edge in cut if edge.kinds]
    nodes = {node for node in graph.nodes if node.kind in filters.kinds}
    if filters.names:
        distance = _distances(nodes, edges, filters)
        nodes = set(distance)
        edges = [edge for edge in edges if _is_near(edge, distance, filters.depth)]
    if filters.services is not None:
        nodes &= {node for edge in edges for node in (edge.source, edge.destination)}
    return Graph(tuple(sorted(nodes, key=_order)), tuple(edges))


def _distances(nodes: set[Node], edges: list[Edge], filters: Filters) -> dict[Node, int]:
    """How many edges each node is from what was asked for, as far as ``depth``."""
    near: dict[Node, set[Node]] = defaultdict(set)
    for edge in edges:
        near[edge.source].add(edge.destination)
        near[edge.destination].add(edge.source)
    border = {node for node in nodes if any(fnmatchcase(text, name) for text in node.matched for name in filters.names)}
    found = dict.fromkeys(border, 0)
    for depth in range(1, filters.depth + 1):
        border = {other for node in border for other in near[node] if other not in found}
        found.update(dict.fromkeys(border, depth))
    return found


def _is_near(edge: Edge, distance: Mapping[Node, int], depth: int) -> bool:
    """Whether an edge is among what was asked for, or on a way of at most ``depth`` edges from it."""
    ends = [distance[node] for node in (edge.source, edge.destination) if node in distance]
    return len(ends) == 2 and (min(ends) < depth or max(ends) == 0)


def _order(node: Node) -> tuple[object, ...]:
    return (node.environment, NODE_KINDS.index(node.kind), node.name, node.cidrs)


class _Builder:
    """Collects who grants what to whom."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._nodes: dict[Node, None] = {}
        self._granted: dict[Direction, dict[tuple[Node, Node], list[Interval]]] = {
            way: defaultdict(list) for way in DIRECTIONS
        }
        self._carried: list[tuple[Node, Node]] = []

    def add(self, book: Rulebook) -> None:
        for group in book.groups:
            here = self._group(book, group.key)
            self._nodes[here] = None
            for direction in DIRECTIONS:
                for rule in group.rules(direction):
                    there = self._peer(book, rule)
                    ends = (there, here) if direction == "ingress" else (here, there)
                    self._granted[direction][ends].append(service_interval(rule.protocol, rule.from_port, rule.to_port))
        for workload in book.workloads:
            node = Node(book.environment, "workload", f"{book.strategy}/{workload.key}", book.target, workload.networks)
            self._nodes[node] = None
            self._carried += [(node, self._group(book, key)) for key in workload.groups]

    def _peer(self, book: Rulebook, rule: Rule) -> Node:
        kind, name = rule.peer
        if kind == "group":
            return self._group(book, name)
        if kind == "prefix_list":
            return Node(book.environment, "list", name if "/" in name else f"{book.strategy}/{name}")
        return Node(
            book.environment, "internet" if name in _WORLD else "network", _WORLD.get(name, name), None, (name,)
        )

    def _group(self, book: Rulebook, key: str) -> Node:
        place = self._workspace.locate(book, key)
        group = None if place is None else self._workspace.groups.get(place)
        if place is None or group is None:
            return Node(book.environment, "existing", key if "/" in key else f"{book.strategy}/{key}", book.target)
        whole = group.part_of or group.key  # the parts of a divided group travel together: one node
        return Node(place[0].environment, group.kind, f"{place[0].strategy}/{whole}", place[0])

    def graph(self, networks: NetworkNames, targets: frozenset[TargetName]) -> Graph:
        near = (edge for edge in self._edges() if edge.source.target in targets or edge.destination.target in targets)
        edges = tuple(_named(near, networks))
        own = (node for node in self._nodes if node.target in targets)
        nodes = {*own, *(node for edge in edges for node in (edge.source, edge.destination))}
        ordered = sorted(edges, key=lambda edge: (_order(edge.source), _order(edge.destination), edge.kind))
        return Graph(tuple(sorted(nodes, key=_order)), tuple(ordered))

    def _edges(self) -> Iterator[Edge]:
        out, into = self._granted["egress"], self._granted["ingress"]
        for ends in dict.fromkeys((*out, *into)):
            sent, taken = union(out.get(ends, ())), union(into.get(ends, ()))
            if not all(end.kind in ("baseline", "os", "service", "app") for end in ends):
                yield Edge(*ends, "open", union((*sent, *taken)))
                continue
            both = intersection(sent, taken)
            if both:
                yield Edge(*ends, "open", both)
            rest = union((*difference(sent, both), *difference(taken, both)))
            if rest:
                yield Edge(*ends, "one-sided", rest)
        yield from (Edge(workload, group, "carries") for workload, group in dict.fromkeys(self._carried))


def _named(edges: Iterable[Edge], networks: NetworkNames) -> Iterator[Edge]:
    """The edges with networks that have the same edges made one node, under their name where they have one."""
    found = list(edges)
    uses: dict[Node, set[tuple[object, ...]]] = defaultdict(set)
    for edge in found:
        for node, other, way in ((edge.source, edge.destination, "to"), (edge.destination, edge.source, "from")):
            if node.kind in ("network", "internet"):
                uses[node].add((way, other, edge.kinds))
    alike: dict[tuple[object, ...], list[Node]] = defaultdict(list)
    for node, use in uses.items():
        alike[node.environment, node.kind, frozenset(use)].append(node)
    together = {node: _joined(nodes, networks) for nodes in alike.values() for node in nodes}
    merged = (
        edge._replace(
            source=together.get(edge.source, edge.source), destination=together.get(edge.destination, edge.destination)
        )
        for edge in found
    )
    return iter(dict.fromkeys(merged))


def _joined(nodes: list[Node], networks: NetworkNames) -> Node:
    first = nodes[0]
    cidrs = tuple(sorted(cidr for node in nodes for cidr in node.cidrs))
    if first.kind == "internet":
        return first._replace(name="internet" if len(nodes) == len(_WORLD) else first.name, cidrs=cidrs)
    known = networks.get(first.environment, {}).get(frozenset(cidrs))
    return first._replace(name=known or ", ".join(cidrs), cidrs=cidrs)

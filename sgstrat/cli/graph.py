"""``sgstrat graph``: the workspace as a picture."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import date

import click

from sgstrat.cli.progress import clear_progress
from sgstrat.cli.session import open_session, print_findings, selection_options
from sgstrat.diagnostics.suggest import did_you_mean
from sgstrat.edge.machine import UsageFault
from sgstrat.facts.services import catalogue
from sgstrat.language.services import ServiceError, is_literal, parse_service
from sgstrat.net.interval import Intervals, union
from sgstrat.net.service import service_interval
from sgstrat.pipeline import Compilation
from sgstrat.reach.surroundings import surroundings
from sgstrat.report.graph_forms import FORMS, MERMAID_EDGES
from sgstrat.report.graph_model import NODE_KINDS, Filters, NetworkNames, build_graph, filtered
from sgstrat.rulebook.view import look


@click.command(name="graph")
@selection_options
@click.option(
    "--output-format",
    type=click.Choice(tuple(FORMS)),
    default="mermaid",
    help="mermaid for Markdown, dot for Graphviz.",
)
@click.option(
    "--name",
    "names",
    multiple=True,
    metavar="PATTERN",
    help="What it is about, such as 'shop/*' or db-servers (repeatable).",
)
@click.option(
    "--depth", type=click.IntRange(0, 100), default=1, help="With --name: how many edges around it. Default: 1."
)
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice(NODE_KINDS),
    help="Only nodes of this kind (repeatable). Default: all but workload.",
)
@click.option(
    "--service",
    "services",
    multiple=True,
    metavar="SERVICE",
    help="Only edges with this service, such as ssh or tcp/443 (repeatable).",
)
def command(
    paths: tuple[str, ...],
    strategies: tuple[str, ...],
    environments: tuple[str, ...],
    as_of: date | None,
    output_format: str,
    names: tuple[str, ...],
    depth: int,
    kinds: tuple[str, ...],
    services: tuple[str, ...],
) -> None:
    """Draw who may talk to whom, on what.

    Solid edges are granted by both groups, dashed ones by one of them only.
    """
    wanted = _kinds_of(services) if services else None
    session = open_session(paths, strategies, environments, as_of)
    if session.compilation.has_errors:
        print_findings(session, session.compilation.findings)
        sys.exit(1)
    clear_progress()
    whole = build_graph(session.compilation.named, session.targets, _networks(session.compilation))
    chosen = Filters(names=names, depth=depth, services=wanted)
    if kinds:
        chosen = chosen._replace(kinds=frozenset(kind for kind in NODE_KINDS if kind in kinds))
    graph = filtered(whole, chosen)
    if names and not graph.nodes:
        known = (text for node in whole.nodes for text in node.matched)
        raise UsageFault(
            f"nothing here matches {', '.join(names)}",
            did_you_mean(names[0], known) or "names are STRATEGY/NAME, NAME, or CIDRs",
        )
    if output_format == "mermaid" and len(graph.edges) > MERMAID_EDGES:
        limit = f"Mermaid draws {MERMAID_EDGES} unless maxEdges is raised"
        click.echo(
            f"note: {len(graph.edges)} edges; {limit}: filter, or use --output-format dot",
            err=True,
        )
    click.echo(FORMS[output_format](graph), nl=False)


def _networks(compilation: Compilation) -> NetworkNames:
    """What sets of CIDRs are called, by environment."""
    world = look(unit.names for unit in compilation.source.units)
    found = {}
    for environment in {name.environment for name in compilation.rulebooks}:
        near = surroundings(world, environment)
        pairs = ((frozenset(cidrs), str(end)) for table in (near.vpcs, near.networks) for end, cidrs in table.items())
        found[environment] = {cidrs: name for cidrs, name in pairs if cidrs}
    return found


def _kinds_of(services: Iterable[str]) -> Intervals:
    return union(interval for text in services for interval in _one(text))


def _one(text: str) -> Intervals:
    named = catalogue().get(text)
    if named is None and not is_literal(text):
        raise UsageFault(
            f"no service {text!r} in the catalogue", did_you_mean(text, catalogue()) or "write it as tcp/443"
        )
    found = []
    for literal in (text,) if named is None else named.parts:
        try:
            part = parse_service(literal)
        except ServiceError as error:
            raise UsageFault(f"{text!r} is no service: {error.reason}", error.advice) from None
        found.append(service_interval(part.protocol, part.from_port, part.to_port))
    return tuple(found)

"""``sgstrat query``: may FROM reach TO? Answered from the strategies, before anything is deployed."""

from __future__ import annotations

import sys
from datetime import date
from typing import NamedTuple

import click

from sgstrat.cli.query_answers import answer_json, answer_lines, edge_json, edge_lines, passes
from sgstrat.cli.session import DayType, Session, open_session, print_findings
from sgstrat.diagnostics.finding import Finding
from sgstrat.diagnostics.suggest import did_you_mean
from sgstrat.edge.machine import UsageFault
from sgstrat.facts.services import catalogue
from sgstrat.language.services import ServiceError, is_literal, parse_service
from sgstrat.net.interval import Intervals, union
from sgstrat.net.kinds import EVERY_KIND
from sgstrat.net.service import service_interval
from sgstrat.reach.ends import Party, party
from sgstrat.reach.estate import Atlas
from sgstrat.reach.hosts import End
from sgstrat.reach.matrix import Edge, all_pairs, exposed
from sgstrat.reach.names import UnknownEnd, find_end
from sgstrat.reach.paths import Path, paths
from sgstrat.reach.query import answer
from sgstrat.reach.relation import Relation
from sgstrat.report.json_text import json_text
from sgstrat.report.text import safe
from sgstrat.rulebook.view import World, look
from sgstrat.rulebook.workspace import Workspace

# Errors of these families are about what rulebooks allow or use up: the rulebooks themselves are whole.
_ABOUT_RULEBOOKS = ("SG3", "SG4", "SG5")


def _is_about_rulebooks(finding: Finding) -> bool:
    return finding.kind.is_own or finding.code.startswith(_ABOUT_RULEBOOKS)


@click.command(name="query")
@click.argument("source", metavar="[FROM]", required=False)
@click.argument("destination", metavar="[TO]", required=False)
@click.argument("service", metavar="[SERVICE]", required=False)
@click.option(
    "--environment",
    "environments",
    multiple=True,
    metavar="NAME",
    help="Only this environment (repeatable). Default: each in which both ends exist.",
)
@click.option("--all", "matrix", is_flag=True, help="Every pair of which the one reaches the other.")
@click.option(
    "--exposed", "exposure", is_flag=True, help="What the internet can reach, and what can reach the internet."
)
@click.option("--via", is_flag=True, help="Ways through several hops.")
@click.option(
    "--hops",
    type=click.IntRange(1, 8),
    default=4,
    show_default=True,
    metavar="N",
    help="The longest way that --via looks for.",
)
@click.option("--as-of", type=DayType(), metavar="DATE", help="The day to ask for, YYYY-MM-DD; today (UTC) by default.")
@click.option("--output-format", type=click.Choice(("text", "json")), default="text", help="How the answer is written.")
def command(
    source: str | None,
    destination: str | None,
    service: str | None,
    environments: tuple[str, ...],
    matrix: bool,
    exposure: bool,
    via: bool,
    hops: int,
    as_of: date | None,
    output_format: str,
) -> None:
    """May FROM reach TO on SERVICE? Yes, no or partly, with the rules that say so.

    Ends are STRATEGY/NAME (a group, workload, network, VPC or prefix list; the strategy may be left out where the
    name is unique), CIDRs, or internet. Without SERVICE: everything that is open. Exit status 0 only for yes in
    every environment.
    """
    if (matrix or exposure) == bool(source):
        raise UsageFault(
            "query takes FROM and TO, or one of --all and --exposed",
            "for example: sgstrat query internet db-servers mysql",
        )
    if source and not destination:
        raise UsageFault("query needs TO as well", "for example: sgstrat query internet db-servers mysql")
    question = _open(environments, as_of)
    as_json = output_format == "json"
    if matrix or exposure:
        _show_edges(question, environments, exposure, as_json)
    elif source and destination:
        _ask(question, (source, destination, service), environments, hops if via else 0, as_json)


class _Question(NamedTuple):
    """The compiled workspace, as what can be asked."""

    session: Session
    world: World
    atlas: Atlas

    def relation(self, environment: str) -> Relation:
        return Relation(self.atlas.estate(environment))


def _open(environments: tuple[str, ...], as_of: date | None) -> _Question:
    session = open_session((), (), environments, as_of)
    compilation = session.compilation
    errors = [finding for finding in compilation.findings if finding.is_error]
    if not compilation.rulebooks or any(not _is_about_rulebooks(finding) for finding in errors):
        print_findings(session, compilation.findings)
        sys.exit(1)
    if errors:
        click.echo(
            f"note: the strategies have {len(errors)} error{'s' * (len(errors) > 1)}; sgstrat validate shows them",
            err=True,
        )
    world = look(unit.names for unit in compilation.source.units)
    return _Question(session, world, Atlas(Workspace(compilation.named, frozenset(compilation.formats)), world))


# ---------------------------------------------------------------- FROM TO


def _ask(
    question: _Question, texts: tuple[str, str, str | None], environments: tuple[str, ...], hops: int, as_json: bool
) -> None:
    source, destination = (_end(question.world, text) for text in texts[:2])
    asked = None if texts[2] is None else _service(question.world, texts[2], (source, destination), environments)
    found: list[tuple[str, Party, Party, Relation]] = []
    for name in environments or question.atlas.environments:
        relation = question.relation(name)
        left, right = party(relation.estate, source), party(relation.estate, destination)
        if left is not None and right is not None:
            found.append((name, left, right, relation))
        elif environments:
            missing = source if left is None else destination
            raise UsageFault(
                f"{missing} is absent in environment {name}", "leave out --environment to ask where it is present"
            )
    if not found:
        raise UsageFault(
            f"{source} and {destination} are in no environment together", "sgstrat query --all shows who is where"
        )
    if hops:
        routes = [
            (name, paths(relation, left, right, asked or EVERY_KIND, hops)) for name, left, right, relation in found
        ]
        _print_routes(texts, routes, hops, as_json)
        sure = [any(all(hop.verdict.certain for hop in path) for path in each) for _, each in routes]
        sys.exit(0 if all(sure) else 1)
    answers = [(name, answer(relation, left, right, asked)) for name, left, right, relation in found]
    if as_json:
        data = {
            "from": str(source),
            "to": str(destination),
            "service": texts[2],
            "answers": [answer_json(name, each) for name, each in answers],
        }
        click.echo(json_text(data).encode(), nl=False)
    else:
        for name, each in answers:
            for line in answer_lines(name, source, destination, texts[2], each):
                click.echo(safe(line))
    sys.exit(0 if all(each.word == "yes" for _, each in answers) else 1)


def _end(world: World, text: str) -> End:
    found = find_end(world, text)
    if isinstance(found, UnknownEnd):
        raise UsageFault(found.message, found.advice)
    return found


def _service(world: World, text: str, ends: tuple[End, End], environments: tuple[str, ...]) -> Intervals:
    """A literal, or a name of the strategies asked about or of the catalogue."""
    names = [end.strategy for end in ends if end.strategy] or sorted({strategy for strategy, _ in world})
    views = [
        view
        for (strategy, name), view in world.items()
        if strategy in names and (not environments or name in environments)
    ]
    for part in text.split(","):
        if is_literal(part):
            try:
                parse_service(part)
            except ServiceError as error:
                raise UsageFault(f"{part!r}: {error.reason}", error.advice) from None
    kinds: list[tuple[int, int]] = []
    for part in text.split(","):
        parts = next((parts for view in views if (parts := view.service(part)) is not None), None)
        if parts is None:
            known = [*catalogue(), *(name for view in views for name in view.names.services)]
            raise UsageFault(
                f"no service {part!r}", did_you_mean(part, known) or "write protocol and port, such as tcp/8080"
            )
        kinds += [service_interval(each.protocol, each.from_port, each.to_port) for each in parts]
    return union(kinds)


# ---------------------------------------------------------------- --via, --all, --exposed


def _print_routes(
    texts: tuple[str, str, str | None], routes: list[tuple[str, list[Path]]], hops: int, as_json: bool
) -> None:
    if as_json:
        data = [
            {
                "environment": name,
                "paths": [
                    [edge_json(Edge(hop.source.end, hop.destination.end, hop.verdict)) for hop in path]
                    for path in found
                ],
            }
            for name, found in routes
        ]
        whole = {"from": texts[0], "to": texts[1], "service": texts[2], "hops": hops, "answers": data}
        click.echo(json_text(whole).encode(), nl=False)
        return
    for name, found in routes:
        where = "" if name == "default" else f"{name}: "
        if not found:
            click.echo(safe(f"{where}no way from {texts[0]} to {texts[1]} in {hops} hops"))
        for path in found:
            steps = "".join(f" -> {hop.destination.end} ({passes(hop.verdict)})" for hop in path)
            click.echo(safe(f"{where}{path[0].source.end}{steps}"))


def _show_edges(question: _Question, environments: tuple[str, ...], exposure: bool, as_json: bool) -> None:
    data = []
    for name in environments or question.atlas.environments:
        relation = question.relation(name)
        if exposure:
            into, out = exposed(relation)
            sections = {"reached_by_internet": into, "reaches_internet": out}
        else:
            sections = {
                "edges": sorted(all_pairs(relation), key=lambda edge: (str(edge.source), str(edge.destination)))
            }
        data.append(
            {"environment": name, **{key: [edge_json(edge) for edge in edges] for key, edges in sections.items()}}
        )
        if not as_json:
            for key, edges in sections.items():
                for line in edge_lines(name, key, edges):
                    click.echo(safe(line))
    if as_json:
        click.echo(json_text({"answers": data}).encode(), nl=False)

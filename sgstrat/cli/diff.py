"""``sgstrat diff``: what becomes reachable, what stops being so, and which resources change."""

from __future__ import annotations

import sys
from datetime import date, datetime, timezone

import click

from sgstrat.cli.session import DayType, use_colour
from sgstrat.edge.diff_sides import Given, open_sides, scope_of
from sgstrat.reach.diff import compare
from sgstrat.reach.diff_model import Difference
from sgstrat.report.diff_words import Labels
from sgstrat.report.text import TextReport, safe, summary


@click.command(name="diff")
@click.argument("old")
@click.argument("new", required=False)
@click.option(
    "--output-format",
    type=click.Choice(("text", "json", "markdown")),
    default="text",
    help="markdown is made for a comment on a pull request.",
)
@click.option(
    "--fail-on",
    type=click.Choice(("broadening", "any")),
    help="Exit 1 where anything becomes reachable, or where anything differs.",
)
@click.option(
    "--as-of",
    type=DayType(),
    metavar="DATE",
    help="The day to compile both sides for, YYYY-MM-DD; today (UTC) by default.",
)
def command(old: str, new: str | None, output_format: str, fail_on: str | None, as_of: date | None) -> None:
    """Compare what OLD and NEW allow.

    Each is a workspace, an output folder, a rulebook.json, or a git revision; `main..HEAD` is both, and
    `main...HEAD` compares with where HEAD left main. Without NEW it is the workspace of the current folder.
    """
    sides = open_sides(old, new, as_of or datetime.now(timezone.utc).date())
    for side in sides:
        _print_faults(side)
    if any(side.is_broken for side in sides):
        sys.exit(1)
    difference = compare(sides[0].books, sides[1].books, scope_of(*sides))
    click.echo(_report(difference, sides, output_format), nl=False)
    failed = difference.gained if fail_on == "broadening" else not difference.is_empty if fail_on == "any" else False
    sys.exit(1 if failed else 0)


def _print_faults(side: Given) -> None:
    if not side.is_broken:
        return
    click.echo(f"error: {safe(side.label)} cannot be compared", err=True)
    for problem in side.problems:
        click.echo(f"{safe(problem.file)}: {safe(problem.message)}", err=True)
    for help in dict.fromkeys(problem.help for problem in side.problems):
        click.echo(f"  help: {help}", err=True)
    report = TextReport(side.texts or {}, use_colour(sys.stderr))
    for line in report.lines(side.findings):
        click.echo(line, err=True)
    if side.findings:
        click.echo(summary(side.findings), err=True)


def _report(difference: Difference, sides: tuple[Given, Given], output_format: str) -> str:
    old, new = sides
    labels = Labels(old.label, new.label, (*old.notes, *new.notes, *_scope_note(sides)))
    if output_format == "json":
        from sgstrat.report.diff_json import diff_json

        return diff_json(difference, labels, (old.revision, new.revision))
    if output_format == "markdown":
        from sgstrat.report.diff_markdown import diff_markdown

        return diff_markdown(difference, labels)
    from sgstrat.report.diff_text import diff_lines

    return "".join(f"{line}\n" for line in diff_lines(difference, labels, colour=use_colour(sys.stdout)))


def _scope_note(sides: tuple[Given, Given]) -> tuple[str, ...]:
    scope = scope_of(*sides)
    if scope is None:
        return ()
    return (f"only these targets are compared: {', '.join(sorted(map(str, scope)))}",)

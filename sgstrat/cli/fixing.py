"""``sgstrat validate --fix`` and ``--diff``: mend the sources, or show what would be mended."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date, datetime, timezone
from typing import Any, NamedTuple, TypeVar

import click

from sgstrat.cli.progress import clear_progress
from sgstrat.cli.session import use_colour
from sgstrat.edge.machine import UsageFault
from sgstrat.edge.own_checks import InstalledChecks
from sgstrat.edge.sources import source_bytes, write_sources
from sgstrat.edge.workspace_files import find_workspace, read_workspace, select
from sgstrat.fixing.workspace import Outcome, fix_workspace
from sgstrat.pipeline import Options, compile_workspace
from sgstrat.report.text import TextReport, safe, summary
from sgstrat.report.unified import unified

F = TypeVar("F", bound=Callable[..., Any])


class Asked(NamedTuple):
    """What the options ask for."""

    fix: bool
    diff: bool
    unsafe: bool


def fix_options(command: F) -> F:
    """--fix, --diff and --unsafe-fixes."""
    for decorate in (
        click.option(
            "--unsafe-fixes", is_flag=True, help="With --fix or --diff: also fixes that are for you to judge."
        ),
        click.option("--diff", "show_diff", is_flag=True, help="Show what --fix would change; write nothing."),
        click.option("--fix", is_flag=True, help="Mend the sources where it is certain what was meant."),
    ):
        command = decorate(command)
    return command


def fix_sources(asked: Asked, paths: tuple[str, ...], strategies: tuple[str, ...], as_of: date | None) -> None:
    """Do what the options ask for before the workspace is validated; with --diff that is all, and the process ends."""
    if not (asked.fix or asked.diff):
        if asked.unsafe:
            raise UsageFault("--unsafe-fixes says which fixes", "give --fix to make them, or --diff to see them")
        return
    workspace = read_workspace(find_workspace(paths))
    files = source_bytes(workspace)
    options = Options(as_of or datetime.now(timezone.utc).date(), own_checks=InstalledChecks())
    within = select(workspace, paths)
    if strategies:
        compilation = compile_workspace(
            workspace.settings, ((file.path, file.data) for file in workspace.files), options
        )
        own = {file for unit in compilation.source.units if unit.names.name in strategies for file in unit.files}
        within = frozenset(own if within is None else own & within)
    outcome = fix_workspace(files, options, unsafe=asked.unsafe, within=within)
    clear_progress()
    if asked.diff:
        _show(outcome, files)
    if outcome.changed:
        write_sources(workspace, outcome.changed)
    _report(outcome, "fixed")


def _show(outcome: Outcome, files: dict[str, bytes]) -> None:
    as_is = not sys.stdout.isatty()
    for path, data in sorted(outcome.changed.items()):
        for line in unified(path, files[path].decode("utf-8"), data.decode("utf-8")):
            click.echo(line if as_is else safe(line))
    _report(outcome, "would fix")
    left = outcome.compilation
    for line in TextReport(left.texts, use_colour(sys.stderr)).lines(left.findings):
        click.echo(line, err=True)
    counted = summary(left.findings)
    if counted:
        click.echo(f"left: {counted}", err=True)
    sys.exit(1 if outcome.changed or left.has_errors else 0)


def _report(outcome: Outcome, verb: str) -> None:
    """What was fixed, what was not and why. On standard error: standard output is the findings'."""
    for candidate in outcome.fixed:
        finding = candidate.finding
        click.echo(f"{verb} {safe(str(finding.span))} {finding.code}: {safe(candidate.fix.title)}", err=True)
    for candidate, reason in outcome.refused:
        finding = candidate.finding
        click.echo(
            f"not fixed {safe(str(finding.span))} {finding.code}: {safe(candidate.fix.title)}: {safe(reason)}", err=True
        )
    count, files = len(outcome.fixed), len(outcome.changed)
    if count:
        click.echo(f"{verb} {count} finding{'s' * (count != 1)} in {files} file{'s' * (files != 1)}", err=True)
    if not outcome.is_whole:
        click.echo("more can be fixed: run the command again", err=True)

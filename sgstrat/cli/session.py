"""What the commands that compile have in common: read the workspace, compile, print findings, choose targets."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any, TypeVar

import click

from sgstrat.cli.progress import clear_progress, progress
from sgstrat.diagnostics.finding import Finding
from sgstrat.diagnostics.suggest import did_you_mean, listed
from sgstrat.edge.lock_file import LockChange
from sgstrat.edge.machine import UsageFault
from sgstrat.edge.out_folder import locate_out, previous_rulebooks
from sgstrat.edge.own_checks import InstalledChecks
from sgstrat.edge.workspace_files import LOCK_FILE, Workspace, find_workspace, read_workspace, select
from sgstrat.language.fields import FORMATS
from sgstrat.language.model import Settings
from sgstrat.pipeline import Compilation, Options, compile_workspace
from sgstrat.report.text import TextReport, summary
from sgstrat.reuse.recall import Part
from sgstrat.rulebook.model import TargetName

F = TypeVar("F", bound=Callable[..., Any])


class DayType(click.ParamType):  # type: ignore[type-arg,unused-ignore]  # generic only since click 8.4
    """A date on the command line."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            if len(value) != 10:
                raise ValueError
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no date: write it as 2027-06-30", param, ctx)


def selection_options(command: F) -> F:
    """PATH..., --strategy, --environment, --as-of: what is compiled, and for which day."""
    for decorate in reversed(
        (
            click.argument("paths", nargs=-1, metavar="[PATH]..."),
            click.option(
                "--strategy", "strategies", multiple=True, metavar="NAME", help="Only this strategy (repeatable)."
            ),
            click.option(
                "--environment",
                "environments",
                multiple=True,
                metavar="NAME",
                help="Only this environment (repeatable).",
            ),
            click.option(
                "--as-of",
                type=DayType(),
                metavar="DATE",
                help="The day to build for, YYYY-MM-DD; today (UTC) by default.",
            ),
        )
    ):
        command = decorate(command)
    return command


def making_options(command: F) -> F:
    """-f, --format and --optimize: what is made of the strategies, whatever they and sgstrat.yaml say."""
    for decorate in reversed(
        (
            click.option(
                "-f",
                "--format",
                "formats",
                multiple=True,
                type=click.Choice(FORMATS),
                help="Output format (repeatable). Default: those of sgstrat.yaml, else cloudformation and terraform.",
            ),
            click.option(
                "--optimize", is_flag=True, help="Merge rules in every strategy, without changing what is allowed."
            ),
        )
    ):
        command = decorate(command)
    return command


@dataclass(frozen=True)
class Session:
    """A workspace, compiled for a day, and the part of it that the command is about (None: all of it)."""

    root: Path
    out: Path
    compilation: Compilation
    lock_before: bytes | None
    strategies: frozenset[str] | None
    environments: frozenset[str] | None
    as_of: date

    @property
    def lock(self) -> LockChange:
        """What becomes of sgstrat.lock when this part is built."""
        text = self.compilation.lock_text(self.covers)
        return LockChange(self.root / LOCK_FILE, self.lock_before, None if text is None else text.encode("ascii"))

    def covers(self, strategy: str, environment: str) -> bool:
        """Whether a strategy's environment belongs to the part asked for."""
        return (self.strategies is None or strategy in self.strategies) and (
            self.environments is None or environment in self.environments
        )

    @property
    def targets(self) -> tuple[TargetName, ...]:
        """The targets asked for, in order."""
        return tuple(name for name in self.compilation.rulebooks if self.covers(name.strategy, name.environment))


@dataclass(frozen=True)
class Request:
    """What a command was asked: a workspace as read, and what is to be made of which part of it."""

    workspace: Workspace
    chosen: frozenset[str] | None
    strategies: tuple[str, ...]
    environments: tuple[str, ...]
    options: Options
    out: str | None

    @property
    def is_whole(self) -> bool:
        """Whether the command is about the whole workspace."""
        return self.chosen is None and not self.strategies and not self.environments

    def folder(self, settings: Settings | None) -> Path:
        """The output folder."""
        setting = settings.out.text if settings is not None and settings.out is not None else None
        return locate_out(self.workspace.root, self.out, setting)


def read_request(
    paths: tuple[str, ...],
    strategies: tuple[str, ...],
    environments: tuple[str, ...],
    as_of: date | None,
    formats: tuple[str, ...] = (),
    syntax: str | None = None,
    out: str | None = None,
    optimize: bool = False,
    nested: bool = False,
) -> Request:
    """Read the workspace that PATH (or the current folder) is in; all of it, whatever part is asked for."""
    workspace = read_workspace(find_workspace(paths))
    chosen = select(workspace, paths)
    day = as_of or datetime.now(timezone.utc).date()
    options = Options(day, formats or None, syntax, InstalledChecks(), optimize, nested)
    return Request(workspace, chosen, strategies, environments, options, out)


def open_session(
    paths: tuple[str, ...],
    strategies: tuple[str, ...],
    environments: tuple[str, ...],
    as_of: date | None,
    formats: tuple[str, ...] = (),
    optimize: bool = False,
) -> Session:
    """Read and compile the workspace that PATH (or the current folder) is in; all of it, whatever part is asked for."""
    return whole_session(read_request(paths, strategies, environments, as_of, formats, optimize=optimize))


def whole_session(request: Request) -> Session:
    """Compile the whole workspace."""
    compilation = compile_part(request)
    wanted = _wanted(compilation, request.chosen, request.strategies)
    _check_environments(compilation, request.environments)
    return session_of(request, compilation, wanted, frozenset(request.environments) or None)


def session_of(
    request: Request,
    compilation: Compilation,
    strategies: frozenset[str] | None = None,
    environments: frozenset[str] | None = None,
) -> Session:
    """A compilation, and the part of it that the command is about."""
    workspace, folder = request.workspace, request.folder(compilation.settings)
    return Session(workspace.root, folder, compilation, workspace.lock, strategies, environments, request.options.as_of)


def compile_part(request: Request, part: Part | None = None) -> Compilation:
    """Compile a part of the workspace (None: all of it)."""
    workspace = request.workspace
    others = frozenset[str]() if part is None else part.others

    def previous(settings: Settings | None) -> dict[TargetName, str]:
        out = request.folder(settings)
        texts = previous_rulebooks(out, lambda path: path.partition("/")[0] not in others).texts
        return {TargetName(*parts[:3]): text for path, text in texts.items() if len(parts := path.split("/")) == 4}

    return compile_workspace(
        workspace.settings,
        ((file.path, file.data) for file in workspace.files if part is None or file.path in part.files),
        request.options,
        previous,
        progress,
        lock=workspace.lock,
        others=others,
        sharers=() if part is None else part.sharers,
    )


def _wanted(
    compilation: Compilation, chosen: frozenset[str] | None, strategies: tuple[str, ...]
) -> frozenset[str] | None:
    known = {unit.names.name for unit in compilation.source.units}
    for name in strategies:
        if name not in known and not _is_half_read(compilation):
            raise UsageFault(
                f"no strategy {name!r} in this workspace", did_you_mean(name, known) or f"strategies: {listed(known)}"
            )
    wanted = None if chosen is None else compilation.strategies_of(chosen)
    if strategies:
        wanted = frozenset(strategies) if wanted is None else wanted & frozenset(strategies)
    return wanted


def _is_half_read(compilation: Compilation) -> bool:
    """Whether what cannot be read may hold further strategies and environments."""
    return any(finding.is_error and finding.code < "SG2" for finding in compilation.findings)


def _check_environments(compilation: Compilation, environments: Iterable[str]) -> None:
    known = {word.text for unit in compilation.source.units for word, _ in unit.names.strategy.environments}
    for name in environments:
        if name not in known and not _is_half_read(compilation):
            raise UsageFault(
                f"no strategy has an environment {name!r}",
                did_you_mean(name, known) or f"environments: {listed(known)}",
            )


def use_colour(stream: Any) -> bool:
    """Whether to colour: on a terminal, unless NO_COLOR is set (https://no-color.org)."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and bool(stream.isatty())


def print_findings(session: Session, findings: tuple[Finding, ...], to_stdout: bool = False) -> None:
    """Findings as text, with a count at the end."""
    clear_progress()
    stream = sys.stdout if to_stdout else sys.stderr
    report = TextReport(session.compilation.texts, use_colour(stream))
    for line in report.lines(findings):
        click.echo(line, err=not to_stdout)
    counted = summary(findings)
    if counted:
        click.echo(counted, err=not to_stdout)

"""``sgstrat build``: compile into out/, or with ``--check`` compare and say what is stale."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Collection, Iterable
from datetime import date

import click
from click.core import ParameterSource

from sgstrat import __version__
from sgstrat.cli.progress import progress
from sgstrat.cli.rebuilding import Rebuild
from sgstrat.cli.session import (
    Session,
    making_options,
    print_findings,
    read_request,
    selection_options,
    whole_session,
)
from sgstrat.edge.compare import Comparison, compare
from sgstrat.edge.difference import Difference
from sgstrat.edge.lock_file import LockChange
from sgstrat.edge.machine import UsageFault, shown
from sgstrat.edge.out_folder import Written, write_out
from sgstrat.edge.workers import Workers, chosen
from sgstrat.pipeline import build
from sgstrat.report.text import safe
from sgstrat.rulebook.model import TargetName


@click.command(name="build")
@selection_options
@making_options
@click.option("-o", "--out", metavar="DIR", help="The output folder. Default: out, in the workspace.")
@click.option("--syntax", type=click.Choice(("yaml", "json")), help="Syntax of CloudFormation templates.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 where out/ is not what a build would write.")
@click.option("--nested", is_flag=True, help="Write parents of CloudFormation templates, with nested stacks.")
@click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    metavar="N",
    help="Write targets in N processes; the output does not depend on it. Default: as many as pay.",
)
@click.option("--fresh", is_flag=True, help="Take nothing over from the last build; the output does not depend on it.")
def command(
    paths: tuple[str, ...],
    strategies: tuple[str, ...],
    environments: tuple[str, ...],
    as_of: date | None,
    formats: tuple[str, ...],
    out: str | None,
    syntax: str | None,
    check: bool,
    optimize: bool,
    nested: bool,
    jobs: int | None,
    fresh: bool,
) -> None:
    """Compile strategies into out/.

    PATH selects what is built (default: everything under strategies/); the whole workspace is read and checked.
    """
    request = read_request(paths, strategies, environments, as_of, formats, syntax, out, optimize, nested)
    rebuild = Rebuild(request, _of_formats(formats)) if request.is_whole and not (check or fresh) else None
    session = whole_session(request) if rebuild is None else rebuild.open()
    if session.compilation.has_errors:
        print_findings(session, session.compilation.findings)
        sys.exit(1)
    _check_installed(session.compilation.formats)
    kept = frozenset() if rebuild is None else rebuild.kept(session)
    targets = [name for name in session.targets if name not in kept]
    workers = Workers(chosen(jobs, _rules(session, targets)))
    files, findings = build(session.compilation, targets, session.compilation.formats, workers, progress, kept)
    print_findings(session, findings)
    if any(finding.is_error for finding in findings):
        sys.exit(1)
    scope = _scope(session, formats, kept)
    lock = session.lock
    if check:
        _report_check(session, compare(session.out, files, scope), lock, _mending(click.get_current_context()))
        return
    written = write_out(session.out, files, scope, lock=lock)
    others = {} if rebuild is None else rebuild.others(session, kept)
    if rebuild is not None:
        rebuild.keep(session, files, kept, findings)
    _report_written(session, written, lock, len(targets) + len(others), sum(others.values()))


def _rules(session: Session, targets: Iterable[TargetName]) -> int:
    """How many rules some targets have."""
    books = map(session.compilation.rulebooks.__getitem__, targets)
    return sum(len(group.ingress) + len(group.egress) for book in books for group in book.groups)


def _check_installed(formats: tuple[str, ...]) -> None:
    """Refuse a format whose package is missing before anything is written."""
    if "cdktf" in formats:
        from sgstrat.formats.cdktf.write import unavailable

        reason = unavailable()
        if reason is not None:
            message, _, advice = reason.partition(": ")
            raise UsageFault(message, advice)


def _of_formats(formats: tuple[str, ...]) -> Callable[[str], bool]:
    """Whether a path below out/ is of one of some formats; none are all."""

    def covers(path: str) -> bool:
        parts = path.split("/")
        return not formats or len(parts) < 4 or parts[3] == "rulebook.json" or parts[3] in formats

    return covers


def _scope(session: Session, formats: tuple[str, ...], kept: Collection[TargetName]) -> Callable[[str], bool]:
    """Whether a path below out/ belongs to the part that this build covers: not what is kept as it is."""
    is_of_formats = _of_formats(formats)

    def covers(path: str) -> bool:
        target = TargetName.of_path(path)
        if target is None:
            return True
        return session.covers(target.strategy, target.environment) and target not in kept and is_of_formats(path)

    return covers


def _report_written(session: Session, written: Written, lock: LockChange, targets: int, left: int) -> None:
    for note in written.notes:
        if note:
            click.echo(f"note: {note}", err=True)
    for path in written.edited:
        click.echo(f"note: {safe(path)} had been edited by hand; it is generated, so the edit is gone", err=True)
    if not lock.is_empty:
        done = "removed" if lock.after is None else "written"
        click.echo(f"note: {shown(lock.path)} was {done}: commit that too", err=True)
    changed = [
        (len(written.created), "created"),
        (len(written.replaced), "replaced"),
        (len(written.deleted), "deleted"),
        (written.unchanged + left, "unchanged"),
    ]
    counts = ", ".join(f"{count} {what}" for count, what in changed if count) or "nothing to write"
    click.echo(f"built {targets} target{'s' * (targets != 1)} into {shown(session.out)}: files {counts}")


def _mending(context: click.Context) -> str:
    """The command that brings the folder in step: this one without ``--check``, with the options that were given."""
    words = ["sgstrat", "build"]
    for parameter in context.command.params:
        name = parameter.name or ""
        if context.get_parameter_source(name) is not ParameterSource.COMMANDLINE or name in ("check", "jobs", "fresh"):
            continue
        given = context.params[name]
        for value in given if isinstance(given, tuple) else (given,):
            words += (
                [str(value)] if isinstance(parameter, click.Argument) else [max(parameter.opts, key=len), str(value)]
            )
    return shlex.join(words)


def _report_check(session: Session, comparison: Comparison, lock: LockChange, mending: str) -> None:
    folder = shown(session.out)
    for path in comparison.foreign:
        click.echo(f"note: {folder}/{safe(path)} is not a generated file", err=True)
    if comparison.line_ends:
        count = len(comparison.line_ends)
        what = "1 file differs" if count == 1 else f"{count} files differ"
        why = "as after a checkout on Windows; `out/** text eol=lf` in .gitattributes keeps them"
        click.echo(f"note: {what} from a build in line ends only, {why}", err=True)
    if comparison.in_step and lock.is_empty:
        click.echo(f"{folder} is in step: {comparison.unchanged} files")
        return
    if not lock.is_empty:
        _list_lock(lock)
    _list_differences(folder, comparison)
    counts = [
        (len(comparison.stale), "stale"),
        (len(comparison.missing), "missing"),
        (len(comparison.orphaned), "orphaned"),
        (len(comparison.conflicts), "in the way"),
    ]
    summary = ", ".join(f"{count} {what}" for count, what in counts if count)
    if comparison.made_by not in ("", __version__):
        click.echo(f"{folder} was made by sgstrat {comparison.made_by}, this is {__version__}: that may be all")
    what = shown(lock.path) if comparison.in_step else folder
    click.echo(f"{what} is not what a build would write{f' ({summary})' if summary else ''}; mend it with: {mending}")
    sys.exit(1)


def _list_lock(lock: LockChange) -> None:
    state = "missing" if lock.before is None else "orphaned" if lock.after is None else "stale"
    click.echo(f"{state}: {shown(lock.path)}")
    if lock.before is None:
        click.echo("  if it was there before, restore it first: without it rules and groups may go elsewhere")
    if state == "stale":
        _list_lines(lock.difference)


def _list_lines(difference: Difference) -> None:
    for line in difference.lines:
        click.echo("  " + safe(line))
    if difference.shortened:
        click.echo("  ... and more")


def _list_differences(folder: str, comparison: Comparison) -> None:
    for path in comparison.missing:
        click.echo(f"missing: {folder}/{safe(path)}")
    for path in comparison.orphaned:
        click.echo(f"orphaned: {folder}/{safe(path)}")
    for conflict in comparison.conflicts:
        click.echo(f"in the way: {folder}/{safe(conflict.path)}")
    for stale in comparison.stale:
        click.echo(f"stale: {folder}/{safe(stale.path)}" + (" (edited by hand)" if stale.edited else ""))
        _list_lines(stale.difference)
    if comparison.interrupted:
        click.echo("a build was interrupted in this folder, or is at work there")

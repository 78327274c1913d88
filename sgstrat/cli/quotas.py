"""``sgstrat quotas``: use and headroom of every limit, and what would fit where one is tight."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from datetime import date

import click

from sgstrat.cli.progress import clear_progress, progress
from sgstrat.cli.session import Session, making_options, open_session, print_findings, selection_options, use_colour
from sgstrat.diagnostics.finding import Finding
from sgstrat.formats.survey import Written, survey_all
from sgstrat.quotas.survey import Survey
from sgstrat.rulebook.workspace import Workspace

# Errors that leave every count right: limits that are exceeded, which is when one asks, names of AWS, who may do what.
# So do those of least privilege and reachability, and those of an organisation's own checks.
_COUNTABLE = frozenset(
    (
        *("SG215", "SG216", "SG218", "SG224", "SG228", "SG230"),
        *("SG301", "SG302", "SG303", "SG304", "SG305", "SG307", "SG308", "SG309", "SG314"),
    )
)
# Errors that are a row of the table, which is over.
_ROWS = frozenset(("SG301", "SG302", "SG304", "SG305", "SG307", "SG309", "SG314"))


@click.command(name="quotas")
@selection_options
@making_options
@click.option("--output-format", type=click.Choice(("text", "json")), default="text", help="How it is written.")
@click.option("--all", "everything", is_flag=True, help="Every row; default: the tightest, and all that are over.")
def command(
    paths: tuple[str, ...],
    strategies: tuple[str, ...],
    environments: tuple[str, ...],
    as_of: date | None,
    formats: tuple[str, ...],
    optimize: bool,
    output_format: str,
    everything: bool,
) -> None:
    """How much of each limit is used, the tightest first; exit 1 where one is exceeded."""
    session = open_session(paths, strategies, environments, as_of, formats, optimize)
    errors = tuple(each for each in session.compilation.findings if each.is_error)
    misleading = tuple(each for each in errors if _hides(each) or not session.compilation.rulebooks)
    if misleading:
        print_findings(session, misleading)
        sys.exit(1)
    for place in _unused_places(session):
        click.echo(f"note: sgstrat.yaml has quotas for {place}, where no environment is", err=True)
    progress("counting", 0.8)
    found = _survey(session)
    clear_progress()
    _print(found, session, output_format, everything=everything)
    uncounted = tuple(each for each in errors if each.code == "SG303")
    if uncounted:
        print_findings(session, uncounted)
    others = sum(each.code not in _ROWS for each in errors) - len(uncounted)
    if others:
        click.echo(f"note: {others} other error{'s' * (others > 1)}: sgstrat validate shows them", err=True)
    sys.exit(1 if found.is_over or uncounted else 0)


def _unused_places(session: Session) -> Iterator[str]:
    """Accounts and regions of sgstrat.yaml that are nobody's: what is said to exist there is not counted."""
    settings = session.compilation.settings
    known = {(book.account, book.region) for book in session.compilation.rulebooks.values()}
    for account, regions in settings.quotas if settings is not None else ():
        yield from (
            f"account {account.text}, region {region.text}"
            for region, _ in regions
            if (account.text, region.text) not in known
        )


def _hides(finding: Finding) -> bool:
    """Whether a finding means that what is counted is not what was meant."""
    return finding.code.startswith("SG") and finding.code[2] not in "45" and finding.code not in _COUNTABLE


def _survey(session: Session) -> Survey:
    compilation = session.compilation
    workspace = Workspace(compilation.rulebooks, frozenset(compilation.formats))
    return survey_all(workspace, session.targets, Written(compilation.syntax, compilation.findings, compilation.lock))


def _print(found: Survey, session: Session, output_format: str, *, everything: bool) -> None:
    if output_format == "json":
        from sgstrat.report.quotas_json import quotas_json

        click.echo(quotas_json(found, session.as_of).encode(), nl=False)
        return
    from sgstrat.report.quotas_text import Shown, quotas_lines

    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for line in quotas_lines(found, Shown(everything, width, use_colour(sys.stdout))):
        click.echo(line)

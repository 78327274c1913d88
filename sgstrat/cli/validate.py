"""``sgstrat validate``: everything that build checks, writing nothing."""

from __future__ import annotations

import sys
from datetime import date

import click

from sgstrat.cli.progress import progress
from sgstrat.cli.session import open_session, print_findings, selection_options
from sgstrat.pipeline import build


@click.command(name="validate")
@selection_options
@click.option("--output-format", type=click.Choice(("text",)), default="text", help="How findings are written.")
def command(
    paths: tuple[str, ...],
    strategies: tuple[str, ...],
    environments: tuple[str, ...],
    as_of: date | None,
    output_format: str,
) -> None:
    """Check strategies as build does, without writing anything. Findings go to standard output."""
    session = open_session(paths, strategies, environments, as_of)
    findings = session.compilation.findings
    if not session.compilation.has_errors:
        # the limits of the formats can only be seen on what they would write
        formats = tuple(each for each in session.compilation.formats if each != "cdktf")
        findings = build(session.compilation, session.targets, formats, step=progress)[1]
    print_findings(session, findings, to_stdout=True)
    failed = any(finding.is_error for finding in findings)
    if not failed:
        targets = len(session.targets)
        click.echo(f"valid: {targets} target{'s' * (targets != 1)}")
    sys.exit(1 if failed else 0)

"""``sgstrat validate``: everything that build checks, writing nothing."""

from __future__ import annotations

import sys
from datetime import date

import click

from sgstrat.cli.compliance import find_framework, show_compliance
from sgstrat.cli.findings_forms import FORMS, print_document
from sgstrat.cli.fixing import Asked, fix_options, fix_sources
from sgstrat.cli.progress import progress
from sgstrat.cli.session import making_options, open_session, print_findings, selection_options
from sgstrat.edge.machine import UsageFault
from sgstrat.pipeline import build


@click.command(name="validate")
@selection_options
@making_options
@click.option("--output-format", type=click.Choice(FORMS), default="text", help="How findings are written.")
@click.option("--compliance", metavar="FRAMEWORK", help="The findings as a framework such as cis-5.0 sees them.")
@fix_options
def command(
    paths: tuple[str, ...],
    strategies: tuple[str, ...],
    environments: tuple[str, ...],
    as_of: date | None,
    formats: tuple[str, ...],
    optimize: bool,
    output_format: str,
    compliance: str | None,
    fix: bool,
    show_diff: bool,
    unsafe_fixes: bool,
) -> None:
    """Check strategies as build does, without writing output. Findings go to standard output."""
    framework = find_framework(compliance) if compliance is not None else None
    if framework is not None and output_format not in ("text", "json"):
        raise UsageFault(f"--compliance has no form {output_format}", "use text or json")
    fix_sources(Asked(fix, show_diff, unsafe_fixes), paths, strategies, as_of)
    session = open_session(paths, strategies, environments, as_of, formats, optimize)
    findings = session.compilation.findings
    if not session.compilation.has_errors:
        # the limits of the formats can only be seen on what they would write
        written = tuple(each for each in session.compilation.formats if each != "cdktf")
        findings = build(session.compilation, session.targets, written, step=progress)[1]
    if framework is not None:
        show_compliance(session, framework, findings, output_format)
    failed = any(finding.is_error for finding in findings)
    if output_format != "text":
        print_document(session, findings, output_format)
    else:
        print_findings(session, findings, to_stdout=True)
        if not failed:
            targets = len(session.targets)
            click.echo(f"valid: {targets} target{'s' * (targets != 1)}")
    sys.exit(1 if failed else 0)

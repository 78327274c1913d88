"""The forms in which ``validate`` gives its findings to programs; text is the session's."""

from __future__ import annotations

import click

from sgstrat.cli.progress import clear_progress
from sgstrat.cli.session import Session
from sgstrat.diagnostics.finding import Finding
from sgstrat.edge.repository import folder_in_repository
from sgstrat.facts.compliance import controls_by_code
from sgstrat.report.outcome import Outcome
from sgstrat.syntax.mend import with_fixes

FORMS = ("text", "json", "sarif", "junit", "github")


def print_document(session: Session, findings: tuple[Finding, ...], form: str) -> None:
    """Findings to standard output in any form but text, as UTF-8 whatever the terminal's encoding."""
    compilation = session.compilation
    controls = {code: tuple(map(str, references)) for code, references in controls_by_code().items()}
    folder = folder_in_repository(session.root)
    outcome = Outcome(
        with_fixes(findings, compilation.texts), compilation.texts, session.targets, session.as_of, folder, controls
    )
    document = _document(outcome, form)
    clear_progress()
    click.echo(document.encode(), nl=False)


def _document(outcome: Outcome, form: str) -> str:
    if form == "json":
        from sgstrat.report.findings_json import findings_json

        return findings_json(outcome)
    if form == "sarif":
        from sgstrat.report.sarif import sarif

        return sarif(outcome)
    if form == "junit":
        from sgstrat.report.junit import junit

        return junit(outcome)
    from sgstrat.report.github import github

    return github(outcome)

"""``validate --compliance``: the findings as one framework sees them."""

from __future__ import annotations

import sys
from typing import NoReturn

import click

from sgstrat.cli.progress import clear_progress
from sgstrat.cli.session import Session
from sgstrat.diagnostics.codes import CODES
from sgstrat.diagnostics.finding import Finding
from sgstrat.diagnostics.suggest import did_you_mean
from sgstrat.edge.machine import UsageFault
from sgstrat.facts.compliance import Framework, frameworks
from sgstrat.report.compliance import json_text, text, view


def find_framework(key: str) -> Framework:
    """A framework by its key; a key that does not exist is a usage fault with the list of those that do."""
    known = frameworks()
    if key not in known:
        near = did_you_mean(key, known)
        listed = f"frameworks: {', '.join(known)}"
        raise UsageFault(f"no framework is called {key!r}", f"{near} {listed}" if near else listed)
    return known[key]


def show_compliance(session: Session, framework: Framework, findings: tuple[Finding, ...], output: str) -> NoReturn:
    """Print the view of a framework and leave, with 1 where there is a finding at error level."""
    clear_progress()
    compilation = session.compilation
    failed = compilation.has_errors
    shown = view(
        framework,
        findings,
        compilation.rulebooks.values(),
        is_complete=bool(compilation.rulebooks) or not failed,
        known=CODES,
        silenced=_silenced(session, failed),
    )
    if output == "json":
        click.echo(json_text(shown))
    else:
        for line in text(shown):
            click.echo(line)
    sys.exit(1 if any(finding.is_error for finding in findings) else 0)


def _silenced(session: Session, failed: bool) -> list[str]:
    """Codes that say nothing: switched off by a guardrail, or of the output, which is not looked at amid errors."""
    settings = session.compilation.settings
    laid_down = settings.guardrails if settings is not None else None
    grades = laid_down.severity if laid_down is not None else ()
    off = {code.text for code, severity in grades if severity.text == "off"}
    return [code for code in CODES if code in off or (failed and code[2] == "6")]

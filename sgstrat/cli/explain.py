"""``sgstrat explain``: what a finding means."""

from __future__ import annotations

import click

from sgstrat.diagnostics.codes import CODES
from sgstrat.diagnostics.suggest import did_you_mean
from sgstrat.diagnostics.texts import explanation
from sgstrat.edge.machine import UsageFault
from sgstrat.report.controls import controls_section


@click.command(name="explain")
@click.argument("code", required=False)
def command(code: str | None) -> None:
    """Explain a finding by its CODE; without one, list all codes."""
    if code is None:
        for each in CODES.values():
            click.echo(f"{each.code}  {each.severity.value:<7}  {each.title}")
        return
    known = CODES.get(code.upper())
    if known is None:
        raise UsageFault(
            f"no finding has the code {code!r}", did_you_mean(code.upper(), CODES) or "sgstrat explain lists all codes"
        )
    controls = controls_section(known.code)
    click.echo(explanation(known.code) + (f"\n{controls}" if controls else ""), nl=False)

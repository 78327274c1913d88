"""``sgstrat explain``: what a finding means."""

from __future__ import annotations

from collections.abc import Iterable

import click

from sgstrat.diagnostics.codes import CODES, Code, is_own_code
from sgstrat.diagnostics.suggest import did_you_mean
from sgstrat.diagnostics.texts import explanation, own_explanation
from sgstrat.edge.machine import UsageFault
from sgstrat.report.controls import controls_section
from sgstrat.report.text import safe


@click.command(name="explain")
@click.argument("code", required=False)
def command(code: str | None) -> None:
    """Explain a finding by its CODE; without one, list all codes."""
    if code is None:
        _list(CODES.values())
        _list(_own_codes()[0])
        return
    known = CODES.get(code.upper())
    if known is not None:
        controls = controls_section(known.code)
        click.echo(explanation(known.code) + (f"\n{controls}" if controls else ""), nl=False)
        return
    own, reason = _own_codes() if is_own_code(code.upper()) else ((), "")
    found = next((each for each in own if each.code == code.upper()), None)
    if found is None:
        near = did_you_mean(code.upper(), [*CODES, *(each.code for each in own)])
        raise UsageFault(f"no finding has the code {code!r}", reason or near or "sgstrat explain lists all codes")
    for line in own_explanation(found).splitlines():
        click.echo(safe(line))


def _list(codes: Iterable[Code]) -> None:
    for each in codes:
        click.echo(f"{each.code}  {each.severity.value:<7}  {each.title}")


def _own_codes() -> tuple[tuple[Code, ...], str]:
    """The codes of the checks that the workspace around here names, and why there are not more of them."""
    from sgstrat.edge.own_checks import InstalledChecks
    from sgstrat.edge.workspace_files import find_workspace, read_settings

    try:
        settings = read_settings(find_workspace())
    except UsageFault:  # outside of a workspace the compiler's codes are all there is
        return (), "codes of an organisation's own checks are known in a workspace that names them"
    if settings is None:
        return (), ""
    from sgstrat.pipeline import own_codes

    codes, findings = own_codes(settings, InstalledChecks())
    return codes, next((f"{each.span}: {each.message}" for each in findings), "")

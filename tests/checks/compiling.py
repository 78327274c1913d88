"""Workspaces of a few lines, compiled and checked."""

from __future__ import annotations

from datetime import date

from sgstrat.checks.context import Context
from sgstrat.checks.policy import DEFAULT_POLICY, Policy
from sgstrat.checks.run import run_checks
from sgstrat.diagnostics.finding import Finding, Findings
from sgstrat.language.decode import decode
from sgstrat.rulebook.lower import lower
from sgstrat.rulebook.view import look
from sgstrat.syntax.parse import parse


def checked(text: str, policy: Policy = DEFAULT_POLICY) -> tuple[Finding, ...]:
    """What all checks say of one strategy, which has to be sound otherwise."""
    findings = Findings()
    node = parse(text, "strategies/a.yaml", findings)
    source = decode({"strategies/a.yaml": node}, None, findings)
    rulebooks = lower(source, date(2027, 1, 1), findings)
    assert not findings.has_errors, findings.result()
    found = Findings()
    world = look(unit.names for unit in source.units)
    run_checks(Context(rulebooks, frozenset(("terraform",)), source.units, world, policy), found)
    return found.result()


def coded(code: str, findings: tuple[Finding, ...]) -> list[Finding]:
    return [each for each in findings if each.code == code]

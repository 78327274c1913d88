"""What a build owes the user to say although nothing is wrong."""

from __future__ import annotations

from sgstrat.diagnostics.finding import Findings
from sgstrat.language.decode import Unit


def note_assertions(units: tuple[Unit, ...], findings: Findings) -> None:
    """SG502: an assertion is read and its names are checked, but this version does not evaluate it."""
    for unit in units:
        for assertion in unit.names.strategy.assertions:
            findings.add("SG502", "not yet: this assertion's names are sound, but this version does not evaluate it", assertion.span, help="keep it: a later version will hold the build to it")


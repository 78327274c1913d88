"""What a command found, as every form of findings is given it; and how much of it a form lists.

Knows no form.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from sgstrat.diagnostics.codes import Severity
from sgstrat.diagnostics.finding import Finding
from sgstrat.rulebook.model import TargetName

MOST_LISTED = 10_000
"""Findings in one document at most. GitHub refuses a SARIF run of more than 25 000 results and keeps 5 000 of it.

Source: https://docs.github.com/en/code-security/code-scanning/troubleshooting-sarif-uploads/results-exceed-limit
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """``findings`` are in order of place. ``texts`` are the files that were read, by path.

    ``folder`` is where the workspace lies below the root of its repository: empty, or ending in a slash. ``controls``
    are the controls of compliance frameworks by code.
    """

    findings: tuple[Finding, ...]
    texts: Mapping[str, str]
    targets: tuple[TargetName, ...]
    as_of: date
    folder: str = ""
    controls: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        """Whether a build stops here."""
        return any(each.is_error for each in self.findings)


def listed(findings: tuple[Finding, ...], most: int = MOST_LISTED) -> tuple[Finding, ...]:
    """The ``most`` gravest findings, in their own order: an error is never left out for a warning."""
    if len(findings) <= most:
        return findings
    ranks = list(Severity)
    gravest = sorted(range(len(findings)), key=lambda at: (ranks.index(findings[at].severity), at))[:most]
    return tuple(findings[at] for at in sorted(gravest))


def counts(findings: Iterable[Finding]) -> dict[Severity, int]:
    """How many findings there are of each severity, the gravest first."""
    found = dict.fromkeys(Severity, 0)
    for each in findings:
        found[each.severity] += 1
    return found


def left_out(outcome: Outcome, shown: tuple[Finding, ...]) -> str:
    """What a document that lists ``shown`` only has to say about the rest; empty where it lists all."""
    missing = len(outcome.findings) - len(shown)
    if not missing:
        return ""
    all_of, these = counts(outcome.findings), counts(shown)
    parts = [(all_of[each] - these[each], each.value) for each in Severity]
    named = ", ".join(f"{count} {what}{'s' * (count != 1)}" for count, what in parts if count)
    return f"{len(shown)} findings are listed, the gravest; not listed: {named}"

"""The rules of a SARIF run: what each code means, in the properties that GitHub code scanning reads.

Source: https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

from __future__ import annotations

from typing import Any

from sgstrat.diagnostics.codes import Code, Severity
from sgstrat.diagnostics.texts import load

MOST_TAGS = 20
"""GitHub refuses a run with a rule that has more."""

_SECURITY_FAMILIES = frozenset("457")
# GitHub: over 9.0 is critical, 7.0 to 8.9 high, 4.0 to 6.9 medium, below that low. A rule that is too wide is no
# intrusion yet, so nothing is critical; these numbers are ours and no CVSS score.
_SECURITY_SEVERITY = {Severity.ERROR: "8.0", Severity.WARNING: "5.0", Severity.NOTE: "2.0"}
_PROBLEM_SEVERITY = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "recommendation"}


def sarif_rule(known: Code, controls: tuple[str, ...]) -> dict[str, Any]:
    """A ``reportingDescriptor``. ``controls`` of compliance frameworks become tags."""
    if known.is_own:
        meaning = known.title  # GitHub takes 1024 characters here, and an own text may have more
        said = body = known.text or known.title
    else:
        text = load(known.code)
        meaning, said, body = text.meaning, f"{text.meaning}\n\n{text.why}\n\n{text.source}", text.body
    return {
        "id": known.code,
        "name": known.slug,
        "shortDescription": {"text": known.title},
        "fullDescription": {"text": " ".join(meaning.split())},
        "help": {"text": said, "markdown": body},
        "defaultConfiguration": {"level": known.severity.value},
        "properties": _properties(known, controls),
    }


def _properties(code: Code, controls: tuple[str, ...]) -> dict[str, Any]:
    is_security = code.is_own or code.code[2] in _SECURITY_FAMILIES
    tags = [*(("security",) if is_security else ()), *controls]
    return {
        "tags": tags[:MOST_TAGS],
        "problem.severity": _PROBLEM_SEVERITY[code.severity],
        **({"security-severity": _SECURITY_SEVERITY[code.severity]} if is_security else {}),
    }

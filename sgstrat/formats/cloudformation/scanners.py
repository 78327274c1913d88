"""Suppressions as resource metadata, in the form in which each scanner reads them.

Sources: checkov, "Suppressing and Skipping Policies", CloudFormation Metadata; cfn_nag, README, "Per-Resource Rule
Suppression"; AWS Guard Rules Registry, README, "suppressing rules". Must not know what is suppressed, or why.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sgstrat.formats.suppress import Suppression


def scanner_metadata(found: Sequence[Suppression]) -> dict[str, Any]:
    """The entries of a resource's ``Metadata``; none where nothing is suppressed."""
    checkov = [{"id": each.id, "comment": each.reason} for each in found if each.scanner == "checkov"]
    nag = [{"id": each.id, "reason": each.reason} for each in found if each.scanner == "cfn_nag"]
    guard = [each.id for each in found if each.scanner == "guard"]
    entries: dict[str, Any] = {}
    if checkov:
        entries["checkov"] = {"skip": checkov}
    if nag:
        entries["cfn_nag"] = {"rules_to_suppress": nag}
    if guard:
        entries["guard"] = {"SuppressedRules": guard}
    return entries

"""The list of checks. A new check is a file beside this one and a line here."""

from __future__ import annotations

from sgstrat.checks.aws_names import check_aws_names, check_list_names
from sgstrat.checks.context import Check, Context
from sgstrat.checks.half_open import check_half_open
from sgstrat.checks.internet import check_internet_ingress
from sgstrat.checks.quotas import check_groups_per_eni, check_region, check_rules_per_group
from sgstrat.checks.redundant_rules import check_redundant_rules
from sgstrat.diagnostics.finding import Findings

CHECKS: tuple[Check, ...] = (
    check_rules_per_group,
    check_groups_per_eni,
    check_region,
    check_aws_names,
    check_list_names,
    check_internet_ingress,
    check_half_open,
    check_redundant_rules,
)


def run_checks(context: Context, findings: Findings) -> None:
    """Run every check over all rulebooks of the workspace."""
    for check in CHECKS:
        check(context, findings)

"""The list of checks. A new check is a file beside this one and a line here."""

from __future__ import annotations

from sgstrat.checks.aws_names import check_aws_names, check_list_names
from sgstrat.checks.context import Check, Context
from sgstrat.checks.data_stores import check_data_stores
from sgstrat.checks.duplicate_groups import check_duplicate_groups
from sgstrat.checks.environments import check_environments
from sgstrat.checks.group_names import check_group_names, check_wizard_names
from sgstrat.checks.half_open import check_half_open
from sgstrat.checks.internet import check_internet_egress, check_internet_ingress
from sgstrat.checks.list_size import check_list_sizes
from sgstrat.checks.quotas import check_granted, check_groups_per_eni, check_region, check_rules_per_group
from sgstrat.checks.ranges import check_wide_ranges
from sgstrat.checks.redundant_rules import check_redundant_rules
from sgstrat.checks.required import check_owner, check_tags
from sgstrat.checks.services import check_services
from sgstrat.checks.unfiltered import check_unfiltered_egress
from sgstrat.checks.unused_groups import check_unused_groups
from sgstrat.checks.unused_names import check_unused_names
from sgstrat.diagnostics.finding import Findings

# What is allowed, judged on what was written, so that a finding points at what a person wrote.
CHECKS: tuple[Check, ...] = (
    check_internet_ingress,
    check_internet_egress,
    check_wide_ranges,
    check_services,
    check_data_stores,
    check_unfiltered_egress,
    check_half_open,
    check_duplicate_groups,
    check_redundant_rules,
    check_unused_groups,
    check_unused_names,
    check_list_sizes,
    check_owner,
    check_tags,
    check_group_names,
    check_wizard_names,
    check_environments,
)
# What AWS has room for and takes, judged on what will be written: rules merged, groups divided (``solve``).
SOLVED_CHECKS: tuple[Check, ...] = (
    check_rules_per_group,
    check_groups_per_eni,
    check_region,
    check_granted,
    check_aws_names,
    check_list_names,
)


def run_checks(context: Context, findings: Findings, checks: tuple[Check, ...] = CHECKS) -> None:
    """Run some checks over all rulebooks of the workspace."""
    for check in checks:
        check(context, findings)

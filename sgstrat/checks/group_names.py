"""SG427 and SG432: AWS names of groups that the organisation does not allow, or that say that nobody chose them."""

from __future__ import annotations

import re
from collections import defaultdict
from fnmatch import translate
from typing import NamedTuple

from sgstrat.checks.context import Context
from sgstrat.diagnostics.finding import Findings
from sgstrat.facts.limits import limit
from sgstrat.language.decode import Unit
from sgstrat.rulebook.model import Group

_MOST_SHOWN = 4
# launch-wizard-1 is what the EC2 console calls a group that it makes with an instance, quick-create-1 what the load
# balancer's did. Source: prowler, check ec2_securitygroup_from_launch_wizard.
_WIZARD = re.compile(r".*launch-wizard.*|quick-create-[0-9]+", re.IGNORECASE | re.DOTALL)


class _Named(NamedTuple):
    """A group in one environment."""

    environment: str
    group: Group


_ByKey = dict[str, list[_Named]]


def check_group_names(context: Context, findings: Findings) -> None:
    """SG427: the AWS name of each group matches one of the policy's patterns, where there are any.

    Patterns are shell-style and mind case. Where no group of a strategy fits, the naming pattern is the mistake.
    """
    patterns = tuple(dict.fromkeys(context.policy.group_names))
    if not patterns:
        return
    allowed = ", ".join(patterns[:_MOST_SHOWN]) + (", ..." if len(patterns) > _MOST_SHOWN else "")
    units = {unit.names.name: unit for unit in context.units}
    for strategy, (misnamed, is_any_sound) in _misnamed(context, patterns).items():
        unit = units.get(strategy)
        if unit is not None and not is_any_sound and len(misnamed) > 1:
            _report_all(unit, misnamed, allowed, findings)
        else:
            _report_each(misnamed, allowed, findings)


def _misnamed(context: Context, patterns: tuple[str, ...]) -> dict[str, tuple[_ByKey, bool]]:
    """By strategy the groups that fit no pattern, by key, and whether any other does."""
    longest = limit("group_name_length")  # what is longer could be there to take long only
    fits = [re.compile(translate(pattern)).match for pattern in patterns if len(pattern) <= longest]
    found: dict[str, _ByKey] = {}
    sound: set[str] = set()
    for book in context.rulebooks.values():
        for group in book.groups:
            if not group.name or any(fit(group.name) for fit in fits):  # an empty name has had its finding
                sound.add(book.strategy)
            else:
                by_key = found.setdefault(book.strategy, defaultdict(list))
                by_key[group.key].append(_Named(book.environment, group))
    return {strategy: (by_key, strategy in sound) for strategy, by_key in found.items()}


def _report_all(unit: Unit, misnamed: _ByKey, allowed: str, findings: Findings) -> None:
    strategy = unit.names.strategy
    pattern = strategy.naming.group if strategy.naming is not None else None
    is_own = pattern is not None and pattern.span.file in unit.files
    example = next(iter(misnamed.values()))[0].group.name
    findings.add(
        "SG427",
        f"no group of strategy {unit.names.name} is named as the organisation asks, such as {example}: {allowed}",
        pattern.span if is_own and pattern is not None else strategy.strategy.span,
        help="write naming.group so that the names match one of the patterns in guardrails of sgstrat.yaml",
        paths=("naming.group",),
    )


def _report_each(misnamed: _ByKey, allowed: str, findings: Findings) -> None:
    for key, same in misnamed.items():
        names = dict.fromkeys(each.group.name for each in same)
        shown = ", ".join(list(names)[:_MOST_SHOWN]) + (", ..." if len(names) > _MOST_SHOWN else "")
        group = same[0].group
        for environment in dict.fromkeys(each.environment for each in same):
            findings.add(
                "SG427",
                f"group {key} is named {shown}, and names have to match: {allowed}",
                group.span,
                help="change naming.group, or aws_name where the group has one",
                paths=(f"groups.{group.kind}.{key}",),
                environment=environment,
            )


def check_wizard_names(context: Context, findings: Findings) -> None:
    """SG432: no AWS name is one that a console makes up."""
    for book in context.rulebooks.values():
        for group in book.groups:
            if _WIZARD.fullmatch(group.name):
                findings.add(
                    "SG432",
                    f"group {group.key} is named {group.name}, as the console names the groups that it makes",
                    group.span,
                    help="choose a name that says what the group is for; the change replaces the group",
                    paths=(f"groups.{group.kind}.{group.key}",),
                    environment=book.environment,
                )

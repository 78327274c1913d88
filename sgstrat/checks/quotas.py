"""SG301, SG302, SG304, SG307, SG310: AWS quotas, counted on the rulebook as AWS counts them."""

from __future__ import annotations

from collections import Counter, defaultdict

from sgstrat.checks.context import Context
from sgstrat.checks.weight import Load, loads
from sgstrat.diagnostics.finding import Findings, Related
from sgstrat.rulebook.model import Group, Rulebook, Workload
from sgstrat.rulebook.workspace import Workspace

# A group is near its quota from 5 of 6 rules on: prowler's check ec2_securitygroup_with_many_ingress_egress_rules
# reports more than 50 where AWS allows 60.
_NEAR = (5, 6)
_FAMILY = {"ipv4": "IPv4", "ipv6": "IPv6"}


def check_rules_per_group(context: Context, findings: Findings) -> None:
    """SG301: no group has more rules than its quota, in any direction and family. SG310: nor nearly as many."""
    for book in context.rulebooks.values():
        most = book.quotas.rules_per_group
        # a divided group is full by design: the next rule goes into the next part
        divided = {key for each in book.groups if each.part_of for key in (each.key, each.part_of)}
        for group in book.groups:
            if len(group.ingress) + len(group.egress) == 0:
                continue
            counted = tuple(loads(book, group, context.formats))
            fullest = max(counted, key=lambda load: load.total)
            if fullest.total > most:
                for load in _distinct([load for load in counted if load.total > most]):
                    _report_full(book, group, load, findings)
            elif fullest.total * _NEAR[1] > most * _NEAR[0] and not (
                group.key in divided or _is_one_aws_list(book, fullest)
            ):
                _report_near(book, group, fullest, findings)


def _distinct(over: list[Load]) -> list[Load]:
    """One finding a direction where group references alone fill both families."""
    seen: set[tuple[str, int, int]] = set()
    kept = []
    for load in over:
        key = (load.direction, load.references, load.total if load.total != load.references else -1)
        if key not in seen:
            seen.add(key)
            kept.append(load)
    return kept


def _report_full(book: Rulebook, group: Group, load: Load, findings: Findings) -> None:
    most = book.quotas.rules_per_group
    heaviest = _heaviest(book, group, load)
    findings.add(
        "SG301",
        f"group {group.key} has {load.total} {_FAMILY[load.family]} {load.direction} rules; "
        f"{most} are allowed: {load.spelled()}",
        group.span,
        help=f"{load.total - most} too many. Heaviest: {heaviest}. {_way_out(book, group, load, most)}; "
        "where AWS has raised the quota, say so in quotas.rules_per_group",
        environment=book.environment,
    )


def _is_one_aws_list(book: Rulebook, load: Load) -> bool:
    """Whether all there is is one rule with a list of AWS, such as CloudFront's: nobody can mend that."""
    if load.cidrs or load.references or len(load.lists) != 1 or load.lists[0][2] != 1:
        return False
    return any(each.key == load.lists[0][0] and each.origin == "aws" for each in book.prefix_lists)


def _report_near(book: Rulebook, group: Group, load: Load, findings: Findings) -> None:
    most = book.quotas.rules_per_group
    left = most - load.total
    findings.add(
        "SG310",
        f"group {group.key} has {load.total} of {most} {_FAMILY[load.family]} {load.direction} rules, "
        f"so {left or 'no'} more fit{'s' * (left == 1)}: {load.spelled()}",
        group.span,
        help=f"make room before it is needed. Heaviest: {_heaviest(book, group, load)}",
        environment=book.environment,
    )


def _way_out(book: Rulebook, group: Group, load: Load, most: int) -> str:
    lists = {each.key: each for each in book.prefix_lists}
    alone = sorted(
        each.key
        for rule in group.rules(load.direction)
        if rule.peer.kind == "prefix_list" and (each := lists[rule.peer.name]).weight > most
    )
    if alone:
        return (
            f"A rule with {alone[0]} is over the quota by itself, so dividing the group cannot help: "
            "give the list fewer max_entries, or use networks"
        )
    return (
        "Use a prefix list with few max_entries, wider networks, fewer services, optimize: true, "
        "or divide the group with overflow: split"
    )


def _heaviest(book: Rulebook, group: Group, load: Load) -> str:
    """The written rules that weigh most, by what they expand to in this family."""
    lists = {each.key: each for each in book.prefix_lists}
    weights: dict[str, int] = defaultdict(int)
    for rule in group.rules(load.direction):
        kind, name = rule.peer
        if kind == "cidr" and (":" in name) != (load.family == "ipv6"):
            continue
        if kind == "prefix_list" and lists[name].family != load.family:
            continue
        place = f"{rule.source.split(' ', 1)[1]} at {rule.origin.span}" if rule.origin else rule.source
        weights[place] += lists[name].weight if kind == "prefix_list" else 1
    top = sorted(weights.items(), key=lambda item: (-item[1], item[0]))[:3]
    return "; ".join(f"{place} ({weight})" for place, weight in top)


def check_groups_per_eni(context: Context, findings: Findings) -> None:
    """SG302: groups on each network interface."""
    for book in context.rulebooks.values():
        most = book.quotas.groups_per_eni
        for workload in book.workloads:
            if len(workload.groups) + workload.reserved_groups > most:
                _report_crowded(context.workspace, book, workload, findings)


def _report_crowded(workspace: Workspace, book: Rulebook, workload: Workload, findings: Findings) -> None:
    count, most = len(workload.groups), book.quotas.groups_per_eni
    reserved = f" + {workload.reserved_groups} reserved" if workload.reserved_groups else ""
    findings.add(
        "SG302",
        f"workload {workload.key} carries {count + workload.reserved_groups} groups; "
        f"a network interface takes {most}: {', '.join(workload.groups)}{reserved}",
        workload.span,
        help=f"{_divided(workspace, book, workload)}fuse groups that always travel together, or choose baseline "
        "groups with baseline:; where AWS has raised the quota, say so in quotas.groups_per_eni",
        environment=book.environment,
    )


def _divided(workspace: Workspace, book: Rulebook, workload: Workload) -> str:
    """Which of the groups are parts of one that has too many rules: then that is what binds."""
    parts: Counter[str] = Counter()
    for key in workload.groups:
        place = workspace.locate(book, key)
        group = None if place is None else workspace.groups.get(place)
        if group is not None and group.part_of is not None:
            parts[key.removesuffix(group.key) + group.part_of] += 1
    if not parts:
        return ""
    told = ", ".join(f"{name} into {count + 1}" for name, count in parts.items())
    return f"divided by overflow: split: {told}. Write fewer rules there, or optimize: true; "


def check_region(context: Context, findings: Findings) -> None:
    """SG304 and SG307: security groups and prefix lists per account and region, over the whole workspace."""
    regions: dict[tuple[str | None, str | None], list[Rulebook]] = defaultdict(list)
    for book in context.rulebooks.values():
        regions[book.account, book.region].append(book)
    for (account, region), books in regions.items():
        place = f"account {account or 'unknown'}, region {region or 'unknown'}"
        quotas = [book.quotas for book in books]
        groups = [(book, len(book.groups)) for book in books]
        lists = [(book, sum(1 for each in book.prefix_lists if each.origin == "own")) for book in books]
        _report_region(
            "SG304",
            place,
            groups,
            max(q.existing_groups for q in quotas),
            max(q.groups_per_region for q in quotas),
            findings,
        )
        _report_region(
            "SG307",
            place,
            lists,
            max(q.existing_prefix_lists for q in quotas),
            max(q.prefix_lists_per_region for q in quotas),
            findings,
        )


_REGIONAL = {
    "SG304": ("security group", "share groups between strategies"),
    "SG307": ("prefix list", "share lists between strategies, or make networks of them"),
}


def _report_region(
    code: str, place: str, counted: list[tuple[Rulebook, int]], existing: int, most: int, findings: Findings
) -> None:
    concerned = [(book, number) for book, number in counted if number]
    count = sum(number for _, number in concerned)
    if not concerned or count + existing <= most:
        return
    what, advice = _REGIONAL[code]
    findings.add(
        code,
        f"{_plural(count, what)} of this workspace + {existing} existing = {count + existing} in {place}; "
        f"AWS allows {most}",
        concerned[0][0].span,
        help=f"{advice}, or ask AWS for more and say so in quotas",
        related=(
            Related(book.span, f"{_plural(number, what)} in {book.target}")
            for book, number in concerned[1:6]
            if book.span
        ),
    )


def _plural(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"

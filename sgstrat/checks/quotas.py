"""SG301, SG302, SG303, SG304, SG307, SG310: AWS quotas, counted on the rulebook as AWS counts them."""

from __future__ import annotations

from collections import defaultdict

from sgstrat.checks.context import Context
from sgstrat.diagnostics.finding import Findings, Related
from sgstrat.facts.limits import limit
from sgstrat.net.cidr import FAMILY_NAMES
from sgstrat.quotas.counting import group_use, groups_per_eni
from sgstrat.quotas.estate import Estate
from sgstrat.quotas.interface_remedies import Crowded, carried_groups, interface_remedies
from sgstrat.quotas.region_remedies import regional_remedies
from sgstrat.quotas.regions import NOUNS, Regional, plural, regional_uses
from sgstrat.quotas.rule_remedies import Full, heaviest_rules, rule_remedies
from sgstrat.quotas.use import GROUPS_PER_REGION, LISTS_PER_REGION, Use, advice
from sgstrat.rulebook.model import Rulebook
from sgstrat.rulebook.weight import Load


def check_rules_per_group(context: Context, findings: Findings) -> None:
    """SG301: no group has more rules than its quota, in any direction and family. SG310: nor nearly as many."""
    estate = context.estate
    for book in context.rulebooks.values():
        most = book.quotas.rules_per_group
        for group in book.groups:
            if len(group.ingress) + len(group.egress) == 0:
                continue
            counted = estate.loads((book.target, group.key))
            over = [load for load in counted if load.total > most]
            for load in _distinct(over):
                _report_full(Full(estate, book, group, load), findings)
            mendable = [load for load in counted if not _is_one_aws_list(book, load)]
            if over or not mendable:
                continue
            fullest = max(mendable, key=_total)
            if group_use(estate, book, group.key, fullest).is_near:
                _report_near(Full(estate, book, group, fullest), findings)


def _total(load: Load) -> int:
    return load.total


def _distinct(over: list[Load]) -> list[Load]:
    """One finding a direction where group references alone fill both families."""
    seen: set[tuple[str, str]] = set()
    kept = []
    for load in over:
        key = (load.direction, "both" if load.total == load.references else load.family)
        if key not in seen:
            seen.add(key)
            kept.append(load)
    return kept


def _report_full(full: Full, findings: Findings) -> None:
    book, group, load = full.book, full.group, full.load
    findings.add(
        "SG301",
        f"group {group.key} has {load.total} {FAMILY_NAMES[load.family]} {load.direction} rules; "
        f"{full.most} are allowed: {load.spelled()}",
        group.span,
        help=f"{load.total - full.most} too many. Heaviest: {_heaviest(full)}. {_too_heavy(full)}"
        f"{advice(rule_remedies(full)) or 'Write fewer peers or services, or wider networks'}",
        environment=book.environment,
    )


def _too_heavy(full: Full) -> str:
    """A list that no group has room for: then dividing it cannot help."""
    weights = {name: weight for name, weight, _ in full.load.lists if weight > full.most}
    if not weights:
        return ""
    return f"A rule with {min(weights)} is over the quota by itself, so dividing the group cannot help. "


def _is_one_aws_list(book: Rulebook, load: Load) -> bool:
    """Whether all there is is one rule with a list of AWS, such as CloudFront's: nobody can mend that."""
    if load.cidrs or load.references or len(load.lists) != 1 or load.lists[0][2] != 1:
        return False
    return any(each.key == load.lists[0][0] and each.origin == "aws" for each in book.prefix_lists)


def _report_near(full: Full, findings: Findings) -> None:
    left = full.most - full.load.total
    findings.add(
        "SG310",
        f"group {full.group.key} has {full.load.total} of {full.most} {FAMILY_NAMES[full.load.family]} "
        f"{full.load.direction} rules, so {left or 'no'} more fit{'s' * (left == 1)}: {full.load.spelled()}",
        full.group.span,
        help=f"make room before it is needed. Heaviest: {_heaviest(full)}",
        environment=full.book.environment,
    )


def _heaviest(full: Full) -> str:
    """The written rules that weigh most, by what they expand to in this family."""
    return "; ".join(f"{place} ({weight})" for place, weight in heaviest_rules(full)[:3])


def check_groups_per_eni(context: Context, findings: Findings) -> None:
    """SG302: groups on each network interface."""
    for book in context.rulebooks.values():
        view = context.view(book)
        packs = view is not None and view.strategy.pack is not None and view.strategy.pack.value
        for workload in book.workloads:
            use, crowded = groups_per_eni(book, workload), Crowded(context.estate, book, workload)
            if packs and carried_groups(crowded).undivided > use.most:
                continue  # fusing could not mend that, and has said why
            if use.is_over:
                _report_crowded(crowded, use, findings)


def _report_crowded(crowded: Crowded, use: Use, findings: Findings) -> None:
    workload = crowded.workload
    reserved = f" + {workload.reserved_groups} reserved" if workload.reserved_groups else ""
    findings.add(
        "SG302",
        f"workload {workload.key} carries {use.used} groups; "
        f"a network interface takes {use.most}: {', '.join(workload.groups)}{reserved}",
        workload.span,
        help=f"{_divided(crowded)}"
        f"{advice(interface_remedies(crowded)) or 'Carry fewer groups, or choose baseline groups with baseline:'}",
        environment=crowded.book.environment,
    )


def _divided(crowded: Crowded) -> str:
    """Which of the groups are divided because they have too many rules: then that is what binds."""
    parts = ", ".join(f"{name} into {count}" for name, count in carried_groups(crowded).parts)
    return f"Divided by overflow: split: {parts}. " if parts else ""


def check_region(context: Context, findings: Findings) -> None:
    """SG304 and SG307: security groups and prefix lists per account and region, over the whole workspace."""
    for regional in regional_uses(context.workspace):
        if regional.use.is_over:
            _report_region(context.estate, regional, findings)


def check_granted(context: Context, findings: Findings) -> None:
    """SG303: a quota is an account's in a region, so what strategies say of it has to be possible at once."""
    regions: dict[tuple[str, str], list[Rulebook]] = defaultdict(list)
    for book in context.rulebooks.values():
        if book.account is not None and book.region is not None:
            regions[book.account, book.region].append(book)
    most = limit("rules_per_eni_product")
    for (account, region), books in regions.items():
        rules = max(books, key=lambda book: book.quotas.rules_per_group)
        groups = max(books, key=lambda book: book.quotas.groups_per_eni)
        product = rules.quotas.rules_per_group * groups.quotas.groups_per_eni
        alone = max(book.quotas.rules_per_group * book.quotas.groups_per_eni for book in books)
        if alone <= most < product:
            findings.add(
                "SG303",
                f"rules_per_group {rules.quotas.rules_per_group} of {rules.target} x groups_per_eni "
                f"{groups.quotas.groups_per_eni} of {groups.target} = {product}, both in account {account}, region "
                f"{region}; AWS allows at most {most}",
                rules.span,
                help="a quota holds for the whole account and region: write both numbers in sgstrat.yaml, "
                "under quotas and the account and region",
                related=(Related(groups.span, f"{groups.target} is here"),) if groups.span else (),
            )


_REGIONAL = {
    GROUPS_PER_REGION: ("SG304", "Share groups between strategies"),
    LISTS_PER_REGION: ("SG307", "Share lists between strategies, or make networks of them"),
}


def _report_region(estate: Estate, regional: Regional, findings: Findings) -> None:
    use = regional.use
    code, help = _REGIONAL[use.limit]
    what = NOUNS[use.limit]
    count = use.used - regional.existing
    findings.add(
        code,
        f"{count} {plural(count, what)} of this workspace + {regional.existing} existing = {use.used} in {use.name}; "
        f"AWS allows {use.most}",
        regional.made[0][0].span,
        help=f"{help}. {advice(regional_remedies(estate, regional))}",
        related=(
            Related(book.span, f"{number} {plural(number, what)} in {book.target}")
            for book, number in regional.made[1:6]
            if book.span
        ),
    )

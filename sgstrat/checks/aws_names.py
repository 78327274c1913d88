"""SG216: AWS names are unique in a VPC without regard to case."""

from __future__ import annotations

from collections import defaultdict

from sgstrat.checks.context import Context
from sgstrat.diagnostics.finding import Findings, Related
from sgstrat.diagnostics.suggest import shortened
from sgstrat.rulebook.model import Group, Rulebook


def check_aws_names(context: Context, findings: Findings) -> None:
    """Groups of one VPC with one name: all but the first would fail at deployment. Said once for each name."""
    named: dict[tuple[object, str], list[tuple[Rulebook, Group]]] = defaultdict(list)
    for book in context.rulebooks.values():
        for group in book.groups:
            if group.name:
                named[_place(book), group.name.lower()].append((book, group))
    for same in named.values():
        if len(same) > 1:
            _report(same, findings)


def _report(same: list[tuple[Rulebook, Group]], findings: Findings) -> None:
    book, group = same[1]
    places = {(each.strategy, each.environment, each.vpc.name) for each, _ in same}
    names = [
        f"{each.strategy if len({place[1:] for place in places}) == 1 else each.target}/{member.key}"
        for each, member in same
    ]
    shown = shortened(names, 4)
    findings.add(
        "SG216",
        f"groups of one VPC are named {group.name}, and AWS ignores case: {shown}",
        group.span,
        help="put {strategy}, {environment} or {name} into the naming pattern, or pin one with aws_name",
        related=(
            Related(member.span, "another is here")
            for _, member in (same[0], *same[2:5])
            if member.span and member.span != group.span
        ),
        environment=book.environment,
    )


def check_list_names(context: Context, findings: Findings) -> None:
    """Prefix lists are looked up by name, so two of one account and region may not share one."""
    seen: dict[tuple[object, ...], str] = defaultdict(str)
    for book in context.rulebooks.values():
        for each in book.prefix_lists:
            if each.origin != "own" or not each.name:
                continue
            key = (book.account, book.region, each.name)
            owner = f"{book.target}/{each.key}"
            if seen[key]:
                findings.add(
                    "SG216",
                    f"prefix lists {owner} and {seen[key]} are both named {each.name}",
                    each.span,
                    help="put {environment}, {vpc} or {name} into naming.prefix_list",
                    environment=book.environment,
                )
            seen[key] = seen[key] or owner


def _place(book: Rulebook) -> object:
    if book.vpc.id.literal:
        return book.vpc.id.literal
    if book.vpc.id.ssm:
        return (book.account, book.region, book.vpc.id.ssm)
    return (book.account, book.region, book.environment, book.vpc.name)

"""SG216: AWS names are unique in a VPC without regard to case."""

from __future__ import annotations

from collections import defaultdict

from sgstrat.checks.context import Workspace
from sgstrat.diagnostics.finding import Findings, Related
from sgstrat.rulebook.model import Group, Rulebook


def check_aws_names(workspace: Workspace, findings: Findings) -> None:
    """Two groups of one VPC with one name: the second would fail at deployment."""
    seen: dict[tuple[object, str], tuple[Rulebook, Group]] = {}
    for book in workspace.rulebooks.values():
        for group in book.groups:
            key = (_place(book), group.name.lower())
            first = seen.setdefault(key, (book, group))
            if first[1] is group or not group.name:
                continue
            if first[0].target == book.target and first[1].identity == group.identity:
                continue  # a former key that was declared anew, which has had its finding
            findings.add(
                "SG216",
                f"groups {_full(book, group, first[0])} and {_full(*first, book)} of one VPC are both named {group.name} (AWS ignores case)",
                group.span,
                help="put {strategy}, {environment} or {name} into the naming pattern, or pin one with aws_name",
                related=(Related(first[1].span, "the other group is here"),) if first[1].span else (),
                environment=book.environment,
            )


def check_list_names(workspace: Workspace, findings: Findings) -> None:
    """Prefix lists are looked up by name, so two of one account and region may not share one."""
    seen: dict[tuple[object, ...], str] = defaultdict(str)
    for book in workspace.rulebooks.values():
        for each in book.prefix_lists:
            if each.origin != "own":
                continue
            key = (book.account, book.region, each.name)
            owner = f"{book.target}/{each.key}"
            if seen[key]:
                findings.add("SG216", f"prefix lists {owner} and {seen[key]} are both named {each.name}", each.span, help="put {environment}, {vpc} or {name} into naming.prefix_list", environment=book.environment)
            seen[key] = seen[key] or owner


def _place(book: Rulebook) -> object:
    if book.vpc.id.literal:
        return book.vpc.id.literal
    if book.vpc.id.ssm:
        return (book.account, book.region, book.vpc.id.ssm)
    return (book.account, book.region, book.environment, book.vpc.name)


def _full(book: Rulebook, group: Group, other: Rulebook) -> str:
    """A group's name to tell it from one of ``other``."""
    place = book.strategy if (book.environment, book.vpc.name) == (other.environment, other.vpc.name) else str(book.target)
    return f"{place}/{group.key}"

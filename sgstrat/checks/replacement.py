"""SG602: what would replace a group, by comparison with the previous rulebook.

AWS can change neither a security group's name nor its description nor its VPC: CloudFormation and Terraform delete the
group and make another, which fails or hangs while something carries it. Source: EC2 API, CreateSecurityGroup;
CloudFormation AWS::EC2::SecurityGroup, update requires replacement. The previous build is never an input to what is
compiled.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sgstrat.diagnostics.finding import Findings
from sgstrat.rulebook.model import DIRECTIONS, Group, PrefixList, Rulebook, TargetName
from sgstrat.rulebook.previous import Previous
from sgstrat.rulebook.workspace import Workspace
from sgstrat.solve.lock import Lock
from sgstrat.solve.split import kept_parts


def check_replacements(
    workspace: Workspace, previous: Mapping[TargetName, Previous], lock: Lock, findings: Findings
) -> None:
    """Warn about every name, description, family or VPC id that differs from the previous rulebook's.

    ``lock`` is what was kept when that was built: without it rules may go to other parts of their groups.
    """
    for name, book in workspace.rulebooks.items():
        old = previous.get(name)
        if old is None:
            continue
        if old.data is None:
            findings.add(
                "SG603",
                f"the previous rulebook of {name} cannot be read, so nothing can be said about replaced groups",
                book.span,
                help="it is written anew by this build",
            )
            continue
        _compare(book, old, findings)
        _compare_parts(book, old, lock, findings)


def _compare(book: Rulebook, old: Previous, findings: Findings) -> None:
    old_vpc = old.member("vpc").get("id")
    if isinstance(old_vpc, str) and book.vpc.id.literal and book.vpc.id.literal != old_vpc:
        findings.add(
            "SG602",
            f"the VPC id changes from {old_vpc} to {book.vpc.id.literal}: every group of {book.target} is replaced",
            book.span,
            environment=book.environment,
        )
        return
    groups, lists = old.member("groups"), old.member("prefix_lists")
    for group in book.groups:
        _compare_group(book, group, _first(groups, (group.key, *group.formerly)), findings)
    _compare_packed(book, groups, findings)
    for each in book.prefix_lists:
        if each.origin == "own":
            _compare_list(book, each, _first(lists, (each.key, *each.formerly)), findings)


def _compare_group(book: Rulebook, group: Group, old: dict[str, Any], findings: Findings) -> None:
    carriers = [workload.key for workload in book.workloads if group.key in workload.groups]
    concerned = f"; workloads that carry it: {', '.join(carriers)}" if carriers else ""
    for what, new in (("name", group.name), ("description", group.description)):
        before = old.get(what)
        if isinstance(before, str) and before != new:
            findings.add(
                "SG602",
                f"the {what} of group {group.key} changes, which replaces the group in AWS{concerned}",
                group.span,
                help=f"keep it as it was ({before!r})"
                + (", with aws_name" if what == "name" else "")
                + ", or plan the replacement",
                environment=book.environment,
            )


def _compare_packed(book: Rulebook, old: dict[str, Any], findings: Findings) -> None:
    """Groups that were made and are not any more, since composites carry their rules."""
    made = {group.key: group for group in book.groups}
    gone: dict[tuple[str, ...], list[str]] = {}
    for key in sorted({key for each in book.packed for key in each.members if key in old} - made.keys()):
        gone.setdefault(tuple(each.composite for each in book.packed if key in each.members), []).append(key)
    for composites, keys in gone.items():
        carriers = [each.key for each in book.workloads if not {*composites}.isdisjoint(each.groups)]
        findings.add(
            "SG602",
            f"fused into {', '.join(composites)} and deleted: {', '.join(keys)}; "
            f"workloads that carried them: {', '.join(carriers)}",
            made[composites[0]].span,
            help="give these workloads their new lists of groups in the same deployment: what still carries an old "
            "group is no longer named by any rule, and keeps AWS from deleting it",
            environment=book.environment,
        )


def _compare_parts(book: Rulebook, old: Previous, lock: Lock, findings: Findings) -> None:
    """Divided groups of which nothing says any more which part a rule is in."""
    parts = {each.get("part_of") for each in old.member("groups").values() if isinstance(each, dict)}
    for group in book.groups:
        is_divided = group.part_of is None and group.key in parts
        if is_divided and not any(kept_parts(lock, book, group, direction) for direction in DIRECTIONS):
            findings.add(
                "SG602",
                f"sgstrat.lock does not say which part of {group.key} a rule is in, and the last build divided it: "
                "a rule that goes to another part is taken away and granted again",
                group.span,
                help="restore sgstrat.lock from version control",
                environment=book.environment,
            )


def _compare_list(book: Rulebook, each: PrefixList, old: dict[str, Any], findings: Findings) -> None:
    before = old.get("family")
    if isinstance(before, str) and before != each.family:
        findings.add(
            "SG602",
            f"the family of prefix list {each.key} changes from {before} to {each.family}, "
            "which replaces the list in AWS",
            each.span,
            help="make a new list",
            environment=book.environment,
        )


def _first(table: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return next((table[key] for key in keys if isinstance(table.get(key), dict)), {})

"""What the reader has to find in the modules of a rulebook: how they name what the rulebook names.

Restates the writer's contract (names of variables, lookups by tags and by name), not its code.
"""

from __future__ import annotations

from sgstrat.formats.observed import Expected, ExpectedOutput, Handle
from sgstrat.rulebook.identity import terraform_name
from sgstrat.rulebook.model import DIRECTIONS, IdSource, PrefixList, Reference, Rulebook


def expected(book: Rulebook) -> Expected:
    """The handles and outputs of a rulebook's modules."""
    groups = {group.key: Handle("own", group.identity) for group in book.groups}
    for each in book.existing:
        groups[each.key] = _handle(each.id, f"{terraform_name(each.key)}_group_id")
    references = {other.key: other for other in book.references}
    groups.update({key: _other_group(other) for key, other in references.items() if other.kind == "group"})
    lists = {each.key: _list(each, references.get(each.key)) for each in book.prefix_lists}
    foreign = [each for each in book.existing if each.account not in (None, book.account)]
    owners = {(direction, each.key): each.account or "" for each in foreign for direction in DIRECTIONS}
    theirs = [each for each in book.references if each.account is not None]
    owners.update({(direction, each.key): each.account or "" for each in theirs for direction in DIRECTIONS})
    outputs = {f"group_ids.{group.key}": ExpectedOutput((groups[group.key],)) for group in book.groups}
    for own in book.prefix_lists:
        if own.origin == "own":
            outputs[f"prefix_list_ids.{own.key}"] = ExpectedOutput((lists[own.key],))
    for workload in book.workloads:
        outputs[f"workloads.{workload.key}"] = ExpectedOutput(tuple(groups[key] for key in workload.groups))
    vpc = _handle(book.vpc.id, "vpc_id")
    return Expected(vpc, groups, lists, owners, outputs, locks=book.default_group == "lock")


def _handle(source: IdSource, variable: str) -> Handle:
    if source.literal is not None:
        return Handle("id", source.literal)
    return Handle("ssm", source.ssm) if source.ssm is not None else Handle("input", variable)


def _other_group(other: Reference) -> Handle:
    """By its tags; another account's cannot be looked up."""
    return _tags(other) if other.account is None else Handle("input", f"{terraform_name(other.key)}_group_id")


def _tags(other: Reference) -> Handle:
    place = {"strategy": other.strategy, "environment": other.environment, "vpc": other.vpc, "group": other.identity}
    return Handle("tags", "", tuple(sorted((f"sgstrat:{key}", value) for key, value in place.items())))


def _list(each: PrefixList, reference: Reference | None) -> Handle:
    if each.origin == "own":
        return Handle("own", each.identity)
    if each.origin == "existing" or each.id.literal is not None:
        return _handle(each.id, f"{terraform_name(each.key)}_list_id")
    if reference is not None and reference.account is not None:
        return Handle("input", f"{terraform_name(each.key)}_list_id")
    return Handle("name", reference.name if reference is not None else each.aws or "")

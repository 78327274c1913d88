"""What the reader has to find in the templates of a rulebook: how they name what the rulebook names.

Restates the writer's contract (ids, exports, parameters, the sentinel), not its code. Must not know resources' text.
"""

from __future__ import annotations

from sgstrat.formats.cloudformation.ids import (
    export_name,
    group_output_id,
    group_parameter_id,
    list_export_name,
    list_output_id,
    list_parameter_id,
    vpc_parameter_id,
    workload_output_id,
)
from sgstrat.formats.observed import Expected, ExpectedOutput, Handle
from sgstrat.formats.units import split
from sgstrat.rulebook.model import Direction, IdSource, Rulebook


def expected(book: Rulebook) -> Expected:
    """The handles, outputs and sentinels of a rulebook's templates."""
    groups = {group.key: Handle("own", group.identity) for group in book.groups}
    groups.update({each.key: _handle(each.id, group_parameter_id(each.key)) for each in book.existing})
    for other in book.references:
        if other.kind == "group":
            export = export_name(other.strategy, other.environment, other.vpc, other.identity)
            is_input = other.account is not None
            groups[other.key] = Handle("input", group_parameter_id(other.key)) if is_input else Handle("export", export)
    lists = {
        each.key: Handle("own", each.identity)
        if each.origin == "own"
        else _handle(each.id, list_parameter_id(each.key))
        for each in book.prefix_lists
    }
    # the egress resource has no property for the owner of the other group
    owners: dict[tuple[Direction, str], str] = {
        ("ingress", each.key): each.account
        for each in book.existing
        if each.account is not None and each.account != book.account
    }
    owners.update({("ingress", each.key): each.account for each in book.references if each.account is not None})
    vpc = _handle(book.vpc.id, vpc_parameter_id(book))
    return Expected(
        vpc, groups, lists, owners, _outputs(book, groups), _sentinels(book), may=_list_outputs(book, lists)
    )


def _handle(source: IdSource, parameter: str) -> Handle:
    if source.literal is not None:
        return Handle("id", source.literal)
    return Handle("ssm", source.ssm) if source.ssm is not None else Handle("input", parameter)


def _outputs(book: Rulebook, groups: dict[str, Handle]) -> dict[str, ExpectedOutput]:
    """Each group's id, exported, and each workload's list; one without groups has no list to give."""
    outputs = {}
    for group in book.groups:
        export = export_name(book.strategy, book.environment, book.vpc.name, group.identity)
        outputs[group_output_id(group.identity)] = ExpectedOutput((groups[group.key],), export)
    for workload in book.workloads:
        if workload.groups:
            outputs[workload_output_id(workload.key)] = ExpectedOutput(tuple(groups[key] for key in workload.groups))
    return outputs


def _list_outputs(book: Rulebook, lists: dict[str, Handle]) -> dict[str, ExpectedOutput]:
    """The id of an own prefix list, exported where another template of the target imports it."""
    outputs = {}
    for each in book.prefix_lists:
        if each.origin == "own":
            identity = each.identity
            export = list_export_name(book.strategy, book.environment, book.vpc.name, identity)
            outputs[list_output_id(identity)] = ExpectedOutput((lists[each.key],), export)
    return outputs


def _sentinels(book: Rulebook) -> frozenset[str]:
    """The groups that in the first unit have no egress to an address, so that theirs must not be left out."""
    parts = split(book).main.groups
    return frozenset(part.group.key for part in parts if all(rule.peer.kind == "group" for rule in part.egress))

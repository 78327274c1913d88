"""The parameters of a template: the ids that are neither made here nor known.

Must not know troposphere or any text form.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sgstrat.formats.cloudformation.ids import group_parameter_id, list_parameter_id, vpc_parameter_id
from sgstrat.formats.cloudformation.parts import Stack
from sgstrat.rulebook.model import Existing, IdSource, Peer, PrefixList, Reference, Rulebook

_LIST_PATTERN = "^pl-[0-9a-f]+$"
_GROUP_PATTERN = "^sg-[0-9a-f]+$"


class Input(NamedTuple):
    """A template parameter. ``default`` is an SSM parameter's path where ``type`` is an SSM type."""

    id: str
    type: str
    description: str
    default: str | None = None
    pattern: str | None = None


def foreign_account(rulebook: Rulebook, existing: Existing) -> bool:
    """Whether an existing group is, as far as is known, another account's."""
    return existing.account is not None and existing.account != rulebook.account


def inputs(stack: Stack) -> tuple[Input, ...]:
    """The parameters of a template, in order of their ids: those alone that something in it uses."""
    used = _used(stack)
    found: list[Input] = []
    if stack.groups and stack.rulebook.vpc.id.literal is None:
        found.append(_vpc_input(stack.rulebook))
    found.extend(
        _group_input(stack.rulebook, existing)
        for existing in stack.rulebook.existing
        if existing.id.literal is None and Peer("group", existing.key) in used
    )
    found.extend(
        _reference_input(other)
        for other in stack.rulebook.references
        if other.kind == "group" and other.account is not None and Peer("group", other.key) in used
    )
    found.extend(
        _list_input(stack.rulebook, item)
        for item in stack.rulebook.prefix_lists
        if item.origin != "own" and item.id.literal is None and Peer("prefix_list", item.key) in used
    )
    return tuple(sorted(found, key=lambda item: item.id))


def _used(stack: Stack) -> frozenset[Peer]:
    return frozenset((*_peers(stack), *(Peer("group", key) for item in stack.workloads for key in item.groups)))


def _peers(stack: Stack) -> Iterator[Peer]:
    for part in stack.unit.groups:
        for rule in (*part.ingress, *part.egress):
            if rule.peer.kind != "cidr":
                yield rule.peer


def _input(id: str, source: IdSource, type: str, description: str, pattern: str | None = None) -> Input:
    """A parameter that is given, or read from SSM: a pattern would then be held against the path."""
    if source.ssm is not None:
        return Input(id, f"AWS::SSM::Parameter::Value<{type}>", f"{description}, by its SSM parameter", source.ssm)
    return Input(id, type, description, None, pattern)


def _vpc_input(rulebook: Rulebook) -> Input:
    what = f"Id of VPC {rulebook.vpc.name} in environment {rulebook.environment}"
    return _input(vpc_parameter_id(rulebook), rulebook.vpc.id, "AWS::EC2::VPC::Id", what)


def _group_input(rulebook: Rulebook, existing: Existing) -> Input:
    """CloudFormation looks a parameter of a group's type up in the stack's account, so another account's is text."""
    name = group_parameter_id(existing.key)
    if foreign_account(rulebook, existing):
        what = f"Id of the existing security group {existing.key} of account {existing.account}"
        return _input(name, existing.id, "String", what, _GROUP_PATTERN)
    what = f"Id of the existing security group {existing.key}"
    return _input(name, existing.id, "AWS::EC2::SecurityGroup::Id", what)


def _reference_input(other: Reference) -> Input:
    """An export is known in its own account alone, so another account's group is an input."""
    what = f"Id of the security group {other.identity} of {other.target} in account {other.account}"
    return _input(group_parameter_id(other.key), IdSource(), "String", what, _GROUP_PATTERN)


def _list_input(rulebook: Rulebook, item: PrefixList) -> Input:
    if item.origin == "aws":
        region = rulebook.region or "REGION"
        name = (item.aws or item.key).replace("{region}", region)
        what = (
            f"Id of the AWS-managed prefix list {name}: aws ec2 describe-managed-prefix-lists --region {region} "
            f"--filters Name=prefix-list-name,Values={name} --query PrefixLists[].PrefixListId --output text"
        )
    elif item.origin == "foreign":
        what = f"Id of the prefix list {item.key} of another strategy"
    else:
        what = f"Id of the existing prefix list {item.key}"
    return _input(list_parameter_id(item.key), item.id, "String", what, _LIST_PATTERN)

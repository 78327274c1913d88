"""What stands for an id in a template: a text, or the function that CloudFormation evaluates.

A group or prefix list of the target is a resource of the same template or the export of another.
"""

from __future__ import annotations

from typing import Any

from sgstrat.formats.cloudformation.ids import (
    export_name,
    group_parameter_id,
    list_export_name,
    list_id,
    list_parameter_id,
    vpc_parameter_id,
)
from sgstrat.formats.cloudformation.inputs import foreign_account
from sgstrat.formats.cloudformation.parts import Stack
from sgstrat.rulebook.identity import logical_id
from sgstrat.rulebook.model import IdSource


class Values:
    """The ids that a template may name, by key; each is made when it is asked for."""

    def __init__(self, stack: Stack) -> None:
        self._book = book = stack.rulebook
        self._place = (book.strategy, book.environment, book.vpc.name)
        self._own = {group.key: group.identity for group in book.groups}
        self._created = frozenset(group.key for group in stack.groups)
        self._existing = {item.key: item.id for item in book.existing}
        self._references = {item.key: item for item in book.references if item.kind == "group"}
        self._known_lists = {item.key: item for item in book.prefix_lists}
        self._created_lists = frozenset(item.key for item in stack.lists)
        self.vpc = book.vpc.id.literal or {"Ref": vpc_parameter_id(book)}
        """The VPC's id."""
        self._groups: dict[str, Any] = {}
        self._lists: dict[str, Any] = {}
        self.owners = {item.key: item.account for item in book.existing if item.account and foreign_account(book, item)}
        """The accounts of other accounts' groups, by key."""
        self.owners.update({item.key: item.account for item in book.references if item.account})

    def group(self, key: str) -> Any:
        """The id of a group: the target's own, an existing one, or another target's."""
        known = self._groups.get(key)
        if known is None:
            known = self._groups[key] = self._group(key)
        return known

    def prefix_list(self, key: str) -> Any:
        """The id of a prefix list of any origin."""
        known = self._lists.get(key)
        if known is None:
            known = self._lists[key] = self._prefix_list(key)
        return known

    def _group(self, key: str) -> Any:
        if key in self._created:
            return {"Fn::GetAtt": [logical_id(self._own[key]), "GroupId"]}
        if key in self._own:
            return {"Fn::ImportValue": export_name(*self._place, self._own[key])}
        if key in self._existing:
            return _id(self._existing[key], group_parameter_id(key))
        other = self._references[key]
        if other.account:
            return {"Ref": group_parameter_id(key)}
        return {"Fn::ImportValue": export_name(other.strategy, other.environment, other.vpc, other.identity)}

    def _prefix_list(self, key: str) -> Any:
        item = self._known_lists[key]
        if key in self._created_lists:
            return {"Fn::GetAtt": [list_id(item), "PrefixListId"]}
        if item.origin == "own":
            return {"Fn::ImportValue": list_export_name(*self._place, item.identity)}
        return _id(item.id, list_parameter_id(key))


def _id(source: IdSource, parameter: str) -> Any:
    return {"Ref": parameter} if source.literal is None else source.literal

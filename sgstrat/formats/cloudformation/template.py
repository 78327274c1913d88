"""A whole template as plain data: troposphere's typed parts in CloudFormation's usual order of sections.

troposphere's own Template is not used: it refuses a 501st resource with an exception, where a user is due a finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from troposphere import Parameter  # type: ignore[import-untyped]
from troposphere.cloudformation import WaitConditionHandle  # type: ignore[import-untyped]

from sgstrat.formats.cloudformation.header import description, metadata
from sgstrat.formats.cloudformation.ids import (
    PLACEHOLDER_ID,
    export_name,
    group_output_id,
    list_export_name,
    list_output_id,
    workload_output_id,
)
from sgstrat.formats.cloudformation.inputs import Input, inputs
from sgstrat.formats.cloudformation.parts import Stack
from sgstrat.formats.cloudformation.resources import resources
from sgstrat.formats.cloudformation.values import Values


def template(stack: Stack, *, about: bool) -> dict[str, Any]:
    """The template of a stack. ``about`` puts the lines that YAML has as a comment into Metadata."""
    data: dict[str, Any] = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": description(stack),
        "Metadata": metadata(stack, lines=about),
    }
    ids = Values(stack)
    parameters = _section(map(_typed, map(_parameter, inputs(stack))))
    if parameters:
        data["Parameters"] = parameters
    # A template without resources is refused; a wait condition's handle is the resource that is nothing.
    data["Resources"] = _section(resources(stack, ids)) or _section([_typed(WaitConditionHandle(PLACEHOLDER_ID))])
    outputs = _section(_outputs(stack, ids))
    if outputs:
        data["Outputs"] = outputs
    return data


def _typed(item: Any) -> tuple[str, dict[str, Any]]:
    """What troposphere has validated, by its logical id."""
    plain = item.to_dict()
    first = {key: plain.pop(key) for key in ("Type", "Metadata") if key in plain}
    return item.title, {**first, **plain}


def _section(items: Iterable[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    """Plain data by logical id. Raises ValueError for an id that occurs twice: one would silently be lost."""
    section: dict[str, Any] = {}
    for name, data in items:
        if name in section:
            raise ValueError(f"two parts of a template have the logical id {name}")
        section[name] = data
    return section


def _parameter(item: Input) -> Any:
    optional = {"Default": item.default, "AllowedPattern": item.pattern}
    given = {key: value for key, value in optional.items() if value is not None}
    return Parameter(item.id, Type=item.type, **given, Description=item.description)


def _outputs(stack: Stack, ids: Values) -> Iterator[tuple[str, dict[str, Any]]]:
    book = stack.rulebook
    place = (book.strategy, book.environment, book.vpc.name)
    for item in stack.exported_lists:
        identity = item.identity
        what = f"Id of the prefix list {item.key}"
        yield (
            list_output_id(identity),
            _exported(what, ids.prefix_list(item.key), list_export_name(*place, identity)),
        )
    for group in stack.groups:
        what = f"Id of the security group {group.key}"
        export = export_name(*place, group.identity)
        yield group_output_id(group.identity), _exported(what, ids.group(group.key), export)
    for workload in stack.workloads:
        yield (
            workload_output_id(workload.key),
            {
                "Description": f"Ids of the security groups that {workload.key} carries, in order",
                "Value": {"Fn::Join": [",", [ids.group(key) for key in workload.groups]]},
            },
        )


def _exported(what: str, value: Any, export: str) -> dict[str, Any]:
    return {"Description": what, "Value": value, "Export": {"Name": export}}

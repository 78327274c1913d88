"""A whole template as plain data: troposphere's typed parts in CloudFormation's usual order of sections.

troposphere's own Template is not used: it refuses a 501st resource with an exception, where a user is due a finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from troposphere import Export, Join, Output, Parameter  # type: ignore[import-untyped]
from troposphere.cloudformation import WaitConditionHandle  # type: ignore[import-untyped]

from sgstrat.formats.cloudformation.header import description, metadata
from sgstrat.formats.cloudformation.ids import PLACEHOLDER_ID, export_name, group_output_id, workload_output_id
from sgstrat.formats.cloudformation.parts import Input, Stack, inputs
from sgstrat.formats.cloudformation.resources import resources, values


def template(stack: Stack, *, about: bool) -> dict[str, Any]:
    """The template of a stack. ``about`` puts the lines that YAML has as a comment into Metadata."""
    data: dict[str, Any] = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": description(stack),
        "Metadata": metadata(stack, lines=about),
    }
    parameters = _section(map(_parameter, inputs(stack)))
    if parameters:
        data["Parameters"] = parameters
    # A template without resources is refused; a wait condition's handle is the resource that is nothing.
    data["Resources"] = _section(resources(stack)) or _section([WaitConditionHandle(PLACEHOLDER_ID)])
    outputs = _section(_outputs(stack))
    if outputs:
        data["Outputs"] = outputs
    return data


def _section(items: Iterable[Any]) -> dict[str, Any]:
    """Validated plain data by logical id. Raises ValueError for an id that occurs twice: one would silently be lost."""
    section: dict[str, Any] = {}
    for item in items:
        if item.title in section:
            raise ValueError(f"two parts of a template have the logical id {item.title}")
        plain = item.to_dict()
        first = {key: plain.pop(key) for key in ("Type", "Metadata") if key in plain}
        section[item.title] = {**first, **plain}
    return section


def _parameter(item: Input) -> Any:
    optional = {"Default": item.default, "AllowedPattern": item.pattern}
    given = {key: value for key, value in optional.items() if value is not None}
    return Parameter(item.id, Type=item.type, **given, Description=item.description)


def _outputs(stack: Stack) -> Iterator[Any]:
    book = stack.rulebook
    ids = values(stack).groups
    for group in stack.groups:
        export = export_name(book.strategy, book.environment, book.vpc.name, group.identity)
        yield Output(
            group_output_id(group.identity),
            Description=f"Id of the security group {group.key}",
            Value=ids[group.key],
            Export=Export(export),
        )
    for workload in stack.workloads:
        yield Output(
            workload_output_id(workload.key),
            Description=f"Ids of the security groups that {workload.key} carries, in order",
            Value=Join(",", [ids[key] for key in workload.groups]),
        )

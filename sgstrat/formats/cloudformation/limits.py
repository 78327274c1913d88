"""What CloudFormation does not take: templates over a limit, and texts that it would replace. Writes nothing.

Counts come from the rulebook and sizes from the written text; a test holds the counts to the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from sgstrat.diagnostics.finding import Findings
from sgstrat.facts.limits import limit
from sgstrat.formats.artifact import Artifact
from sgstrat.formats.cloudformation.inputs import inputs
from sgstrat.formats.cloudformation.nested import parent_inputs, parent_name
from sgstrat.formats.cloudformation.parts import Stack, stacks
from sgstrat.formats.cloudformation.places import ONE_TEMPLATE, Places
from sgstrat.rulebook.model import Rulebook
from sgstrat.source.span import Span

_DYNAMIC = "{{resolve:"
LIMITS = {
    "resources": "cloudformation_resources",
    "outputs": "cloudformation_outputs",
    "parameters": "cloudformation_parameters",
    "bytes": "cloudformation_template_bytes",
}


class Sizes(NamedTuple):
    """How large one template is. ``bytes`` are those of the text in UTF-8."""

    path: str
    resources: int
    parameters: int
    outputs: int
    bytes: int


def measure(rulebook: Rulebook, artifacts: Iterable[Artifact], places: Places = ONE_TEMPLATE) -> tuple[Sizes, ...]:
    """The size of each of the target's templates. ``artifacts`` are what ``write`` gave; others are passed over."""
    return tuple(_sizes(stack, artifact) for stack, artifact in _paired(rulebook, artifacts, places))


def has_dynamic_reference(text: str) -> bool:
    """Whether CloudFormation would replace a part of ``text`` by what is stored elsewhere.

    It resolves ``{{resolve:SERVICE:KEY}}`` anywhere in a resource's properties, after intrinsic functions, so that no
    function can hide it, and has no escape (user guide, "Get values stored in other services using dynamic
    references"). A space after the braces makes it plain text.
    """
    return _DYNAMIC in text


def limits(
    rulebook: Rulebook, artifacts: Sequence[Artifact], findings: Findings, places: Places = ONE_TEMPLATE
) -> None:
    """Report SG309 for each limit that a template or a prefix list is over, and SG114 for dynamic references.

    All limits are inclusive, and AWS raises none of them.
    """
    pairs = [(stack, _sizes(stack, artifact)) for stack, artifact in _paired(rulebook, artifacts, places)]
    for stack, sizes in pairs:
        _template_limits(stack, sizes, findings)
    parents = {artifact.path.rpartition("/")[2].partition(".")[0]: artifact.path for artifact in artifacts}
    for linked in (False, True):
        unit = [(stack, sizes) for stack, sizes in pairs if stack.linked is linked]
        if unit and parent_name(unit[0][0]) in parents:
            _parent_limits(parents[parent_name(unit[0][0])], unit, findings)
    most = limit("cloudformation_prefix_list_entries")  # however large the list
    for item in rulebook.prefix_lists:
        if item.origin == "own" and len(item.entries) > most:
            findings.add(
                "SG309",
                f"prefix list {item.key} has {len(item.entries)} entries; CloudFormation takes {most} in a template",
                item.span or rulebook.span,
                help="divide it into several lists, or build this strategy for Terraform, "
                f"which takes {limit('entries_per_prefix_list')}",
                environment=rulebook.environment,
            )
    _dynamic_references(rulebook, findings)


def cannot_lock(rulebook: Rulebook, findings: Findings) -> None:
    """Report SG601 where the target is to lock its VPC's default group, for which CloudFormation has no resource."""
    if rulebook.default_group == "lock":
        findings.add(
            "SG601",
            f"CloudFormation has no resource for the default group of VPC {rulebook.vpc.name}, so it stays as it is",
            rulebook.span,
            help="use the AWS Config rule VPC_DEFAULT_SECURITY_GROUP_CLOSED with the SSM document "
            "AWSConfigRemediation-RemoveVPCDefaultSecurityGroupRules, or the Terraform output",
            environment=rulebook.environment,
        )


def _paired(rulebook: Rulebook, artifacts: Iterable[Artifact], places: Places) -> Iterator[tuple[Stack, Artifact]]:
    by_name = {stack.name: stack for stack in stacks(rulebook, places=places)}
    for artifact in artifacts:
        folder, _, file = artifact.path.rpartition("/")
        stack = by_name.get(file.partition(".")[0])
        if folder == "cloudformation" and stack is not None:
            yield stack, artifact


def _sizes(stack: Stack, artifact: Artifact) -> Sizes:
    resources = len(stack.groups) + len(stack.lists) + sum(stack.standalone_count().values())
    return Sizes(
        artifact.path,
        max(resources, 1),  # the placeholder
        len(inputs(stack)),
        len(stack.exported_lists) + len(stack.groups) + len(stack.workloads),
        len(artifact.text if artifact.text.isascii() else artifact.text.encode("utf-8")),
    )


def _template_limits(stack: Stack, sizes: Sizes, findings: Findings) -> None:
    counted = stack.standalone_count()
    rules = f"{sum(counted.values())} rules that stand alone"
    parts = rules if stack.linked else f"{len(stack.groups)} groups, {len(stack.lists)} prefix lists, {rules}"
    heaviest = sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:3]
    most = ", ".join(f"{key} ({count})" for key, count in heaviest if count)
    where = f"{sizes.path} of {stack.rulebook.target}"
    checks = (
        (sizes.resources, "resources", f": {parts}", f"; most such rules: {most}" if most else ""),
        (sizes.outputs, "outputs", f": {len(stack.groups)} groups, {len(stack.workloads)} workloads", ""),
        (sizes.parameters, "parameters", "", "; ids written in the strategy need no parameter"),
        (sizes.bytes, "bytes", "", ""),
    )
    for have, what, total, extra in checks:
        most_allowed = limit(LIMITS[what])
        if have > most_allowed:
            findings.add(
                "SG309",
                f"{where} has {have} {what}; CloudFormation takes {most_allowed}{total}",
                stack.rulebook.span,
                help=f"{_ways_out(stack)}, or build it for Terraform{extra}",
                environment=stack.rulebook.environment,
            )


def _parent_limits(path: str, unit: Sequence[tuple[Stack, Sizes]], findings: Findings) -> None:
    book = unit[0][0].rulebook
    every = sum(sizes.resources for _, sizes in unit) + len(unit)
    counts = (
        (every, "resources with its nested stacks", "cloudformation_nested_resources"),
        (len(unit), "nested stacks", "cloudformation_resources"),
        (len(parent_inputs([stack for stack, _ in unit])) + 1, "parameters", "cloudformation_parameters"),
    )
    for have, what, name in counts:
        if have > limit(name):
            findings.add(
                "SG309",
                f"{path} of {book.target} has {have} {what}; CloudFormation takes {limit(name)}",
                book.span,
                help="leave nested out and deploy the templates one by one, in the order of deploy.json",
                environment=book.environment,
            )


def _ways_out(stack: Stack) -> str:
    if not stack.several:
        return "split the strategy into two that use each other"
    return (
        "groups and prefix lists stay in their template, since CloudFormation would make them anew: shorten what they "
        "hold, divide large groups with overflow: split, or delete lines of sgstrat.lock to have theirs made anew"
    )


class _Text(NamedTuple):
    what: str
    text: str
    span: Span | None
    paths: tuple[str, ...] = ()


def _dynamic_references(rulebook: Rulebook, findings: Findings) -> None:
    for item in _texts(rulebook):
        if has_dynamic_reference(item.text):
            findings.add(
                "SG114",
                f'{item.what} "{item.text}" holds a dynamic reference, which CloudFormation would replace',
                item.span or rulebook.span,
                help="CloudFormation has no escape for {{resolve:...}}: write it otherwise, such as {{ resolve:...}}",
                paths=item.paths,
                environment=rulebook.environment,
            )


def _texts(rulebook: Rulebook) -> Iterator[_Text]:
    """Every text of the user's that ends up in a resource's properties."""
    for group in rulebook.groups:
        yield _Text("the name", group.name, group.span)
        yield _Text("the description", group.description, group.span)
        for key, value in group.tags:
            yield _Text("the tag", f"{key}: {value}", group.span)
        for rule in (*group.ingress, *group.egress):
            if rule.origin is None:
                yield _Text("the reason", rule.description, group.span)
            else:
                yield _Text("the reason", rule.description, rule.origin.span, rule.origin.paths)
    for item in rulebook.prefix_lists:
        if item.origin == "own":
            yield _Text("the name", item.name or item.key, item.span)
            for key, value in item.tags:
                yield _Text("the tag", f"{key}: {value}", item.span)
            for entry in item.entries:
                yield _Text("the description", entry.description, item.span)
